"""Reads: present profiles from SQL, past ones from the history in the lake, or computed where none is kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from mainstay.common.time import DAY, as_of_instant, midnight
from mainstay.facts.tallies import complete_from
from mainstay.lake.days import Known
from mainstay.metrics import engine, past, profile_table
from mainstay.metrics.errors import UnknownMetric
from mainstay.metrics.models import OwnMetric, ProfileRun
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics, get, in_order, shipped
from mainstay.metrics.stored import built_of
from mainstay.metrics.stored import document_of as document_of


def computed_at() -> datetime | None:
    """The instant the present profiles are as of; None before the first refresh."""
    latest = ProfileRun.objects.first()
    return latest.as_of if latest else None


def profile(
    account_id: int,
    as_of: date | datetime | None = None,
    *,
    keys: Sequence[str] | None = None,
    known: Known = Known.NOW,
) -> dict[str, float | None]:
    """The metrics of `keys` (all) of one account, now or as of an instant. Empty for one that has no profile (yet).

    Of a past instant what is known of it now, or what was known then: as recorded, or computed from what had arrived.
    """
    keys = tuple(all_metrics() if keys is None else keys)
    if as_of is None:
        rows = profile_table.read(keys, account_id=account_id)
        return dict(zip(keys, rows[0][1:], strict=True)) if rows else {}
    day = _kept_day(as_of)
    if day is not None:
        table = past.read_account(account_id, keys, start=day, end=day + DAY, known=known)
        found = table.drop_columns("day").to_pylist()
    else:
        known_at = as_of_instant(as_of) if known is Known.THEN else None
        table = engine.compute(as_of, account_ids=[account_id], keys=keys, known_at=known_at)
        found = table.drop_columns("account_id").to_pylist()
    return found[0] if found else {}


def profiles(as_of: date | datetime | None = None) -> pa.Table:
    """Every profile, now or as of an instant: `account_id` and a float column per metric, ordered by account."""
    if as_of is not None:
        day = _kept_day(as_of)
        return past.read_day(day) if day is not None else engine.compute(as_of)
    keys = tuple(all_metrics())
    columns = list(zip(*profile_table.read(keys), strict=True)) or [()] * (len(keys) + 1)
    schema = pa.schema([("account_id", pa.int64()), *((key, pa.float64()) for key in keys)])
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema)


def history(account_id: int, metric: str, start: date, end: date) -> list[tuple[date, float | None]]:
    """The kept values of one metric of one account for the days of `[start, end)`, in order."""
    return [(day, values[metric]) for day, values in series(account_id, [metric], start, end)]


def series(
    account_id: int, metrics: Sequence[str], start: date, end: date
) -> list[tuple[date, dict[str, float | None]]]:
    """The kept values of several metrics of one account for the days of `[start, end)`, in order."""
    keys = [get(key).key for key in metrics]
    rows = past.read_account(account_id, keys, start=start, end=end).to_pylist()
    return [(row.pop("day"), row) for row in rows]


def on_days(account_id: int, metrics: Sequence[str], days: Collection[date]) -> dict[date, dict[str, float | None]]:
    """The kept values of several metrics of one account on some days, by day; days that are not kept are left out."""
    keys = [get(key).key for key in metrics]
    rows = past.read_account_on(account_id, keys, days).to_pylist()
    return {row.pop("day"): row for row in rows}


def sources_of(metric: str) -> tuple[str, ...]:
    """The ingest sources a metric is made from, the main one first, those of its parents last."""
    own = get(metric)
    parents = in_order([metric], all_metrics())
    return tuple(dict.fromkeys([*own.sources, *(source for parent in parents for source in parent.sources)]))


def own_metrics() -> list[OwnMetric]:
    """The metrics that people declared, by key. Their documents: `document_of`."""
    return list(OwnMetric.objects.filter(removed_at=None).select_related("changed_by"))


def own_metric(key: str) -> OwnMetric:
    """One declared metric. Raises UnknownMetric, also for a shipped one."""
    row = OwnMetric.objects.filter(key=key, removed_at=None).select_related("changed_by").first()
    if row is None:
        raise UnknownMetric(key, OwnMetric.objects.filter(removed_at=None).values_list("key", flat=True))
    return row


@dataclass(frozen=True)
class Progress:
    """How far a declared metric is made. `is_counted`: nothing is missing for its present value; `is_filled`: for its
    past. `days_done` of the `days` that are kept have its value. `problem`: why that is not going on.
    """

    is_counted: bool
    is_filled: bool
    days_done: int
    days: int
    problem: str

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_counted and self.is_filled


def progress(key: str, *, now: datetime) -> Progress:
    """How far a declared metric is made, present and past. Raises UnknownMetric. A few queries, no look at the lake."""
    row = own_metric(key)
    metric = get(key)
    needs = needs_of({**all_metrics(), key: metric}, [key]).tallies
    complete = complete_from(needs)
    is_counted = all(
        spec.name in complete and complete[spec.name] <= now.date() - days * DAY for spec, days in needs.items()
    )
    first = past.first_day()
    is_filled = first is None or (row.filled_from is not None and row.filled_from <= first)
    return Progress(is_counted, is_filled, row.days_filled, row.days_kept, row.problem)


def own_problems() -> dict[str, str]:
    """What is wrong with declared metrics that cannot be computed any more (after an update of Mainstay), by key."""
    return built_of(own_metrics(), shipped()).problems


def _kept_day(as_of: date | datetime) -> date | None:
    """The day whose history is the profile as of this instant, if there is one and it is kept."""
    instant = as_of_instant(as_of)
    day = instant.date() - DAY
    return day if instant == midnight(instant.date()) and past.has_day(day) else None
