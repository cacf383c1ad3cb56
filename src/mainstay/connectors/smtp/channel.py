"""E-mail through Django's mailers (`MAILERS` in the settings)."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, InvalidMailer, mailers
from django.core.mail.backends.base import BaseEmailBackend

from mainstay.connectors.smtp import providers, signing
from mainstay.connectors.smtp.files import FileBackend
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure, Message, Receipt
from mainstay.deliveries.refusals import says_nobody
from mainstay.deliveries.senders import message_id


class EmailChannel:
    """Multipart text and HTML; the Message-ID is derived from the delivery, so that a repeat can be told."""

    kind = "email"

    def __init__(self) -> None:
        self._is_held = False
        self._held: BaseEmailBackend | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Within it the connection to the server is kept between mails: meeting it anew costs more than a mail."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._let_go()

    @property
    def recognises_repeats(self) -> bool:
        """A file is named by its delivery; a mail server would send a second mail."""
        return isinstance(mailers.default, FileBackend)

    def problem(self) -> str | None:
        """Options of the mailer that do not fit together, or a key that cannot sign."""
        if settings.MAIL_PROVIDER and not providers.is_installed():
            return (
                "MAINSTAY_MAIL_PROVIDER is set, but django-anymail is not installed: pip install 'mainstay[providers]'."
            )
        try:
            _ = mailers.default
        except InvalidMailer as error:
            return f"The mail settings cannot be used: {error}"
        return signing.problem()

    def send(self, message: Message) -> Receipt:
        """Hand the message to the server, and say whether a failure is one before or after the hand-over."""
        mail = _mail(message)
        self._held = self._held or mailers.default
        went = False
        try:
            _open(self._held)
            _hand_over(self._held, mail)
            went = True
        finally:
            if not (went and self._is_held):
                self._let_go()  # after an error too: what state it is in nobody knows
        return Receipt(detail=f"Taken by {_server()} as {mail.extra_headers['Message-ID']}.")

    def _let_go(self) -> None:
        if self._held is not None:
            _close(self._held)
        self._held = None


def _open(mailer: BaseEmailBackend) -> None:
    try:
        if not _is_alive(mailer):
            _close(mailer)
        mailer.open()
    except (OSError, smtplib.SMTPException) as error:
        # A refused login too: it is the installation's fault, not the message's, and can be mended.
        raise DeliveryError(f"The mail server {_server()} cannot be used: {error}", channel_down=True) from error


def _is_alive(mailer: BaseEmailBackend) -> bool:
    """Whether a kept connection can be used: servers end it after some time or some mails.

    Asked before each mail, since a connection that is found dead in the middle of one leaves the mail unsure.
    """
    connection = getattr(mailer, "connection", None)
    if not isinstance(connection, smtplib.SMTP):
        return True
    try:
        return connection.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _hand_over(mailer: BaseEmailBackend, mail: EmailMultiAlternatives) -> None:
    try:
        mailer.send_messages([mail])
    except providers.errors() as error:
        raise providers.as_ours(error) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise _refused(code, reply, of_recipient=True) from error
    except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise DeliveryUnsure(f"The connection to {_server()} broke while it took the mail: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (ValueError, smtplib.SMTPNotSupportedError) as error:
        raise DeliveryError(f"The mail cannot be sent as it is: {error}", permanent=True) from error
    except OSError as error:
        raise DeliveryError(f"The mail could not be written: {error}", channel_down=True) from error


def _refused(code: int, reply: bytes | str, *, of_recipient: bool = False) -> DeliveryError:
    """RFC 5321, 4.2.1: 5yz is a permanent, 4yz a transient negative reply."""
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    is_bad = of_recipient and code >= 500 and says_nobody(code, text)
    return DeliveryError(f"{_server()} refused the mail: {code} {text}", permanent=code >= 500, bad_address=is_bad)


def _close(mailer: BaseEmailBackend) -> None:
    # The mail was taken or refused already; a rude good-bye changes nothing.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        mailer.close()


def _mail(message: Message) -> EmailMultiAlternatives:
    headers = {"Message-ID": message_id(message.id), "Auto-Submitted": "auto-generated", **message.headers}
    mail = signing.SignedMail(
        message.subject,
        message.text,
        message.sender or settings.DEFAULT_FROM_EMAIL,
        [message.recipient],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=headers,
    )
    # Providers give it back with what they tell; over SMTP it is nothing.
    mail.metadata = {"delivery": str(message.id)}
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _server() -> str:
    options = settings.MAILERS["default"].get("OPTIONS", {})
    if settings.MAIL_PROVIDER:
        return providers.PROVIDERS[settings.MAIL_PROVIDER].name
    return f"{options['host']}:{options.get('port', 25)}" if "host" in options else "the mail folder"


CHANNEL = EmailChannel()
