"""The way from a value down to what it was counted from: its parents, its evidence, and the raw events.

A number nobody can take apart is not shipped: every metric names its evidence, and a test follows each of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from mainstay.common.time import as_of_instant, isoformat
from mainstay.facts import selectors as facts
from mainstay.facts.selectors import EventRow
from mainstay.lake.days import Known
from mainstay.metrics import selectors
from mainstay.metrics.errors import NotComputed
from mainstay.metrics.evidence import contracts, features, meanings, own, people, support, usage
from mainstay.metrics.evidence.table import Builder, Cell, Column, EventQuery, Evidence, Question, Row
from mainstay.metrics.registry import Metric, Unit, get

# A table for people ends somewhere; `total` says how many rows there are, and an export has them all.
SHOWN = 500

BUILDERS: Mapping[str, Builder] = {
    **usage.BUILDERS,
    **features.BUILDERS,
    **meanings.BUILDERS,
    **contracts.BUILDERS,
    **support.BUILDERS,
    **people.BUILDERS,
    **own.BUILDERS,
}


@dataclass(frozen=True)
class Value:
    """A metric and its value."""

    metric: str
    label: str
    unit: Unit
    value: float | None


@dataclass(frozen=True)
class Lineage:
    """Where one value comes from.

    `parents` are the values a derived metric was made of; `columns` and `rows` (of `total`) what was counted;
    `counted_from` says it in one sentence; `sources` are the keys of the ingest sources behind it.
    """

    metric: Metric
    account_id: int
    as_of: datetime
    value: float | None
    counted_from: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    parents: tuple[Value, ...]
    sources: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The shape of the HTTP API: rows are objects keyed by column."""
        return {
            "metric": self.metric.key,
            "as_of": isoformat(self.as_of),
            "value": self.value,
            "counted_from": self.counted_from,
            "columns": [asdict(column) for column in self.columns],
            "rows": [self._row(row) for row in self.rows],
            "total": self.total,
            "parents": [asdict(parent) for parent in self.parents],
            "sources": list(self.sources),
        }

    def _row(self, row: Row) -> dict[str, Any]:
        cells = {column.key: _json(cell) for column, cell in zip(self.columns, row.cells, strict=True)}
        return {"key": row.key, **cells} if row.key is not None else cells


@dataclass(frozen=True)
class Whole:
    """Every row a value was counted from, put into words as it is read; to be read once."""

    columns: tuple[Column, ...]
    rows: Iterator[Row]


def explain(
    metric: str,
    account_id: int,
    as_of: date | datetime | None = None,
    *,
    skip: int = 0,
    most: int = SHOWN,
    known: Known = Known.NOW,
) -> Lineage:
    """What a metric of an account was counted from, now or as of an instant: `most` rows after the first `skip`.

    With `known`, the value is the one known then; the rows are always those known now.

    Raises UnknownMetric, and NotComputed when nothing was ever computed and no instant is given.
    """
    declared, present = get(metric), selectors.computed_at()
    instant = _instant(as_of, present)
    keys = (metric, *declared.parents)
    values = selectors.profile(account_id, None if instant == present else instant, keys=keys, known=known)
    evidence = _evidence(declared, account_id, instant, values)
    return Lineage(
        metric=declared,
        account_id=account_id,
        as_of=instant,
        value=values.get(metric),
        counted_from=evidence.counted_from,
        columns=evidence.columns,
        rows=tuple(islice(evidence.rows, skip, skip + most)),
        total=evidence.total,
        parents=tuple(
            Value(parent.key, parent.label, parent.unit, values.get(parent.key))
            for parent in (get(key) for key in declared.parents)
        ),
        sources=selectors.sources_of(metric),
    )


def whole(metric: str, account_id: int, as_of: date | datetime | None = None) -> Whole:
    """All rows a metric of an account was counted from, for an export. Raises as `explain` does."""
    declared, present = get(metric), selectors.computed_at()
    instant = _instant(as_of, present)
    keys = (metric, *declared.parents)
    values = selectors.profile(account_id, None if instant == present else instant, keys=keys)
    evidence = _evidence(declared, account_id, instant, values)
    return Whole(evidence.columns, iter(evidence.rows))


def _evidence(declared: Metric, account_id: int, instant: datetime, values: Mapping[str, float | None]) -> Evidence:
    question = Question(account_id, instant, declared.window_days, metric=declared, values=values)
    return BUILDERS[declared.evidence](question)


def _instant(as_of: date | datetime | None, present: datetime | None) -> datetime:
    instant = present if as_of is None else as_of_instant(as_of)
    if instant is None:
        raise NotComputed("No profile has been computed yet. Run `mainstay refresh`, or wait for the worker.")
    return instant


def raw_events(
    account_id: int, query: EventQuery, *, limit: int = 50, before: tuple[datetime, int] | None = None
) -> list[EventRow]:
    """The raw events behind a row, the latest first; `before` is the `place` of the last one of the page before."""
    return facts.events(
        account_id,
        start=query.start,
        end=query.end,
        names=query.names,
        contact=query.contact_id,
        limit=limit,
        before=before,
    )


def _json(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return isoformat(cell)
    return cell.isoformat() if isinstance(cell, date) else cell
