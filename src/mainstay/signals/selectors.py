"""Reads of signals, and of the kinds as they are declared at present."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

import msgspec
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from mainstay.accounts.models import Account
from mainstay.metrics.registry import Declared as Metrics
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import User
from mainstay.signals import registry
from mainstay.signals.document import Document, check
from mainstay.signals.errors import BadDefinition, UnknownKind
from mainstay.signals.kind import Kind, build
from mainstay.signals.models import KindVersion, Pending, Signal, StoredKind

logger = logging.getLogger(__name__)

_RANKS = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Declared:
    """A kind as it is declared. `version` 0: as shipped. `kind` is None where a condition can no longer be taken."""

    document: Document
    version: int
    is_shipped: bool
    kind: Kind | None
    problem: str = ""

    @property
    def is_changed(self) -> bool:
        """A shipped kind that is not as it was shipped."""
        return self.is_shipped and self.document != registry.shipped()[self.document.key]


def declared() -> Mapping[str, Declared]:
    """Every kind by its key, those that are switched off too: the shipped ones, then those people made. One query."""
    rows = {key: (document, version) for key, document, version in StoredKind.objects.values_list(*_STORED)}
    found = {key: _declared(document, 0) for key, document in registry.shipped().items()}
    for key, (content, version) in rows.items():
        document = _stored(msgspec.json.encode(content).decode(), key, all_metrics())
        if document is not None:
            found[key] = _declared(document, version)
    return MappingProxyType(found)


_STORED = ("key", "document", "version")


def kinds() -> Mapping[str, Kind]:
    """Every kind that can be looked for, by its key; whether it is switched on stands in its document."""
    return {key: one.kind for key, one in declared().items() if one.kind is not None}


def labels() -> Mapping[str, str]:
    """What each declared kind is called."""
    return {key: one.document.label for key, one in declared().items()}


def broken() -> dict[str, str]:
    """Why kinds that are switched on cannot be looked for, by key: a metric is gone, or this release cannot read it."""
    found = {key: one.problem for key, one in declared().items() if one.problem and one.document.enabled}
    for key, content in StoredKind.objects.order_by("key").values_list("key", "document"):
        try:
            check(content, origin=f"The stored signal '{key}'")
        except BadDefinition as error:
            found[key] = error.message
    return found


def get_declared(key: str) -> Declared:
    """One kind. Raises UnknownKind."""
    found = declared()
    if key not in found:
        raise UnknownKind(f"There is no kind of signal '{key}'; there are {', '.join(sorted(found))}.")
    return found[key]


def document_of(key: str) -> Document:
    """What a kind is declared to be at present. Raises UnknownKind."""
    return get_declared(key).document


def versions(key: str) -> QuerySet[KindVersion]:
    """What a kind was made to be, the latest first."""
    return KindVersion.objects.filter(key=key).select_related("by").order_by("-version")


def _declared(document: Document, version: int) -> Declared:
    is_shipped = document.key in registry.shipped()
    try:
        return Declared(document, version, is_shipped, build(document))
    except BadDefinition as error:  # a metric that it names is gone
        return Declared(document, version, is_shipped, None, error.message)


@lru_cache(maxsize=500)
def _stored(text: str, key: str, metrics: Metrics) -> Document | None:
    """A stored document; None, and a line in the log, for one that this release cannot read."""
    del metrics  # part of what the cache goes by: a document names metrics, which may not be known here yet
    try:
        return check(msgspec.json.decode(text), origin=f"The stored signal '{key}'")
    except BadDefinition as error:
        logger.error("%s", error.message)
        return None


def open_signals(
    account: Account | int | None = None,
    owner: User | None = None,
    *,
    kind: str = "",
    category: str = "",
    now: datetime | None = None,
) -> QuerySet[Signal]:
    """Open signals with their account and its owner, the most severe first, then the newest.

    `owner`: whom they were assigned to, else the owner of the account. With `now`, those snoozed beyond it are left
    out. Dismissed ones are not open.
    """
    found = Signal.objects.filter(closed_at=None).select_related(
        "account", "account__owner", "acknowledged_by", "assignee"
    )
    if account is not None:
        found = found.filter(account=account)
    if owner is not None:
        found = found.filter(looked_after_by(owner.pk))
    if kind:
        found = found.filter(kind=kind)
    if category:
        found = found.filter(kind__in=[key for key, one in declared().items() if one.document.category == category])
    if now is not None:
        found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    rank = Case(
        *(When(severity=severity, then=Value(at)) for severity, at in _RANKS.items()),
        default=Value(len(_RANKS)),
        output_field=IntegerField(),
    )
    return found.alias(rank=rank).order_by("rank", "-opened_at", "-pk")


def looked_after_by(user_id: int | None) -> Q:
    """Signals that a user looks after: assigned to her, or of her accounts and assigned to nobody. None: nobody's."""
    return Q(assignee=user_id, assignee__isnull=False) | Q(assignee=None, account__owner=user_id)


def of_account(account: Account | int) -> QuerySet[Signal]:
    """Every signal an account ever had, the newest first."""
    return Signal.objects.filter(account=account).select_related("acknowledged_by", "assignee")


def pending(*, kind: str = "") -> QuerySet[Pending]:
    """What waits to be a signal, the longest first, with account and owner."""
    found = Pending.objects.select_related("account__owner").order_by("since", "pk")
    return found.filter(kind=kind) if kind else found
