"""Reads: how the present values of a metric are spread over the accounts that a scorecard would serve.

Values are kept sorted in memory for as long as the profiles they come from are the present ones, so that moving a line
costs two searches in a list.
"""

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from mainstay.metrics import profile_table
from mainstay.metrics.models import ProfileRun
from mainstay.scores import account_fields, published

# A metric of 100,000 accounts takes 0.8 MB.
_KEPT = 48
# Up to this many different values get a bar each; more are put into bars of equal width.
_MOST_VALUES, _BARS = 24, 40
# The ends of a wide spread are put into the outermost bars: one account in a hundred on either side.
_OUTER = 0.01


class Shares(NamedTuple):
    """Accounts by the colour that two lines give their value."""

    green: int
    yellow: int
    red: int
    unknown: int


class Bar(NamedTuple):
    """The accounts whose value is in `[low, high)`, or is `low` where both are the same."""

    low: float
    high: float
    accounts: int


@dataclass(frozen=True)
class Spread:
    """The values in order; `unknown`: accounts without one."""

    values: Sequence[float]
    unknown: int

    @property
    def accounts(self) -> int:
        """How many accounts the scorecard would serve."""
        return len(self.values) + self.unknown

    def shares(self, green: float, yellow: float, *, is_up: bool) -> Shares:
        """How many accounts are green, yellow and red with these lines."""
        if is_up:
            greens = len(self.values) - bisect_left(self.values, green)
            yellows = len(self.values) - bisect_left(self.values, yellow) - greens
        else:
            greens = bisect_right(self.values, green)
            yellows = bisect_right(self.values, yellow) - greens
        return Shares(greens, yellows, len(self.values) - greens - yellows, self.unknown)

    def at(self, share: float) -> float:
        """The value below which this share of the known values lies."""
        return self.values[min(len(self.values) - 1, int(share * len(self.values)))]

    def bars(self) -> list[Bar]:
        """Few values one by one, many in bars of equal width with the outliers at the ends."""
        if not self.values:
            return []
        distinct = sorted(set(self.values)) if len(self.values) < 5_000 else self._distinct()
        if len(distinct) <= _MOST_VALUES:
            return [Bar(one, one, bisect_right(self.values, one) - bisect_left(self.values, one)) for one in distinct]
        low, high = self.at(_OUTER), self.at(1 - _OUTER)
        if low == high:
            low, high = self.values[0], self.values[-1]
        width = (high - low) / _BARS
        edges = [low + width * at for at in range(_BARS + 1)]
        ends = [0, *(bisect_left(self.values, edge) for edge in edges[1:-1]), len(self.values)]
        return [Bar(edges[at], edges[at + 1], ends[at + 1] - ends[at]) for at in range(_BARS)]

    def _distinct(self) -> list[float]:
        """The different values, as far as they are few: walks from one to the next."""
        found: list[float] = []
        at = 0
        while at < len(self.values) and len(found) <= _MOST_VALUES:
            found.append(self.values[at])
            at = bisect_right(self.values, self.values[at])
        return found


_lock = threading.Lock()
_kept: OrderedDict[tuple[Any, ...], Spread] = OrderedDict()


def spreads(metrics: Sequence[str], conditions: Sequence[str], *, now: datetime) -> dict[str, Spread]:
    """By metric, the values of the accounts for which the last of these conditions holds and none of those before.

    Churned accounts are left out.
    """
    run = ProfileRun.objects.values_list("pk", "as_of").first()
    # The directory stands for the installation: another one may have a run with the same number.
    population = (settings.MAINSTAY_HOME, run, now.date(), tuple(conditions))
    found: dict[str, Spread] = {}
    with _lock:
        for metric in metrics:
            if run is not None and (*population, metric) in _kept:
                _kept.move_to_end((*population, metric))
                found[metric] = _kept[*population, metric]
    missing = [metric for metric in dict.fromkeys(metrics) if metric not in found]
    if missing:
        read = _read(missing, conditions, now=now)
        with _lock:
            _kept.update({(*population, metric): one for metric, one in read.items()})
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        found |= read
    return found


def _read(metrics: Sequence[str], conditions: Sequence[str], *, now: datetime) -> dict[str, Spread]:
    known = [metric for metric in metrics if metric in profile_table.stored_columns()]
    case, parameters = published.case_sql(conditions)
    columns = ", ".join(f"metrics_profile.{connection.ops.quote_name(metric)}" for metric in known) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {account_fields.FROM} "
            "LEFT JOIN metrics_profile ON metrics_profile.account_id = accounts_account.id "
            f"WHERE NOT {account_fields.HAS_CHURNED} AND {case} = {len(conditions) - 1}",
            [now.date().isoformat(), *parameters],
        )
        rows = cursor.fetchall()
    found = {metric: Spread([], len(rows)) for metric in metrics}
    for metric, column in zip(known, zip(*rows, strict=True), strict=False):
        values = array("d", sorted(value for value in column if value is not None))
        found[metric] = Spread(values, len(rows) - len(values))
    return found
