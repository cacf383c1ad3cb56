"""Which kinds of signals name a metric."""

from collections.abc import Iterator

from mainstay.metrics.uses import Use
from mainstay.signals.selectors import kinds


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The kinds that open or close by this metric, or show it as evidence."""
    for kind in kinds().values():
        if metric in kind.fields | {item.field for item in kind.document.evidence}:
            yield Use("signal", kind.key, kind.label)
