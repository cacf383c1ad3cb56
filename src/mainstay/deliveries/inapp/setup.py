"""The settings of messages in the app: which sites may ask, and the secret their servers sign user ids with.

One row, made when something is first set.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mainstay.common.errors import Invalid
from mainstay.deliveries.inapp.identity import new_salt, secret_of
from mainstay.deliveries.models import InAppSetup
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

# How long servers that still sign with the former secret are understood.
GRACE = timedelta(days=7)
_ONE = 1
_ORIGIN = re.compile(r"https?://(?:\*\.)?(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")
_MOST = 50
_SEEN_EVERY = timedelta(minutes=1)


def read_setup() -> InAppSetup:
    """What is set; a row that is not kept where nothing was."""
    return InAppSetup.objects.filter(pk=_ONE).first() or InAppSetup(pk=_ONE)


def save_setup(**values: Any) -> None:
    """Set these columns, leaving the others alone."""
    InAppSetup.objects.update_or_create(pk=_ONE, defaults=values)


def salts_in_force(setup: InAppSetup, *, now: datetime) -> tuple[str, ...]:
    """The salts whose secrets are understood: the present one, and the former one while its grace lasts."""
    former = setup.former_salt if setup.former_until is not None and now < setup.former_until else ""
    return tuple(salt for salt in (setup.salt, former) if salt)


def is_listed(setup: InAppSetup, origin: str) -> bool:
    """Whether pages of this origin may ask: `https://app.example.com`, or one below `https://*.example.com`."""
    given = origin.lower()
    return any(_fits(given, listed) for listed in setup.origins)


def _fits(origin: str, listed: str) -> bool:
    if "://*." not in listed:
        return origin == listed
    scheme, _, rest = listed.partition("*")
    return origin.startswith(scheme) and origin.endswith(rest) and len(origin) > len(scheme) + len(rest)


@transaction.atomic
def save_origins(lines: Iterable[str], *, by: User) -> tuple[str, ...]:
    """Which sites may ask, as `https://app.example.com`, or `https://*.example.com` for all below. Raises Invalid."""
    require_role(by, Role.ADMINISTRATOR)
    origins = tuple(dict.fromkeys(_origin(line) for line in lines if line.strip()))
    if len(origins) > _MOST:
        raise Invalid(
            f"There are {len(origins)} sites; list at most {_MOST}, or all below one as https://*.example.com."
        )
    save_setup(origins=list(origins))
    record_audit(by, "deliveries.in_app_origins_saved", "messages:in_app", origins=list(origins))
    return origins


def _origin(line: str) -> str:
    origin = line.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise Invalid(
            f"'{line.strip()[:100]}' is no site: write it as https://app.example.com, without a path. "
            "https://*.example.com stands for every site below example.com."
        )
    return re.sub(r"(?<=^https:)(//.*):443$|(?<=^http:)(//.*):80$", lambda found: found[1] or found[2], origin)


@transaction.atomic
def new_secret(*, by: User, now: datetime, grace: timedelta = GRACE) -> str:
    """Make a secret, to be shown this once. The former one stays good for `grace`, so that servers can be changed."""
    require_role(by, Role.ADMINISTRATOR)
    former, salt = read_setup().salt, new_salt()
    save_setup(salt=salt, former_salt=former, former_until=now + grace if former else None)
    record_audit(by, "deliveries.in_app_secret_made", "messages:in_app", grace_days=grace.days if former else 0)
    return secret_of(salt)


@transaction.atomic
def drop_former_secret(*, by: User) -> bool:
    """From now on only the present secret is understood. False when there is no former one."""
    require_role(by, Role.ADMINISTRATOR)
    dropped = InAppSetup.objects.filter(pk=_ONE).exclude(former_salt="").update(former_salt="", former_until=None)
    if dropped:
        record_audit(by, "deliveries.in_app_secret_dropped", "messages:in_app")
    return bool(dropped)


def note_seen(setup: InAppSetup, *, origin: str, version: str, now: datetime) -> None:
    """A browser asked. Written once a minute at most; otherwise a question takes no lock for writing."""
    if setup.seen_at is None or now - setup.seen_at >= _SEEN_EVERY:
        seen = {"seen_at": now, "seen_origin": origin[:300], "seen_version": version[:20]}
        InAppSetup.objects.filter(pk=_ONE).update(**seen)
