"""Reads of interactions, tickets, responses and pulses."""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Model, Q, QuerySet

from mainstay.accounts.models import Account
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket

# The kinds of a timeline that do not come from `Interaction.kind`.
TICKET_OPENED = "ticket"
TICKET_SOLVED = "ticket_solved"
RESPONSE = "response"
PULSE = "pulse"
_OTHERS = (TICKET_OPENED, TICKET_SOLVED, RESPONSE, PULSE)


@dataclass(frozen=True, order=True)
class Position:
    """A place in a timeline; the order of entries is newest first. `Position(at)` lies before everything at `at`."""

    at: datetime
    kind: str = ""
    pk: int = 0


@dataclass(frozen=True)
class TimelineEntry:
    """One dated contact. `kind` is the interaction's kind, `ticket`, `ticket_solved`, `response` or `pulse`."""

    position: Position
    title: str
    text: str
    who: str

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.position.at

    @property
    def kind(self) -> str:
        """What it is."""
        return self.position.kind


def timeline(
    account: Account, *, before: Position | None = None, kinds: Collection[str] | None = None, limit: int = 30
) -> list[TimelineEntry]:
    """What happened with an account, newest first, older than `before` (null: from the newest)."""
    sources = [_interactions(account, before, kinds, limit)]
    for kind, source in ((TICKET_OPENED, _opened), (TICKET_SOLVED, _solved), (RESPONSE, _responses), (PULSE, _pulses)):
        if kinds is None or kind in kinds:
            sources.append(source(account, before, limit))
    merged = heapq.merge(*sources, key=lambda entry: entry.position, reverse=True)
    return list(islice(merged, limit))


def pulse_of(account: Account, *, before: datetime) -> Pulse | None:
    """The latest pulse given before an instant, if it was still in force an instant before it."""
    latest = Pulse.objects.filter(account=account, given_at__lt=before).select_related("user").first()
    last_day = (before - timedelta(microseconds=1)).date()
    if latest is None or latest.expires_on <= last_day:
        return None
    return None if latest.withdrawn_at is not None and latest.withdrawn_at < before else latest


def last_contact_at(account: Account, *, before: datetime) -> datetime | None:
    """When somebody last spoke or wrote with the account, strictly before `before`; notes of our own do not count."""
    return (
        Interaction.objects.filter(account=account, occurred_at__lt=before)
        .exclude(kind="note")
        .order_by("-occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )


def last_contact_by_person(account: Account, *, before: datetime) -> dict[int, datetime]:
    """The latest interaction with each contact of the account, strictly before `before`, by contact id."""
    rows = Interaction.objects.filter(account=account, occurred_at__lt=before, contact__isnull=False)
    return dict(rows.order_by("occurred_at").values_list("contact_id", "occurred_at"))


def older_than[M: Model](
    rows: QuerySet[M], field: str, before: Position | None, kind: str, *, pk: Any = None
) -> QuerySet[M]:
    """Keyset paging over (instant, kind, id): rows at the very instant of `before` are cut by kind, then by id.

    `pk`: the id of `before` where ids are no numbers.
    """
    if before is None:
        return rows
    older = Q(**{f"{field}__lt": before.at})
    if kind < before.kind:
        older |= Q(**{field: before.at})
    elif kind == before.kind:
        older |= Q(**{field: before.at, "pk__lt": before.pk if pk is None else pk})
    return rows.filter(older)


def _interactions(
    account: Account, before: Position | None, kinds: Collection[str] | None, limit: int
) -> Iterator[TimelineEntry]:
    rows = Interaction.objects.filter(account=account).select_related("contact", "user")
    if kinds is not None:
        rows = rows.filter(kind__in=[kind for kind in kinds if kind not in _OTHERS])
    if before is not None:
        same = Q(kind__lt=before.kind) | Q(kind=before.kind, pk__lt=before.pk)
        rows = rows.filter(Q(occurred_at__lt=before.at) | (Q(occurred_at=before.at) & same))
    for row in rows.order_by("-occurred_at", "-kind", "-pk")[:limit]:
        who = row.user or row.contact
        yield TimelineEntry(Position(row.occurred_at, row.kind, row.pk), row.title, row.body, str(who or ""))


def _opened(account: Account, before: Position | None, limit: int) -> Iterator[TimelineEntry]:
    rows = Ticket.objects.filter(account=account).select_related("contact")
    for row in older_than(rows, "opened_at", before, TICKET_OPENED).order_by("-opened_at", "-pk")[:limit]:
        text = "" if row.severity == "normal" else f"Severity {row.severity}"
        yield _entry(row, row.opened_at, TICKET_OPENED, f"Ticket opened: {row.subject or row.key}", text)


def _solved(account: Account, before: Position | None, limit: int) -> Iterator[TimelineEntry]:
    rows = Ticket.objects.filter(account=account, solved_at__isnull=False).select_related("contact")
    for row in older_than(rows, "solved_at", before, TICKET_SOLVED).order_by("-solved_at", "-pk")[:limit]:
        assert row.solved_at is not None  # filtered above
        rated = before is None or row.rated_at is None or row.rated_at < before.at
        text = f"CSAT {row.csat:g} of 5" if row.csat is not None and rated else ""
        yield _entry(row, row.solved_at, TICKET_SOLVED, f"Ticket solved: {row.subject or row.key}", text)


def _responses(account: Account, before: Position | None, limit: int) -> Iterator[TimelineEntry]:
    rows = Response.objects.filter(account=account).select_related("contact")
    for row in older_than(rows, "answered_at", before, RESPONSE).order_by("-answered_at", "-pk")[:limit]:
        yield _entry(row, row.answered_at, RESPONSE, f"{row.kind.upper()} answer: {row.score:g}", row.comment)


def _pulses(account: Account, before: Position | None, limit: int) -> Iterator[TimelineEntry]:
    rows = Pulse.objects.filter(account=account).select_related("user")
    for row in older_than(rows, "given_at", before, PULSE).order_by("-given_at", "-pk")[:limit]:
        yield TimelineEntry(
            Position(row.given_at, PULSE, row.pk), f"Pulse: {row.score}", row.reason, str(row.user or "")
        )


def _entry(row: Any, at: datetime, kind: str, title: str, text: str) -> TimelineEntry:
    return TimelineEntry(Position(at, kind, row.pk), title, text, str(row.contact or ""))
