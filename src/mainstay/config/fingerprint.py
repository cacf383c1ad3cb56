"""A cheap look at everything the computed part of the refresh reads: equal fingerprints, equal results."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Model

from mainstay.accounts.models import Account, Contact, ContactRole, Milestone, StageChange
from mainstay.facts.models import DirtyDay, Feature, Tally
from mainstay.ingest.models import Source
from mainstay.ingest.sources import freshness
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket, TicketReopening
from mainstay.lake.models import DataFile
from mainstay.metrics.registry import look_again
from mainstay.scores.models import Scorecard, ScorecardVersion, Shadow
from mainstay.segments.models import Segment
from mainstay.signals.models import KindVersion
from mainstay.subscriptions.models import Invoice, Reading, Subscription

Fingerprint = tuple[Any, ...]

_RECORDS: tuple[type[Model], ...] = (
    Account, StageChange, Milestone, Contact, Subscription, Reading, Invoice, Interaction, Ticket, Response, Pulse,
)  # fmt: skip
_USAGE = ("events", "usage", "user_days")


def fingerprint(now: datetime) -> Fingerprint:
    """The day, the facts, the records, which sources are late, and what people declared."""
    late = tuple(key for key, source in freshness(now).items() if source.is_late)
    facts = DataFile.objects.filter(table__in=_USAGE).aggregate(newest=Max("pk"), removed=Max("removed_by"))
    roles = ContactRole.objects.aggregate(count=Count("pk"), newest=Max("pk"), ended=Count("until"))
    reopenings = TicketReopening.objects.aggregate(count=Count("pk"), newest=Max("pk"))
    return (
        now.date(),
        look_again(),
        late,
        tuple(facts.values()),
        DirtyDay.objects.count(),
        tuple(Tally.objects.order_by("name").values_list("name", "complete_from")),
        tuple(roles.values()),
        tuple(reopenings.values()),
        tuple(Source.objects.order_by("key").values_list("key", "rows_received")),
        tuple(
            Feature.objects.order_by("key").values_list(
                "key", "is_core", "is_premium", "is_integration", "plans", "events", "retired_on"
            )
        ),
        ScorecardVersion.objects.count(),
        Scorecard.objects.exclude(archived_at=None).count(),
        tuple(Shadow.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True)),
        KindVersion.objects.count(),
        tuple(Segment.objects.order_by("pk").values_list("pk", "condition")),
        *(_state_of(model) for model in _RECORDS),
    )


def _state_of(model: type[Model]) -> tuple[Any, ...]:
    found = model._default_manager.aggregate(count=Count("pk"), changed=Max("updated_at"))
    return found["count"], found["changed"]
