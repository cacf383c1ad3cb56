"""Reads of opportunities."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from mainstay.accounts.models import Account
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import OpportunityState


def opportunities() -> QuerySet[Opportunity]:
    """Every one, ready to be shown, the newest first."""
    found = Opportunity.objects.select_related("account", "owner", "created_by", "decided_by")
    return found.order_by("-created_at", "-pk")


def of_account(account: Account, as_of: datetime | None = None) -> QuerySet[Opportunity]:
    """Those of an account that are open: now, or at a past instant. One that was reopened since was open all along."""
    found = opportunities().filter(account=account)
    if as_of is None:
        return found.filter(state=OpportunityState.OPEN)
    return found.filter(Q(decided_at=None) | Q(decided_at__gte=as_of), created_at__lt=as_of)


def decided_since(since: datetime | None) -> Iterator[tuple[UUID, str, str]]:
    """Run, step and decision of those that a playbook opened and that were decided from `since` on; None: of all."""
    found = Opportunity.objects.filter(run__isnull=False, decided_at__isnull=False)
    if since is not None:
        found = found.filter(decided_at__gte=since)
    for run, step, decision in found.order_by("decided_at").values_list("run", "step", "state"):
        assert run is not None  # filtered above
        yield run, step, decision
