"""Takes a mail apart: who wrote it, what it answers, whether a person wrote it, and what is new in it. Pure.

What tells mails of machines: RFC 3834 (`Auto-Submitted`), RFC 3464 (delivery status), RFC 2919 (`List-Id`), and what
vacation responders and mailing lists have done since before these.
"""

import email
import email.policy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from hashlib import sha256
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

# An answer of more letters is cut: the mailbox has the whole.
MOST_TEXT = 20_000
# Of a page that much is read: styles may be longer than words. Deeper quotes look like the third.
MOST_HTML, MOST_DEPTH = 500_000, 3
# Telling an answer from what it quotes takes time with the square of the letters, and anybody can write to a mailbox.
MOST_PARSED = 5_000
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "pt"]
_ID = re.compile(r"<[^<>\s]+>")
_ABSENT = re.compile(
    r"^\s*(automatic reply|auto(matic)?[ -]?response|out of (the )?office|automatische antwort|abwesenheit\w*"
    r"|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|autosvar)\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a mail is. Only a `person` answers."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    LIST = "list"


@dataclass(frozen=True)
class Bounce:
    """What a delivery status says: the address that failed, the enhanced status (5.1.1), the words of the server."""

    address: str
    status: str
    said: str


@dataclass(frozen=True)
class Mail:
    """A mail, taken apart. `key` tells it from every other; `answers` are Message-IDs, the nearest first.

    `text` is what is new in it: quoted text and signature are cut. `attachments` are names; none is kept.
    """

    key: str
    kind: Kind
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    answers: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...] = ()
    bounces: tuple[Bounce, ...] = field(default=())


def read_mail(content: bytes) -> Mail:
    """Any bytes give a mail, if an empty one: what is broken in it is left out."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # the policy makes it one
    bounces = tuple(_bounces(message))
    name, sender = parseaddr(_header(message, "From"))
    text = _text(message)
    return Mail(
        key=_key(message, content),
        kind=_kind(message, sender, is_report=bool(bounces)),
        sender=sender.lower(),
        sender_name=name,
        recipients=tuple(_recipients(message)),
        answers=tuple(dict.fromkeys(_answers(message, is_report=bool(bounces)))),
        subject=" ".join(_header(message, "Subject").split())[:300],
        text=new_text(text)[:MOST_TEXT],
        attachments=tuple(_attachments(message)),
        bounces=bounces,
    )


def new_text(text: str) -> str:
    """An answer without what it quotes, and without signature; the whole where nothing else would be left."""
    text = _calm(text[: 2 * MOST_TEXT])
    head, tail = text[:MOST_PARSED], text[MOST_PARSED:]
    cut = EmailReplyParser(languages=_LANGUAGES).parse_reply(text=head) or ""
    if tail and cut.rstrip().endswith(head.rstrip()[-80:]):  # nothing was cut from its end: the answer goes on
        cut = f"{cut}{tail}"
    lines = cut.rstrip().split("\n")
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith(">")):
        lines.pop()
    return "\n".join(lines).strip() or text.strip()


def _calm(text: str) -> str:
    """One blank line where there are many, and none that only looks blank."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _key(message: EmailMessage, content: bytes) -> str:
    """Of its Message-ID, as two mailboxes may have the same mail; of its bytes where it has none."""
    given = _header(message, "Message-ID").strip()
    return sha256(given.encode() if given else content).hexdigest()


