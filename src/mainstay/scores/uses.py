"""Which scorecards name a metric."""

from collections.abc import Iterator

from mainstay.metrics.uses import Use
from mainstay.scores import published


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The scorecards in force with a measure of this metric, or a gate or lines that ask for it."""
    for card in published.in_force():
        if metric in card.scorecard.inputs:
            yield Use("scorecard", card.scorecard.key, card.scorecard.name)
