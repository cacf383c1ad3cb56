"""The engine of the settings against DuckDB, on the company's own facts: for whoever sets one up."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import pyarrow as pa

from mainstay.metrics import engine as local
from mainstay.metrics.engines import choice
from mainstay.metrics.registry import all_metrics


@dataclass(frozen=True)
class Difference:
    """A metric that differs for some accounts, and the first of them."""

    metric: str
    accounts: int
    account_id: int
    here: float | None
    there: float | None


@dataclass(frozen=True)
class Comparison:
    """What both computed, in seconds; the other engine twice, since the first time also starts it."""

    accounts: int
    metrics: int
    here_seconds: float
    first_seconds: float
    again_seconds: float
    differences: tuple[Difference, ...]


def compare(as_of: datetime) -> Comparison:
    """All metrics of all accounts as of an instant, here and there. Raises EngineFailed."""
    started = monotonic()
    here = local.compute(as_of)
    computed = monotonic()
    choice.compute(as_of)
    began_again = monotonic()
    there = choice.compute(as_of)
    ended = monotonic()
    return Comparison(
        accounts=here.num_rows,
        metrics=len(all_metrics()),
        here_seconds=computed - started,
        first_seconds=began_again - computed,
        again_seconds=ended - began_again,
        differences=differences(here, there),
    )


def differences(here: pa.Table, there: pa.Table) -> tuple[Difference, ...]:
    """Where two tables of profiles differ. An account that one of them lacks differs in every metric it has."""
    ours, theirs = _by_account(here), _by_account(there)
    found = []
    for metric in (name for name in here.column_names if name != "account_id"):
        differing = [
            (account, ours.get(account, {}).get(metric), theirs.get(account, {}).get(metric))
            for account in sorted(ours.keys() | theirs.keys())
            if ours.get(account, {}).get(metric) != theirs.get(account, {}).get(metric)
        ]
        if differing:
            found.append(Difference(metric, len(differing), *differing[0]))
    return tuple(found)


def _by_account(profiles: pa.Table) -> dict[int, dict[str, float | None]]:
    return {row.pop("account_id"): row for row in profiles.to_pylist()}
