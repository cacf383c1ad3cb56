"""Writes digests whose hour has come, once each. Each begins where the one before ended, so that nothing is told twice
or never, whatever hour, weekday, time zone or rhythm somebody chooses meanwhile, and after a standstill too.

Who asked for none gets one all the same on the morning after something was held back: only that, so that nothing is
lost. What has nothing to tell is noted and not sent.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from mainstay.alerts import content as contents
from mainstay.alerts import mails
from mainstay.alerts.content import Content
from mainstay.alerts.models import Alert, DataAlert, Digest, Outcome, Preferences, Rhythm, Scope
from mainstay.alerts.periods import Every, Period, last_due, next_due
from mainstay.common.calendars import zone_of
from mainstay.common.ids import derived_id
from mainstay.common.time import DAY
from mainstay.deliveries.services import request_delivery

logger = logging.getLogger(__name__)

_WAITS = Q(digest=None, outcome__in=[Outcome.HELD, Outcome.DIGEST])


class _Rhythm(TypedDict):
    every: Every
    hour: int
    weekday: int
    zone: str


@dataclass(frozen=True)
class DigestResult:
    """What a round did. `empty`: nothing had changed, so nothing was sent."""

    sent: int = 0
    empty: int = 0


def send_due(now: datetime) -> DigestResult:
    """Write the digests that are due and put them into the outbox, each in a transaction of its own. Repeatable.

    One that cannot be written is logged and tried again; it holds up nobody else's.
    """
    sent = empty = 0
    for preferences, told_until in _listeners():
        period = period_due(preferences, told_until, now)
        if period is None:
            continue
        try:
            told = _write(preferences, period, now=now)
        except Exception:
            logger.exception("The digest of %s could not be written; it is tried again.", preferences.user.email)
            continue
        if told is not None:
            sent, empty = sent + told, empty + (not told)
    return DigestResult(sent, empty)


def _listeners() -> Iterator[tuple[Preferences, datetime | None]]:
    """Everybody there may be something to tell, with where her last digest ended. One statement."""
    latest = Digest.objects.filter(user=OuterRef("user")).order_by("-ends_at").values("ends_at")[:1]
    waits = [Exists(model.objects.filter(_WAITS, user=OuterRef("user"))) for model in (Alert, DataAlert)]
    asked = Preferences.objects.filter(~Q(rhythm=Rhythm.OFF) | Q(*waits, _connector=Q.OR), user__is_active=True)
    for preferences in asked.annotate(told_until=Subquery(latest)).select_related("user"):
        yield preferences, preferences.told_until


def period_due(preferences: Preferences, told_until: datetime | None, now: datetime) -> Period | None:
    """What the latest digest that was due is to tell; None when that was told, or was due before she asked for digests.

    `told_until`: where her last digest ended.
    """
    latest = last_due(**_rhythm(preferences), now=now)
    if latest.end <= max(preferences.since, told_until or preferences.since):
        return None
    start = latest.start
    if told_until is not None and preferences.rhythm != Rhythm.OFF:  # what was held back has no beginning
        start = told_until
    return Period(max(start, preferences.since), latest.end)


def preview(preferences: Preferences, now: datetime) -> tuple[Content, Period]:
    """What a digest of the last day or week would say now, and its period."""
    period = Period(now - (7 * DAY if preferences.rhythm == Rhythm.WEEKLY else DAY), now)
    return _content(preferences, period), period


def _rhythm(preferences: Preferences) -> _Rhythm:
    return {
        "every": "weekly" if preferences.rhythm == Rhythm.WEEKLY else "daily",
        "hour": preferences.hour,
        "weekday": preferences.weekday,
        "zone": preferences.user.time_zone,
    }


def content_of(digest: Digest) -> Content:
    """What a digest said."""
    return msgspec.convert(digest.content or {}, Content)


def _write(preferences: Preferences, period: Period, *, now: datetime) -> bool | None:
    """Whether it told something; None when another process was faster."""
    user, content = preferences.user, _content(preferences, period)
    with transaction.atomic():
        digest, is_new = Digest.objects.get_or_create(
            id=_id(preferences, period),
            defaults={
                "user": user,
                "rhythm": preferences.rhythm,
                "starts_at": period.start,
                "ends_at": period.end,
                "subject": "" if content.is_empty else _subject(preferences, content, period),
                "content": None if content.is_empty else msgspec.to_builtins(content),
                "created_at": now,
            },
        )
        if not is_new:
            return None
        for model in (Alert, DataAlert):  # what is over by now waits no longer either
            model.objects.filter(_WAITS, user=user, created_at__lt=period.end).update(digest=digest)
        if content.is_empty:
            return False
        letter = mails.digest_letter(user, content, period, is_weekly=preferences.rhythm == Rhythm.WEEKLY)
        request_delivery(
            derived_id("digest-message", digest.pk),
            channel="email",
            to=user,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            now=now,
        )
    return True


def _content(preferences: Preferences, period: Period) -> Content:
    with timezone.override(zone_of(preferences.user.time_zone)):
        if preferences.rhythm == Rhythm.OFF:
            return contents.held_only(preferences.user, period)
        following = next_due(**_rhythm(preferences), now=period.end)
        return contents.content_of(preferences.user, Scope(preferences.scope), period, following=following)


def _subject(preferences: Preferences, content: Content, period: Period) -> str:
    is_weekly, zone = preferences.rhythm == Rhythm.WEEKLY, preferences.user.time_zone
    return mails.digest_subject(content, period, is_weekly=is_weekly, zone=zone)[:300]


def _id(preferences: Preferences, period: Period) -> UUID:
    return derived_id("digest", preferences.user_id, period.end.isoformat())
