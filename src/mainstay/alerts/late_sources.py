"""What it means that a source is late: how long it has been silent, what is usual, and what it freezes until then.

What is measured from it is unknown, not bad: scorecards leave it out, signals that rest on it neither open nor close.
"""

from dataclasses import dataclass
from datetime import datetime

from mainstay.facts.models import DataProblem
from mainstay.ingest.sources import label_of
from mainstay.metrics.registry import all_metrics
from mainstay.scores import published
from mainstay.scores.models import Health
from mainstay.signals.selectors import kinds


@dataclass(frozen=True)
class Named:
    """Something with a page of its own."""

    key: str
    label: str


@dataclass(frozen=True)
class Frozen:
    """The metrics without a new value, the scorecards that leave them out, the kinds that neither open nor close."""

    metrics: tuple[Named, ...]
    scorecards: tuple[Named, ...]
    kinds: tuple[Named, ...]


@dataclass(frozen=True)
class Lateness:
    """A source that is late or was. Times in seconds; `usual_seconds` None: too few deliveries to tell."""

    source: str
    label: str
    last_received_at: datetime
    silent_seconds: int
    usual_seconds: int | None
    late_after_seconds: int
    frozen: Frozen


def lateness_of(problem: DataProblem, now: datetime) -> Lateness:
    """What a problem of the kind `late` means at `now`."""
    told = problem.evidence
    last = datetime.fromisoformat(told["last_received_at"])
    until = problem.closed_at or now
    return Lateness(
        source=problem.source,
        label=label_of(problem.source),
        last_received_at=last,
        silent_seconds=max(0, int((until - last).total_seconds())),
        usual_seconds=told.get("usual_seconds"),
        late_after_seconds=told["late_after_seconds"],
        frozen=frozen_by(problem.source),
    )


def frozen_by(source: str) -> Frozen:
    """What rests on a source as things are declared now; the main source of a metric decides, as in scores."""
    metrics = {key: one for key, one in all_metrics().items() if one.source == source}
    cards = [one.scorecard for one in published.in_force()]
    return Frozen(
        metrics=tuple(Named(key, one.label) for key, one in sorted(metrics.items(), key=lambda pair: pair[1].label)),
        scorecards=tuple(Named(card.key, card.name) for card in cards if not metrics.keys().isdisjoint(card.inputs)),
        kinds=tuple(
            Named(key, kind.label) for key, kind in kinds().items() if kind.document.enabled and source in kind.sources
        ),
    )


def accounts_held_back() -> int:
    """How many accounts have a score that leaves out a measure because its source is late."""
    return Health.objects.filter(has_late=True).count()
