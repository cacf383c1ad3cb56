"""The links in mails. They need no sign-in: each is signed, for one purpose, with the secret key.

Those to contacts do not expire. Whoever finds an old mail must still be able to unsubscribe, and the law of several
countries asks for it; what a link allows is bounded by its purpose (change what this person gets, go to a page we
linked to), not by time. When the secret key changes, keep the former one in `MAINSTAY_SECRET_KEY_FALLBACKS` or links in
sent mails die. No address and no name stands in a link: what logs of proxies keep tells nothing.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

# What the pages are served under; `web` takes its paths from here.
PREFIX = "m"
# Where users of ours do something from a mail.
ACTS = "tasks/by-mail"
_SALT = "mainstay.deliveries"
# Stands for the message in previews and tests: whoever tries their links changes nothing of a real reader.
NO_MESSAGE = UUID(int=0)


@dataclass(frozen=True)
class Click:
    """A link of a mail: which mail, where it leads."""

    delivery: UUID
    url: str


def account_url(key: str) -> str:
    """The page of an account, for whoever signs in."""
    return f"{settings.BASE_URL.rstrip('/')}/accounts/{quote(key, safe='')}/"


def preferences_url(delivery: UUID) -> str:
    """The page on which the recipient of this message chooses what she gets."""
    return _url("p", _sign("recipient", delivery))


def unsubscribe_url(delivery: UUID) -> str:
    """One click for mail programs (POST), a page that asks first for people (GET)."""
    return _url("u", _sign("recipient", delivery))


def open_url(delivery: UUID) -> str:
    """The picture that tells that a mail was opened."""
    return _url("o", _sign("open", delivery))


def click_url(delivery: UUID, url: str) -> str:
    """Counts the click and leads to `url`."""
    return _url("c", _signer("click").sign_object({"d": delivery.hex, "u": url}, compress=True))


def recipient_of(token: str) -> UUID | None:
    """The message whose recipient a token speaks for; None for one that we did not make."""
    return _read("recipient", token)


def opened(token: str) -> UUID | None:
    """The message that was opened; None for a token that we did not make."""
    return _read("open", token)


def clicked(token: str) -> Click | None:
    """Where a link leads; None for one that we did not make, so that nobody is led anywhere by us but by our mails."""
    try:
        found = _signer("click").unsign_object(token)
        return Click(UUID(found["d"]), str(found["u"]))
    except (BadSignature, ValueError, KeyError, TypeError):
        return None


def act_url(act: str) -> str:
    """Something a user of ours can do from a mail, as it stands in the outbox: without a signature, worth nothing.

    `act` says what: small letters, digits and dots. Everybody signed in reads the outbox; only what leaves is signed.
    """
    return f"{base_url()}/{ACTS}/{act}/"


def with_signed_acts(text: str, *, reader: str) -> str:
    """A text or its HTML as it leaves for an address: each `act_url` signed, for whoever reads mail there alone.

    So whatever text gets into a mail, its reader can do nothing with it but what is hers to do.
    """
    place = re.compile(rf"{re.escape(f'{base_url()}/{ACTS}/')}([a-z0-9.]+)/")
    return place.sub(lambda found: f"{base_url()}/{ACTS}/{_acts_of(reader).sign(found[1])}/", text)


def is_act_of(reader: str, token: str) -> bool:
    """Whether we signed this for that address."""
    try:
        _acts_of(reader).unsign(token)
    except BadSignature:
        return False
    return True


def _acts_of(reader: str) -> Signer:
    return _signer(f"act.{reader.lower()}")


def base_url() -> str:
    """The address of this installation, without a slash at its end."""
    return str(settings.BASE_URL).rstrip("/")


def _url(purpose: str, token: str) -> str:
    return f"{base_url()}/{PREFIX}/{purpose}/{token}/"


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"{_SALT}.{purpose}")


def _sign(purpose: str, delivery: UUID) -> str:
    return _signer(purpose).sign(delivery.hex)


def _read(purpose: str, token: str) -> UUID | None:
    try:
        return UUID(_signer(purpose).unsign(token))
    except (BadSignature, ValueError):
        return None
