"""Which segments name a metric, or another segment."""

from collections.abc import Iterator

from mainstay.conditions import ConditionError
from mainstay.metrics.uses import Use
from mainstay.segments import selectors
from mainstay.segments.models import Segment


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The segments whose condition names this metric; one whose condition cannot be taken names nothing."""
    for segment in Segment.objects.filter(condition__icontains=metric):
        try:
            is_named = metric in selectors.condition(segment.condition).fields
        except ConditionError:
            continue
        if is_named:
            yield Use("segment", segment.key, segment.name)


def uses_of_segment(key: str) -> Iterator[Use]:
    """The segments whose condition names this one."""
    return (Use("segment", segment.key, segment.name) for segment in selectors.naming(key))
