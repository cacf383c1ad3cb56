"""What publishing a kind would do to the present signals, counted and not done."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from mainstay.segments import fields
from mainstay.signals.detection import candidates, to_close
from mainstay.signals.document import Document
from mainstay.signals.kind import build
from mainstay.signals.models import Signal


@dataclass(frozen=True)
class Effect:
    """`opens`: at once; `waits`: accounts over which it holds, but that must hold for a while; `closes`: at once."""

    opens: int = 0
    waits: int = 0
    closes: int = 0


def effect_of(document: Document, *, now: datetime) -> Effect:
    """Of making `document` what its kind is declared to be. Two statements."""
    still_open = Signal.objects.filter(kind=document.key, closed_at=None)
    if not document.enabled:
        return Effect(closes=still_open.count())
    kind = build(document)
    where, parameters = candidates(kind, now=now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {fields.FROM} WHERE {where}", parameters)
        holding = int(cursor.fetchone()[0])
    closes = still_open.filter(pk__in=to_close(kind)).count()
    if document.holds_for is not None:
        return Effect(waits=holding, closes=closes)
    return Effect(opens=holding, closes=closes)


def effect_of_removal(key: str) -> Effect:
    """Of taking an own kind away."""
    return Effect(closes=Signal.objects.filter(kind=key, closed_at=None).count())
