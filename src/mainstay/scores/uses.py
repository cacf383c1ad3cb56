"""Which scorecards name a metric."""

from collections.abc import Iterator

from mainstay.metrics.uses import Use
from mainstay.scores import published


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The scorecards in force with a measure of this metric."""
    for card in published.in_force():
        if any(measure.metric == metric for measure in card.scorecard.measures):
            yield Use("scorecard", card.scorecard.key, card.scorecard.name)