def _kind(message: EmailMessage, sender: str, *, is_report: bool) -> Kind:
    if is_report or message.get_content_type() == "multipart/report":
        return Kind.BOUNCE
    local = sender.partition("@")[0].lower()
    precedence = _header(message, "Precedence").strip().lower()
    if _header(message, "Auto-Submitted").strip().lower().partition(";")[0] not in ("", "no"):
        return Kind.AUTOMATIC
    if any(_header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")):
        return Kind.AUTOMATIC
    if precedence in ("auto_reply", "junk") or local in ("mailer-daemon", "postmaster", "noreply", "no-reply"):
        return Kind.AUTOMATIC
    if _header(message, "Return-Path").strip() == "<>" or _ABSENT.match(_header(message, "Subject")):
        return Kind.AUTOMATIC
    if precedence in ("list", "bulk") or any(_header(message, name) for name in ("List-Id", "List-Unsubscribe")):
        return Kind.LIST
    return Kind.PERSON


def _answers(message: EmailMessage, *, is_report: bool) -> Iterator[str]:
    """What it answers, then the conversation from its end; of a report, the message it is about."""
    if is_report:
        for part in message.walk():
            if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
                yield from _ID.findall(_returned_id(part))
    yield from _ID.findall(_header(message, "In-Reply-To"))
    yield from reversed(_ID.findall(_header(message, "References")))


def _returned_id(part: EmailMessage) -> str:
    if part.get_content_type() == "message/rfc822":
        inner = next(iter(part.iter_parts()), None)
        return _header(inner, "Message-ID") if isinstance(inner, EmailMessage) else ""
    return _header(email.message_from_string(_content(part), policy=email.policy.default), "Message-ID")


def _recipients(message: EmailMessage) -> Iterator[str]:
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"):
        for _, address in getaddresses([str(value) for value in message.get_all(name, [])]):
            if address:
                yield address.lower()


def _bounces(message: EmailMessage) -> Iterator[Bounce]:
    """The recipients of a delivery status that failed for good."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.iter_parts():
            if not isinstance(block, EmailMessage):
                continue
            address = _header(block, "Final-Recipient") or _header(block, "Original-Recipient")
            status = _header(block, "Status").strip()
            if address and _header(block, "Action").strip().lower() == "failed" and status.startswith("5"):
                said = " ".join(_header(block, "Diagnostic-Code").split())[:400]
                yield Bounce(address.rpartition(";")[2].strip().strip("<>").lower(), status.split()[0], said)


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    content = _content(body)
    return _from_html(content) if body.get_content_type() == "text/html" else content


def _content(part: MIMEPart) -> str:
    """A part as text, whatever it says about its letters."""
    try:
        found = part.get_content()
    except (LookupError, ValueError, KeyError):
        payload = part.get_payload(decode=True)
        found = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return _storable(found) if isinstance(found, str) else ""


def _attachments(message: EmailMessage) -> Iterable[str]:
    for part in message.iter_attachments() if message.is_multipart() else ():
        if name := part.get_filename():
            yield " ".join(_storable(str(name)).split())[:200]


def _storable(text: str) -> str:
    """Without what no database takes: the letter zero, and halves of letters (lone surrogates)."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _header(message: MIMEPart, name: str) -> str:
    """A header as text; empty where it is missing, or so broken that it cannot be read."""
    try:
        return _storable(str(message.get(name, "") or ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


class _Texts(HTMLParser):
    """The words of a page; what mail programs mark as quoted begins with `> `."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks begin lines."""
        if tag in ("style", "script", "head", "title"):
            self._hidden += 1
        elif tag == "blockquote":
            self._quoted += 1
        if tag in ("p", "div", "br", "li", "tr", "blockquote", "hr"):
            self.parts.append("\n" + "> " * min(self._quoted, MOST_DEPTH))

    def handle_endtag(self, tag: str) -> None:
        """And end them."""
        if tag in ("style", "script", "head", "title"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
            self.parts.append("\n")
        elif tag == "p":
            self.parts.append("\n" + "> " * min(self._quoted, MOST_DEPTH))

    def handle_data(self, data: str) -> None:
        """Words, with the white space a browser would show."""
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def _from_html(html: str) -> str:
    parser = _Texts()
    # Not closed: what begins and never ends would be looked through again from each of its letters.
    parser.feed(f"{html[:MOST_HTML]}<br>")
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
