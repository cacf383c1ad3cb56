"""What came late: events and records of days that had ended when we were told of them.

Facts carry `received_at`, records when they were made and last changed, so nothing needs to be noted on the way in: a
question about a span of time finds what came late in it. Only events that found their account later are written down
(`Attached`), since they came in time and say nothing of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from django.db.models import Count, DateTimeField, F, Max, Min, Model, Q
from django.db.models.functions import TruncDate

from mainstay.accounts.models import ContactRole, Milestone, StageChange
from mainstay.common.time import DAY, midnight, naive_utc
from mainstay.facts import identity
from mainstay.facts.models import Attached
from mainstay.facts.schema import EVENTS
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket, TicketReopening
from mainstay.lake import engine
from mainstay.lake.store import Lake
from mainstay.subscriptions.models import Invoice, Reading, Subscription

# An edit does not say what it changed. It is looked for so far back; a new record as far as its own date.
EDITS_REACH = timedelta(days=35)
# Of an account, a source and a day: how much came late, and when the last of it did.
LATE = pa.schema([
    ("account_id", pa.int64()),
    ("source", pa.string()),
    ("day", pa.date32()),
    ("n", pa.int64()),
    ("received_at", pa.timestamp("us")),
])  # fmt: skip


@dataclass(frozen=True)
class _Records:
    """A table of records: the account, the first day a row tells anything of, and the source it comes from."""

    model: type[Model]
    since: str
    source: str
    account: str = "account_id"

    def told(self, after: datetime, until: datetime) -> list[tuple[Any, ...]]:
        """Account, first day, how many rows, told last when, how many of them new; of what was told in the span."""
        names = {field.name: field for field in self.model._meta.get_fields()}
        told_at = "updated_at" if "updated_at" in names else "created_at"
        made = Q(created_at__gte=after, created_at__lt=until) if "created_at" in names else Q(pk=None)
        is_instant = isinstance(names[self.since], DateTimeField)
        return list(
            self.model._default_manager.filter(**{f"{told_at}__gte": after, f"{told_at}__lt": until})
            .exclude(**{self.account: None})
            .order_by()
            .annotate(first=TruncDate(self.since, tzinfo=UTC) if is_instant else F(self.since))
            .values(self.account, "first")
            .annotate(n=Count("pk"), last=Max(told_at), new=Count("pk", filter=made))
            .values_list(self.account, "first", "n", "last", "new")
        )


_RECORDS = (
    _Records(Subscription, "starts_on", "contracts"),
    _Records(Reading, "measured_on", "contracts"),
    _Records(Invoice, "issued_on", "billing"),
    _Records(Interaction, "occurred_at", "interactions"),
    _Records(Pulse, "given_at", "interactions"),
    _Records(Ticket, "opened_at", "support"),
    _Records(TicketReopening, "at", "support", account="ticket__account_id"),
    _Records(Response, "answered_at", "surveys"),
    _Records(StageChange, "since", "crm"),
    _Records(Milestone, "agreed_on", "crm"),
    _Records(ContactRole, "since", "crm", account="contact__account_id"),
)


def late(after: datetime, until: datetime) -> pa.Table:
    """What came late in `[after, until)`, as the rows of LATE; of a record, the first day it may tell news of."""
    rows = [*_records(after, until), *_attached(after, until)]
    columns = list(zip(*rows, strict=True)) or [()] * len(LATE)
    told = pa.table([pa.array(values, field.type) for values, field in zip(columns, LATE, strict=True)], schema=LATE)
    return pa.concat_tables([_events(after, until), told])


def _events(after: datetime, until: datetime) -> pa.Table:
    """A look at the catalogue first: mostly there is no file of an earlier day with anything new in it."""
    lake = Lake()
    files = lake.live("events", end=until.date()).filter(received_until__gte=after)
    span = files.aggregate(first=Min("starts_on"), last=Max("ends_on"))
    if span["first"] is None:
        return LATE.empty_table()
    source = lake.relation("events", EVENTS, start=span["first"], end=span["last"])
    where = (
        f"received_at >= TIMESTAMP '{naive_utc(after)}' AND received_at < TIMESTAMP '{naive_utc(until)}'"
        " AND received_at >= day + INTERVAL 1 DAY"
    )
    with engine.cursor() as cursor:
        events = identity.resolved(cursor, f"SELECT {identity.EVENT_COLUMNS} FROM {source} WHERE {where}")
        return _counted(cursor, events)


def _counted(cursor: duckdb.DuckDBPyConnection, events: str) -> pa.Table:
    rows = engine.arrow(
        cursor,
        f"""SELECT account_id, 'product' AS source, day, count(*) AS n, max(received_at) AS received_at
        FROM ({events}) WHERE {identity.IS_ACTIVITY} GROUP BY account_id, day""",
    )
    return rows.cast(LATE)


def _records(after: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    earliest = until.date() - EDITS_REACH
    for table in _RECORDS:
        rows = table.told(after, until)
        for account_id, since, count, told_at, new in rows:
            day = since if new else max(since, earliest)
            # What is dated to the day we were told of it is not late.
            if told_at >= midnight(day + DAY):
                yield account_id, table.source, day, count, naive_utc(told_at)


def _attached(after: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    for row in Attached.objects.filter(at__gte=after, at__lt=until):
        yield row.account_id, "product", row.first_day, row.n, naive_utc(row.at)


def first_day(rows: pa.Table) -> date | None:
    """The first day that something came late for."""
    return min(rows["day"].to_pylist(), default=None)
