"""Targets: the URLs of other systems that playbooks send to. Administrators keep them; each change is on record.

Neither the URL nor a secret stands in the audit log, in a log or on a page: a secret is shown once, when it is made.
"""

import contextlib
import re
from datetime import datetime, timedelta
from itertools import count
from unicodedata import normalize

from django.db import transaction
from django.db.models import F, QuerySet

from mainstay.common.addresses import BadUrl, Place
from mainstay.common.errors import Invalid, NotFound
from mainstay.deliveries import posting, signing
from mainstay.deliveries.channel import Address, DeliveryError
from mainstay.deliveries.models import Dialect, Target
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

# How long a secret that was replaced signs beside the new one.
GRACE = timedelta(hours=24)
# How long a target is left alone after its first, second… failure in a row.
RESTS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
CHANNELS = {Dialect.STANDARD: "webhook", Dialect.SLACK: "chat", Dialect.TEAMS: "teams"}
"""The channel that speaks each dialect."""


class UnknownTarget(NotFound):
    """There is no such target."""

    code = "unknown_target"


def present_targets() -> QuerySet[Target]:
    """Those that were not removed, by name."""
    return Target.objects.filter(removed_at=None).select_related("created_by").order_by("name", "pk")


def get_target(key: str) -> Target:
    """A target that was not removed. Raises UnknownTarget."""
    target = present_targets().filter(key=key).first()
    if target is None:
        raise UnknownTarget(f"There is no target '{key}'; it was removed, or never was. Settings, Targets lists them.")
    return target


def channel_of(target: Target) -> str:
    """The kind of the channel that speaks its dialect."""
    return CHANNELS[Dialect(target.dialect)]


def address_of(target: Target, *, now: datetime) -> Address:
    """Where it is, and the secrets that sign now, the newest first."""
    is_graceful = target.former_secret and target.former_until is not None and now < target.former_until
    secrets = (target.secret, target.former_secret if is_graceful else "")
    return Address(target.url, tuple(secret for secret in secrets if secret))


def why_off(target: Target) -> str:
    """Why nothing goes there, as a sentence; empty when it does."""
    if target.removed_at is not None:
        return f"The target “{target.name}” was removed."
    if not target.is_active:
        return target.off_because or f"The target “{target.name}” is switched off."
    return ""


@transaction.atomic
def add_target(name: str, url: str, *, dialect: Dialect, by: User, now: datetime) -> tuple[Target, str]:
    """A new target, and its secret, which is shown this once; of a chat it is empty. Raises Invalid."""
    require_role(by, Role.ADMINISTRATOR)
    name, place = _checked_name(name), _checked_place(url, dialect)
    secret = signing.new_secret() if dialect == Dialect.STANDARD else ""
    target = Target.objects.create(
        key=_key_for(name),
        name=name,
        dialect=dialect,
        host=_shown(place),
        url=url.strip(),
        secret=secret,
        created_at=now,
        created_by=by,
    )
    _record(by, "added", target, name=name, dialect=dialect.value, host=target.host)
    return target, secret


@transaction.atomic
def change_target(target: Target, *, name: str, url: str, by: User, now: datetime) -> None:
    """Another name, and another URL unless it is empty. The key, the dialect and the secrets stay. Raises Invalid."""
    require_role(by, Role.ADMINISTRATOR)
    values: dict[str, object] = {"name": _checked_name(name)}
    if url.strip():
        host = _shown(_checked_place(url, Dialect(target.dialect)))
        values |= {"url": url.strip(), "host": host, "failures": 0, "rests_until": None}
    _present(target).update(**values)
    target.refresh_from_db()
    _record(by, "changed", target, name=target.name, host=target.host, new_url=bool(url.strip()), at=now.isoformat())


