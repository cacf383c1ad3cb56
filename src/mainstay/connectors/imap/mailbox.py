"""A mailbox over the library's own IMAP client, in terms of what is asked: which mails are new, and what is in them."""

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from mainstay.common.errors import MainstayError

TIMEOUT_SECONDS = 30
# A larger mail is left where it is: an answer is a few kilobytes, and attachments are not kept.
MOST_BYTES = 25 * 2**20
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxProblem(MainstayError):
    """The mailbox cannot be read. The message says what to look at."""

    code = "mailbox"
    status = 502


@dataclass(frozen=True)
class Address:
    """Where a mailbox is. `tls` False only for a server on the same machine."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: bool

    @property
    def name(self) -> str:
        """Without the password."""
        return f"{self.user} at {self.host}:{self.port}, {self.folder}"


class Folder:
    """An opened folder, for reading."""

    def __init__(self, client: imaplib.IMAP4, *, uid_validity: int, uid_next: int | None) -> None:
        self._client = client
        self.uid_validity = uid_validity
        self._uid_next = uid_next

    def last_uid(self) -> int:
        """The highest that was given; 0 where none was."""
        if self._uid_next is not None:
            return self._uid_next - 1
        return max(self._search("ALL"), default=0)

    def uids_after(self, uid: int) -> list[int]:
        """Those that came later, in order. A server gives the last one for `*` even where nothing is new."""
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def uids_since(self, day: date) -> list[int]:
        """Those the server took on that day or later, in order."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def fetch(self, uid: int) -> tuple[bytes, datetime | None] | None:
        """A mail and when the server took it; None for one that is gone, or too large. It stays unread."""
        size = _SIZE.search(_flat(self._ask("FETCH", str(uid), "(RFC822.SIZE)")))
        if size is None or int(size[1]) > MOST_BYTES:
            return None
        answer = self._ask("FETCH", str(uid), "(INTERNALDATE BODY.PEEK[])")
        part = next((one for one in answer if isinstance(one, tuple)), None)
        return (part[1], _internal_date(_flat(answer))) if part else None

    def _search(self, criteria: str) -> list[int]:
        return sorted(int(word) for word in _flat(self._ask("SEARCH", *criteria.split())).split())

    def _ask(self, command: str, *words: str) -> Sequence[Any]:
        status, answer = self._client.uid(command, *words)
        if status != "OK":
            raise MailboxProblem(f"The mail server answered {status} to {command}: {_flat(answer)!r}")
        return [part for part in answer if part is not None]


@contextmanager
def opened(address: Address) -> Iterator[Folder]:
    """The folder, until the end of the block. MailboxProblem with what to look at."""
    try:
        client = _connected(address)
        try:
            _sign_in(client, address)
            yield _examined(client, address)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                client.logout()
            with suppress(OSError):
                client.shutdown()  # where the connection broke, nothing else closes it
    except ssl.SSLError as error:
        raise MailboxProblem(
            f"The certificate or the encryption of {address.host}:{address.port} is refused ({error}); check "
            "MAINSTAY_IMAP_HOST and MAINSTAY_IMAP_PORT (993 speaks TLS)."
        ) from error
    except OSError as error:
        raise MailboxProblem(
            f"{address.host}:{address.port} cannot be reached ({error}); check MAINSTAY_IMAP_HOST and "
            "MAINSTAY_IMAP_PORT."
        ) from error
    except imaplib.IMAP4.error as error:
        raise MailboxProblem(f"The connection to {address.host}:{address.port} broke: {error}") from error


def _connected(address: Address) -> imaplib.IMAP4:
    if not address.tls:
        return imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=TIMEOUT_SECONDS)


def _sign_in(client: imaplib.IMAP4, address: Address) -> None:
    try:
        client.login(address.user, address.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise MailboxProblem(
            f"{address.host} refused the login of {address.user} ({_words(error)}); check MAINSTAY_IMAP_USER and "
            "MAINSTAY_IMAP_PASSWORD. Some providers want a password for applications."
        ) from error


def _examined(client: imaplib.IMAP4, address: Address) -> Folder:
    status, answer = client.select(f'"{address.folder}"', readonly=True)
    if status != "OK":
        raise MailboxProblem(
            f"There is no folder '{address.folder}' in the mailbox of {address.user} ({_flat(answer).decode()}); check "
            "MAINSTAY_IMAP_FOLDER."
        )
    validity, following = _number(client, "UIDVALIDITY"), _number(client, "UIDNEXT")
    if validity is None:
        raise MailboxProblem(f"{address.host} gives no UIDVALIDITY for {address.folder}: it cannot be read safely.")
    return Folder(client, uid_validity=validity, uid_next=following)


def _number(client: imaplib.IMAP4, name: str) -> int | None:
    """What the server said when the folder was opened."""
    found = _flat([part for part in client.response(name)[1] if part])
    return int(found) if found.isdigit() else None


def _internal_date(text: bytes) -> datetime | None:
    found = imaplib.Internaldate2tuple(text)
    return datetime.fromtimestamp(time.mktime(found), tz=UTC) if found else None


def _flat(answer: Sequence[Any]) -> bytes:
    return b" ".join(part[0] if isinstance(part, tuple) else part for part in answer)


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
