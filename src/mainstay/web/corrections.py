"""Says why a value of the past is another one than it was when the day ended."""

from datetime import date

from mainstay.ingest.sources import LABELS
from mainstay.lake.days import Note, Reason
from mainstay.web.formats import plural


def sentence(was: str, note: Note) -> str:
    """`Was 71 when the day ended; corrected on 3 Sep 2026 because 214 events of 30 Aug arrived late.`"""
    return f"Was {was} when the day ended; {why(note)}."


def why(note: Note) -> str:
    """`corrected on 3 Sep 2026 because 214 events of 30 Aug arrived late`"""
    on = f"corrected on {note.corrected_at:%-d %b %Y}"
    if note.reason == Reason.RECOMPUTED:
        return f"{on}, when the day was computed again"
    if note.source is None or note.first_day is None or note.last_day is None:
        return f"{on}, with accounts below it"
    days = _days(note.first_day, note.last_day)
    if note.source == "product":
        return f"{on} because {plural(note.rows, 'event')} of {days} arrived late"
    label = LABELS.get(note.source, note.source)
    return f"{on} because {plural(note.rows, 'record')} ({label}) told of {days} later"


def _days(first: date, last: date) -> str:
    if first == last:
        return f"{first:%-d %b}"
    return f"{first.day}–{last:%-d %b}" if first.month == last.month else f"{first:%-d %b} to {last:%-d %b}"
