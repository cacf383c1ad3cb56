"""What a metric would show, before it is saved: for some accounts, from what is there already and from raw events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mainstay.metrics import engine
from mainstay.metrics.declaring import check_metric
from mainstay.metrics.evidence import own
from mainstay.metrics.evidence.table import Evidence, Question
from mainstay.metrics.own.document import Document
from mainstay.metrics.registry import Declared, Metric, all_metrics

# More accounts would take longer than somebody who types wants to wait.
MOST_ACCOUNTS = 20


@dataclass(frozen=True)
class Shown:
    """The value an account would have, and what it was counted from."""

    account_id: int
    value: float | None
    evidence: Evidence


@dataclass(frozen=True)
class Preview:
    """A metric as it would be, and its values as of an instant, in the order the accounts were asked for."""

    metric: Metric
    as_of: datetime
    shown: tuple[Shown, ...]


def preview(document: Document, accounts: Sequence[int], *, as_of: datetime) -> Preview:
    """What the metric of this document would show for these accounts (at most MOST_ACCOUNTS). Saves nothing.

    Raises BadMetric as saving would.
    """
    metric, metrics = _with(all_metrics(), document.model_dump_json())
    ids = list(dict.fromkeys(accounts))[:MOST_ACCOUNTS]
    keys = [metric.key, *metric.parents]
    found = engine.compute(as_of, account_ids=ids, metrics=metrics, keys=keys, counts_anew=True)
    values = {row["account_id"]: row for row in found.to_pylist()}
    shown = [
        Shown(
            account_id,
            values[account_id][metric.key],
            own.own(Question(account_id, as_of, metric.window_days, metric=metric, values=values[account_id])),
        )
        for account_id in ids
        if account_id in values
    ]
    return Preview(metric, as_of, tuple(shown))


@lru_cache(maxsize=16)
def _with(metrics: Declared, document: str) -> tuple[Metric, Declared]:
    """Remembered, so that the same document asked about again (for other accounts) is compiled once."""
    metric = check_metric(Document.model_validate_json(document))
    return metric, Declared({**metrics, metric.key: metric})
