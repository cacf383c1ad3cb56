"""Writes of facts: load the inbox, keep the roll-ups and the lake in order, declare features."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mainstay.facts import attachment, catalogue, loader, rollups, upkeep
from mainstay.facts.catalogue import Catalogue
from mainstay.facts.loader import LoadResult
from mainstay.facts.models import DirtyDay, Erasure, Feature, LoginEvent
from mainstay.ingest.inbox import open_inbox
from mainstay.lake.store import Lake

__all__ = [
    "LoadResult",
    "Upkeep",
    "keep_up",
    "load_features",
    "load_inbox",
    "refresh_rollups",
    "request_erasure",
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
        rows = [
            Feature(
                key=one.key,
                label=one.label,
                is_core=one.core,
                is_premium=one.premium,
                is_integration=one.integration,
                plans=list(one.plans),
                events=list(one.events),
            )
            for one in declared.features
        ]
        columns = ["label", "is_core", "is_premium", "is_integration", "plans", "events"]
        Feature.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=columns)
        if set(declared.logins) != set(catalogue.login_names()):
            LoginEvent.objects.all().delete()
            LoginEvent.objects.bulk_create([LoginEvent(name=name[:200]) for name in declared.logins])
            days = rollups.days_with_usage()
            DirtyDay.objects.bulk_create([DirtyDay(day=day) for day in days], batch_size=500)
    return declared
