"""Writes digests whose hour has come, once each.

Who asked for none gets one all the same on the morning after something was held back: only that, so that nothing is
lost. What has nothing to tell is noted and not sent.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from mainstay.alerts import content as contents
from mainstay.alerts import mails
from mainstay.alerts.content import Content
from mainstay.alerts.models import Alert, DataAlert, Digest, Outcome, Preferences, Rhythm, Scope
from mainstay.alerts.periods import Every, Period, last_due
from mainstay.common.ids import derived_id
from mainstay.common.time import DAY
from mainstay.deliveries.services import request_delivery


@dataclass(frozen=True)
class DigestResult:
    """What a round did. `empty`: nothing had changed, so nothing was sent."""

    sent: int = 0
    empty: int = 0


def send_due(now: datetime) -> DigestResult:
    """Write the digests that are due and put them into the outbox, each in a transaction of its own. Repeatable."""
    sent = empty = 0
    for preferences in Preferences.objects.filter(user__is_active=True).select_related("user"):
        period = period_of(preferences, now)
        if period.end <= preferences.since or Digest.objects.filter(pk=_id(preferences, period)).exists():
            continue
        told = _write(preferences, period, now=now)
        if told is not None:
            sent, empty = sent + told, empty + (not told)
    return DigestResult(sent, empty)


def period_of(preferences: Preferences, now: datetime) -> Period:
    """The latest period of somebody that has ended. It does not reach back before she asked for digests."""
    every: Every = "weekly" if preferences.rhythm == Rhythm.WEEKLY else "daily"
    zone = preferences.user.time_zone
    period = last_due(every, hour=preferences.hour, weekday=preferences.weekday, zone=zone, now=now)
    return Period(max(period.start, min(preferences.since, period.end)), period.end)


def preview(preferences: Preferences, now: datetime) -> tuple[Content, Period]:
    """What a digest of the last day or week would say now, and its period."""
    period = Period(now - (7 * DAY if preferences.rhythm == Rhythm.WEEKLY else DAY), now)
    return _content(preferences, period), period


def content_of(digest: Digest) -> Content:
    """What a digest said."""
    return msgspec.convert(digest.content or {}, Content)


def _write(preferences: Preferences, period: Period, *, now: datetime) -> bool | None:
    """Whether it told something; None when there was nothing to note."""
    user, is_off = preferences.user, preferences.rhythm == Rhythm.OFF
    content = _content(preferences, period)
    if is_off and content.is_empty:
        return None  # nothing was held back, and nobody asked
    with transaction.atomic():
        digest, is_new = Digest.objects.get_or_create(
            id=_id(preferences, period),
            defaults={
                "user": user,
                "rhythm": preferences.rhythm,
                "starts_at": period.start,
                "ends_at": period.end,
                "subject": "" if content.is_empty else _subject(preferences, content),
                "content": None if content.is_empty else msgspec.to_builtins(content),
                "created_at": now,
            },
        )
        if not is_new:
            return None  # another process was faster
        for model in (Alert, DataAlert):
            told = model.objects.filter(user=user, digest=None, outcome__in=[Outcome.HELD, Outcome.DIGEST])
            told.filter(created_at__lt=period.end).update(digest=digest)
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
    with timezone.override(preferences.user.time_zone):
        if preferences.rhythm == Rhythm.OFF:
            return contents.held_only(preferences.user, period)
        return contents.content_of(preferences.user, Scope(preferences.scope), period)


def _subject(preferences: Preferences, content: Content) -> str:
    return mails.digest_subject(content, is_weekly=preferences.rhythm == Rhythm.WEEKLY)[:300]


def _id(preferences: Preferences, period: Period) -> UUID:
    return derived_id("digest", preferences.user_id, period.end.isoformat())
