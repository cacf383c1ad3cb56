"""Reads: dead letters, the state of the inbox."""

from dataclasses import dataclass

from django.db.models import Count

from mainstay.ingest.models import DeadLetter


@dataclass(frozen=True)
class DeadLetterCount:
    """How many dead letters wait for one reason."""

    code: str
    waiting: int


def dead_letters(
    *, code: str = "", waiting_only: bool = True, limit: int = 100, before_id: int | None = None
) -> list[DeadLetter]:
    """The newest dead letters with their write key, at most `limit`; those before `before_id` for the next page."""
    found = DeadLetter.objects.select_related("write_key").order_by("-pk")
    if waiting_only:
        found = found.filter(replayed_at=None)
    if code:
        found = found.filter(code=code)
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return list(found[:limit])


def dead_letter_counts() -> list[DeadLetterCount]:
    """How many dead letters wait, by code, the most frequent first."""
    rows = DeadLetter.objects.filter(replayed_at=None).values_list("code").annotate(waiting=Count("pk"))
    return [DeadLetterCount(code, waiting) for code, waiting in sorted(rows, key=lambda row: (-row[1], row[0]))]
