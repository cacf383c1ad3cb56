"""How good a metric's data is: how its values are spread over customers, since when, for whom there is none and why.

Values of a day come from the history, those of now from the present profiles. Customers who had churned are left out.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.ingest.sources import LABELS, Freshness
from mainstay.lake import engine
from mainstay.metrics import past, profile_table
from mainstay.metrics.registry import Metric, Unit, all_metrics, get

# Beyond this many times the distance between the quartiles a value is an outlier: Tukey's outer fences.
FENCE = 3
BINS = 24
# Fewer distinct values than this have a bar each.
FEW = 12
_NUMBERS = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)

type Values = Mapping[int, float | None]


@dataclass(frozen=True)
class Spread:
    """How values are spread; `known` of `accounts` have one. The quantiles are None where nobody has."""

    accounts: int
    known: int
    low: float | None = None
    p10: float | None = None
    p25: float | None = None
    median: float | None = None
    p75: float | None = None
    p90: float | None = None
    high: float | None = None

    @property
    def coverage(self) -> float | None:
        """Percent of the accounts that have a value."""
        return 100 * self.known / self.accounts if self.accounts else None


@dataclass(frozen=True)
class Bin:
    """The accounts with a value in `[start, end)`; of the last bin, and of a bin of one value, `end` belongs to it."""

    start: float
    end: float
    accounts: int


@dataclass(frozen=True)
class Missing:
    """Accounts without a value, and why."""

    reason: str
    account_ids: Sequence[int]


def values(metric: str, day: date | None = None) -> Values:
    """The value of every customer, by account: now, or as the day ended. Raises UnknownMetric."""
    key = get(metric).key
    customers = _customers(day)
    if day is None:
        found = dict(profile_table.read((key,)))
    else:
        with engine.cursor() as cursor:
            source = past.relation(start=day, end=day + DAY, keys=[key])
            found = dict(cursor.execute(f'SELECT account_id, "{key}" FROM {source}').fetchall())
    return {pk: found.get(pk) for pk in customers}


def spread(found: Values) -> Spread:
    """The spread of these values."""
    known = _known(found)
    return Spread(len(found), len(known), *_quantiles(known, _NUMBERS)) if known else Spread(len(found), 0)


def bins(found: Values) -> list[Bin]:
    """A histogram: a bar for each value where there are few, else equal steps between the outermost usual values.

    The one in a hundred at either end falls into the first and the last bin, so that a giant does not flatten the rest.
    """
    known = _known(found)
    counts = Counter(known)
    if len(counts) <= FEW:
        return [Bin(value, value, counts[value]) for value in sorted(counts)]
    low, high = _quantiles(known, (0.01, 0.99))
    if low == high:
        low, high = min(known), max(known)
    step = (high - low) / BINS
    places = Counter(min(BINS - 1, max(0, int((value - low) / step))) for value in known)
    return [Bin(low + step * at, low + step * (at + 1), places[at]) for at in range(BINS)]


def outliers(found: Values) -> list[tuple[int, float]]:
    """Accounts whose value lies beyond the outer fences, the farthest first. None where the quartiles are equal."""
    known = _known(found)
    if len(known) < FEW:
        return []
    low, middle, high = _quantiles(known, (0.25, 0.5, 0.75))
    reach = FENCE * (high - low)
    if reach == 0:
        return []
    far = [(pk, value) for pk, value in found.items() if value is not None and not low - reach <= value <= high + reach]
    return sorted(far, key=lambda pair: -abs(pair[1] - middle))


def summaries(day: date | None, metrics: Collection[str] | None = None) -> dict[str, Spread]:
    """The spread of every metric (or of `metrics`) over the customers of a kept day, in one pass; None: of now.

    Those of now are read out of the SQL database row by row: for installations that have kept hardly a day yet.
    """
    keys = [key for key in all_metrics() if metrics is None or key in metrics]
    if not keys:
        return {}
    customers = _customers(day)
    chosen = ", ".join(f'count("{key}"), quantile_cont("{key}", {list(_NUMBERS)})' for key in keys)
    with engine.cursor() as cursor:
        cursor.register("customers", pa.table({"account_id": pa.array(customers, pa.int64())}))
        if day is None:
            cursor.register("present", _present(keys))
        source = past.relation(start=day, end=day + DAY, keys=keys) if day else "present"
        row = cursor.execute(f"SELECT {chosen} FROM {source} SEMI JOIN customers USING (account_id)").fetchone()
    assert row is not None
    return {
        key: Spread(len(customers), row[2 * at], *(row[2 * at + 1] or [None] * len(_NUMBERS)))
        for at, key in enumerate(keys)
    }


def _present(keys: Sequence[str]) -> pa.Table:
    rows = profile_table.read(keys)
    columns = {"account_id": pa.array((row[0] for row in rows), pa.int64())}
    for at, key in enumerate(keys, start=1):
        columns[key] = pa.array((None if row[at] is None else float(row[at]) for row in rows), pa.float64())
    return pa.table(columns)


def over_time(metric: str, *, start: date, end: date) -> list[tuple[date, Spread]]:
    """The spread over all accounts of each kept day of `[start, end)`, in order."""
    key = get(metric).key
    with engine.cursor() as cursor:
        source = past.relation(start=start, end=end, keys=[key])
        rows = cursor.execute(
            f'SELECT day, count(*), count("{key}"), quantile_cont("{key}", {list(_NUMBERS)}) FROM {source} '
            "GROUP BY day ORDER BY day"
        ).fetchall()
    return [(day, Spread(accounts, known, *(numbers or []))) for day, accounts, known, numbers in rows]


def missing(metric: str, found: Values, sources: Mapping[str, Freshness], *, day: date | None = None) -> list[Missing]:
    """Why accounts have no value, the commonest reason first.

    Nothing ever came from its source; what it is made of has no value; or there is nothing in its window to count, or
    too little to compare.
    """
    declared = get(metric)
    without = [pk for pk, value in found.items() if value is None]
    silent = [source for source in declared.sources if source in sources and sources[source].last_received_at is None]
    if silent and without:
        return [Missing(f"Nothing has come from {LABELS[silent[0]].lower()} yet.", without)]
    groups: dict[str, list[int]] = {}
    parents = {parent: values(parent, day) for parent in declared.parents} if without else {}
    for pk in without:
        groups.setdefault(_reason(declared, parents, pk), []).append(pk)
    return sorted((Missing(reason, ids) for reason, ids in groups.items()), key=lambda one: -len(one.account_ids))


def _reason(metric: Metric, parents: Mapping[str, Values], pk: int) -> str:
    unknown = [get(parent).label for parent, known in parents.items() if known.get(pk) is None]
    if unknown:
        return f"{' and '.join(unknown)} {'has' if len(unknown) == 1 else 'have'} no value."
    if parents:
        return "What it is divided by is 0."
    if metric.unit is Unit.PERCENT and metric.window_days and metric.empty is None:
        return f"Nothing to compare in {metric.window_days} days, or too little."
    window = f" in {metric.window_days} days" if metric.window_days else ""
    return f"Nothing to count{window}."


def _customers(day: date | None) -> list[int]:
    found = Account.objects.all()
    if day is None:
        found = found.filter(churned_on=None).exclude(stage="churned")
    else:
        # Who churned without a date did so before any day that can be told.
        found = found.filter(Q(churned_on=None) | Q(churned_on__gt=day)).exclude(stage="churned", churned_on=None)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _known(found: Values) -> list[float]:
    return [value for value in found.values() if value is not None]


def _quantiles(known: Sequence[float], numbers: Sequence[float]) -> list[float]:
    """Between two values in proportion, as the engine's `quantile_cont`."""
    found: list[float] = pc.quantile(pa.array(known, pa.float64()), q=list(numbers)).to_pylist()
    return found
