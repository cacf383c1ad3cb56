"""Which kinds of signals name a metric, or a segment."""

from collections.abc import Iterator

from mainstay.metrics.uses import Use
from mainstay.signals.selectors import kinds


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The kinds that open or close by this metric, or show it as evidence."""
    for kind in kinds().values():
        if metric in kind.fields | {item.field for item in kind.document.evidence}:
            yield Use("signal", kind.key, kind.label)


def uses_of_segment(key: str) -> Iterator[Use]:
    """The kinds that open or close by this segment."""
    for kind in kinds().values():
        if any(condition is not None and key in condition.segments for condition in (kind.opens, kind.closes)):
            yield Use("signal", kind.key, kind.label)
