"""What must be ready to be read before metrics can be computed, beyond what always is."""

from collections.abc import Collection, Iterable, Mapping

from mainstay.facts.tally import Needs, TallySpec
from mainstay.metrics.registry import Metric, in_order

EVENT_DAYS = "event_days"
CONTACTS = "contacts"


def needs_of(metrics: Mapping[str, Metric], keys: Collection[str] | None = None) -> Needs:
    """What these of `metrics` (all) and what they are made of need."""
    return needs_of_each(in_order(metrics if keys is None else keys, metrics))


def needs_of_each(metrics: Iterable[Metric]) -> Needs:
    """What exactly these metrics and their parts need, parents left out."""
    reach: dict[str, int] = {}
    specs: dict[str, TallySpec] = {}
    for metric in metrics:
        for one in (*metric.parts, metric):
            for table, days in one.reach:
                reach[table] = max(days, reach.get(table, 0))
            if one.tally is not None:
                specs[one.tally.name] = one.tally
    return Needs(
        event_days=reach.get(EVENT_DAYS, 0),
        tallies={spec: reach[name] for name, spec in specs.items()},
        has_contacts=CONTACTS in reach,
    )
