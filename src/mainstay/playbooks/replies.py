"""Runs whose people answered: a reply ends a sequence."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from mainstay.deliveries.incoming.reading import Kind
from mainstay.deliveries.models import Incoming
from mainstay.playbooks.models import Run


def has_reply() -> Q:
    """Of runs: a person wrote a mail since the run began.

    Where the run is about a contact, she wrote, or answered a message to her; else anybody at the account did.
    """
    mails = Incoming.objects.filter(
        kind=Kind.PERSON, account=OuterRef("account"), received_at__gte=OuterRef("started_at")
    )
    of_her = mails.filter(Q(contact=OuterRef("contact")) | Q(delivery__contact=OuterRef("contact")))
    return Q(Exists(mails), contact=None) | Q(Exists(of_her), contact__isnull=False)


def replied_among(runs: Iterable[Run]) -> frozenset[UUID]:
    """Those of the runs whose people answered. One statement."""
    return frozenset(Run.objects.filter(has_reply(), pk__in=[run.pk for run in runs]).values_list("pk", flat=True))