@transaction.atomic
def rotate_secret(target: Target, *, by: User, now: datetime) -> str:
    """A new secret, shown this once. The one before signs beside it for `GRACE`."""
    require_role(by, Role.ADMINISTRATOR)
    if target.dialect != Dialect.STANDARD:
        raise Invalid(f"“{target.name}” is a chat: its URL is its secret. Make a new webhook there and change the URL.")
    secret, until = signing.new_secret(), now + GRACE
    _present(target).update(former_secret=F("secret"), former_until=until, secret=secret)
    target.refresh_from_db()
    _record(by, "secret_replaced", target, former_until=until.isoformat())
    return secret


@transaction.atomic
def switch_target(target: Target, *, is_active: bool, by: User, now: datetime) -> bool:
    """On or off. While it is off what is due to it is refused, not kept. False when it is so already."""
    require_role(by, Role.ADMINISTRATOR)
    values = {"is_active": is_active, "off_because": "", "failures": 0, "rests_until": None}
    if not _present(target).filter(is_active=not is_active).update(**values):
        return False
    target.refresh_from_db()
    _record(by, "switched_on" if is_active else "switched_off", target, at=now.isoformat())
    return True


@transaction.atomic
def remove_target(target: Target, *, by: User, now: datetime) -> None:
    """Take it away for good: URL and secrets are erased, what waits for it is refused."""
    require_role(by, Role.ADMINISTRATOR)
    gone = {"url": "", "secret": "", "former_secret": "", "former_until": None, "removed_at": now}
    if _present(target).update(**gone):
        _record(by, "removed", target, name=target.name)
    target.refresh_from_db()


def note_failure(target: Target | None, error: DeliveryError | None = None, *, now: datetime) -> bool:
    """Leave the target alone for a while when another message would fare no better now; whether that is so.

    One that says it is gone (410) is switched off. A message that was refused for good says nothing about others.
    """
    if target is None:
        return False
    if error is not None and error.bad_address:
        because = f"“{target.name}” answered that it is gone (410), so it was switched off."
        _present(target).update(is_active=False, off_because=because)
        return True
    if error is not None and error.permanent:
        return False
    target.refresh_from_db(fields=["failures"])
    rest = RESTS[min(target.failures, len(RESTS) - 1)]
    asked = error.retry_after if error is not None else None
    _present(target).update(failures=F("failures") + 1, rests_until=now + max(rest, asked or rest))
    return True


def note_success(target: Target | None) -> None:
    """It is well again."""
    if target is not None:
        Target.objects.filter(pk=target.pk, failures__gt=0).update(failures=0, rests_until=None)


def _present(target: Target) -> QuerySet[Target]:
    return Target.objects.filter(pk=target.pk, removed_at=None)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise Invalid("A target needs a name of 1 to 100 letters.", details={"field": "name"})
    return name


def _checked_place(url: str, dialect: Dialect) -> Place:
    try:
        place = posting.check_url(url.strip())
    except BadUrl as error:
        raise Invalid(str(error), details={"field": "url"}) from error
    with contextlib.suppress(ValueError):  # a name: it is looked up whenever something is sent
        if said := posting.refusal(place, place.host):
            raise Invalid(said, details={"field": "url"})
    if dialect == Dialect.TEAMS and place.host.endswith("webhook.office.com"):
        raise Invalid(
            "Microsoft switched off the Office 365 connectors of webhook.office.com. Make a webhook with the Workflows "
            "app of Teams (“Send webhook alerts to a channel”) and give its URL.",
            details={"field": "url"},
        )
    return place


def _shown(place: Place) -> str:
    usual = 443 if place.scheme == "https" else 80
    return place.host if place.port == usual else f"{place.host}:{place.port}"


def _key_for(name: str) -> str:
    """A key that steps name it by: from the name, and free. `new` is the page that adds one."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50]
    base = base if base[:1].isalpha() else f"target_{base}".rstrip("_")
    taken = {"new"} | set(present_targets().filter(key__startswith=base).values_list("key", flat=True))
    keys = (base if number == 1 else f"{base}_{number}" for number in count(1))
    return next(key for key in keys if key not in taken)


def _record(by: User, verb: str, target: Target, **details: object) -> None:
    record_audit(by, f"deliveries.target_{verb}", f"target:{target.key}", **details)
