"""An IMAP server on this machine, for tests: it speaks what a reader of mail asks (RFC 9051), and can misbehave."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast


@dataclass
class Box:
    """What lies in the mailbox: UID, and the mail with the day the server took it (`24-Nov-2026`)."""

    mails: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    uid_validity: int = 7
    password: str = "secret"
    folder: str = "INBOX"
    hangs_up_after: int | None = None
    fetched: list[int] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def put(self, content: bytes, *, day: str = "24-Nov-2026") -> int:
        """One more mail; its UID."""
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = (content, day)
        return uid


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Box

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up in the middle are what is tested."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box = cast(_Server, self.server).box
        self._say("* OK IMAP4rev1 ready")
        while line := self.rfile.readline().decode("latin-1").strip():
            tag, _, command = line.partition(" ")
            box.commands.append(command.replace(box.password, "…"))
            if not self._answer(box, tag, command):
                return

    def _answer(self, box: Box, tag: str, command: str) -> bool:
        word = command.upper()
        if word == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif word.startswith("LOGIN") and box.password not in command:
            self._say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")
            return True
        elif word.startswith(("EXAMINE", "SELECT")):
            if box.folder not in command:
                self._say(f"{tag} NO [NONEXISTENT] Unknown mailbox")
                return True
            last = max(box.mails, default=0)
            self._say(f"* {len(box.mails)} EXISTS\r\n* OK [UIDVALIDITY {box.uid_validity}] valid")
            self._say(f"* OK [UIDNEXT {last + 1}] next")
            tag = f"{tag} OK [READ-ONLY]"
            self._say(f"{tag} done")
            return True
        elif word.startswith("UID SEARCH"):
            self._say(f"* SEARCH {' '.join(map(str, self._found(box, word)))}".rstrip())
        elif word.startswith("UID FETCH"):
            if not self._fetch(box, int(command.split()[2]), word):
                return False
        elif word == "LOGOUT":
            self._say(f"* BYE\r\n{tag} OK bye")
            return False
        self._say(f"{tag} OK done")
        return True

    def _found(self, box: Box, word: str) -> list[int]:
        if after := re.search(r"UID (\d+):\*", word.removeprefix("UID SEARCH")):
            last = max(box.mails, default=0)
            return [uid for uid in box.mails if uid >= int(after[1]) or uid == last]
        if since := re.search(r"SINCE (\d+)-(\w{3})-(\d{4})", word):
            return [uid for uid, (_, day) in box.mails.items() if int(day.split("-")[0]) >= int(since[1])]
        return list(box.mails)

    def _fetch(self, box: Box, uid: int, word: str) -> bool:
        if uid not in box.mails:
            return True
        content, day = box.mails[uid]
        if "RFC822.SIZE" in word:
            self._say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(content)})")
            return True
        if box.hangs_up_after is not None and len(box.fetched) >= box.hangs_up_after:
            return False
        box.fetched.append(uid)
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "{day} 09:30:00 +0000" BODY[] {{{len(content)}}}\r\n'
        self.wfile.write(head.encode() + content + b")\r\n")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def imap_server() -> Iterator[tuple[Box, int]]:
    """The mailbox and its port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.box = Box()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.box, server.server_address[1]
        finally:
            server.shutdown()
            thread.join(5)
