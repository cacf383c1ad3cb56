"""Writes of facts: load the inbox, keep the roll-ups and the lake in order, declare features."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mainstay.common.errors import NotFound
from mainstay.facts import attachment, catalogue, loader, rollups, upkeep
from mainstay.facts.catalogue import Catalogue, Document, MeaningDocument
from mainstay.facts.loader import LoadResult
from mainstay.facts.models import Erasure, EventMeaning, Feature, LoginEvent
from mainstay.ingest.inbox import open_inbox
from mainstay.lake.store import Lake
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

__all__ = [
    "LoadResult",
    "Upkeep",
    "keep_up",
    "load_features",
    "load_inbox",
    "refresh_rollups",
    "remove_feature",
    "remove_meaning",
    "request_erasure",
    "save_feature",
    "save_meaning",
]


@dataclass(frozen=True)
class Upkeep:
    """What an upkeep did: files merged, people and accounts erased, files deleted, requests dropped from the inbox."""

    merged: int
    erased: int
    deleted: int
    pruned: int


def load_inbox(now: datetime) -> LoadResult:
    """Load all that waits in the inbox, in bounded batches, each exactly once."""
    return loader.load(now)


def refresh_rollups(now: datetime) -> int:
    """Count the days anew that got events, or whose events found their account; the number of days.

    Merges the files of events first where many have piled up, so that reading a day stays fast between two upkeeps.
    """
    attachment.attach()
    upkeep.compact_events(now.date())
    return rollups.rebuild_dirty_days(now)


def keep_up(now: datetime) -> Upkeep:
    """The housekeeping of an hour: compaction, erasures, vacuum, the end of the raw log. Cheap when nothing is due."""
    return Upkeep(
        merged=upkeep.compact_events(now.date()) + upkeep.compact_rollups(now.date()),
        erased=upkeep.carry_out_erasures(now),
        deleted=Lake().vacuum(now),
        pruned=open_inbox().prune(now),
    )


def request_erasure(kind: str, key: str, *, now: datetime) -> None:
    """Ask for the erasure of the contact or account with this key; the next upkeep carries it out. A repeat is a no-op.

    Everything of it goes: events, roll-ups, history, links, the record itself. The raw log ends by itself.
    """
    if kind not in ("contact", "account"):
        raise ValueError(f"kind is '{kind}'; use 'contact' or 'account'.")
    Erasure.objects.get_or_create(kind=kind, key=key, done_at=None, defaults={"requested_at": now})


def load_features(text: str) -> Catalogue:
    """Replace the feature catalogue by this YAML file. Raises BadCatalogue and changes nothing.

    The past is counted by it too: features at once, logins with the next refresh of the roll-ups.
    """
    declared = catalogue.parse(text)
    with transaction.atomic():
        Feature.objects.exclude(key__in=[one.key for one in declared.features]).delete()
        _write_features(declared.features)
        LoginEvent.objects.all().delete()
        LoginEvent.objects.bulk_create([LoginEvent(name=name[:200]) for name in declared.logins])
        EventMeaning.objects.all().delete()
        EventMeaning.objects.bulk_create(
            [EventMeaning(meaning=meaning, events=list(names)) for meaning, names in declared.meanings.items()]
        )
    return declared


@transaction.atomic
def save_feature(document: Document, *, by: User) -> bool:
    """Make or change one feature; False when it says the same already. The past is counted by it too.

    Raises NotAllowed below manager.
    """
    require_role(by, Role.MANAGER)
    stored = Feature.objects.filter(key=document.key).first()
    if stored is not None and catalogue.document_of(stored) == document:
        return False
    _write_features([document])
    record_audit(by, "features.saved", f"feature:{document.key}", **document.model_dump(mode="json", exclude={"key"}))
    return True


@transaction.atomic
def remove_feature(key: str, *, by: User) -> None:
    """Forget a feature, in the past too; one that ended is better retired. Raises NotAllowed, NotFound."""
    require_role(by, Role.MANAGER)
    stored = Feature.objects.filter(key=key).first()
    if stored is None:
        raise NotFound(f"There is no feature '{key}'; it was removed already, or its key is another.")
    document = catalogue.document_of(stored)
    record_audit(by, "features.removed", f"feature:{key}", **document.model_dump(mode="json", exclude={"key"}))
    stored.delete()


@transaction.atomic
def save_meaning(document: MeaningDocument, *, by: User) -> bool:
    """Declare the events of a meaning; False when they are already. The next refresh counts the past by it too.

    Raises NotAllowed below manager.
    """
    require_role(by, Role.MANAGER)
    stored = EventMeaning.objects.filter(meaning=document.key).first()
    if stored is not None and catalogue.meaning_document_of(stored) == document:
        return False
    EventMeaning.objects.update_or_create(meaning=document.key, defaults={"events": list(document.events)})
    record_audit(by, "meanings.saved", f"meaning:{document.key}", events=list(document.events))
    return True


@transaction.atomic
def remove_meaning(key: str, *, by: User) -> None:
    """Go back to the shipped names of a meaning. Raises NotAllowed, NotFound."""
    require_role(by, Role.MANAGER)
    stored = EventMeaning.objects.filter(meaning=key).first()
    if stored is None:
        raise NotFound(
            f"No events are declared for the meaning '{key}': it has the shipped names, or its key is another."
        )
    record_audit(by, "meanings.removed", f"meaning:{key}", events=stored.events)
    stored.delete()


def _write_features(documents: Iterable[Document]) -> None:
    rows = [
        Feature(
            key=one.key,
            label=one.name,
            description=one.description,
            is_core=one.core,
            is_premium=one.premium,
            is_integration=one.integration,
            plans=list(one.plans),
            events=list(one.events),
            retired_on=one.retired_on,
        )
        for one in documents
    ]
    columns = ["label", "description", "is_core", "is_premium", "is_integration", "plans", "events", "retired_on"]
    Feature.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=columns)
