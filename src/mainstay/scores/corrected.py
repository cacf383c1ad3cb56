"""What of a past day is known otherwise now than when it ended, for one account."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from mainstay.common.time import DAY
from mainstay.lake.days import Known, Note
from mainstay.metrics import past
from mainstay.metrics.registry import all_metrics
from mainstay.scores import history


@dataclass(frozen=True)
class CorrectedValue:
    """A field (`score`, `band`, or a metric's key), as known then and now, and why it differs."""

    field: str
    then: float | str | None
    now: float | str | None
    note: Note


def corrected_values(account_id: int, day: date) -> list[CorrectedValue]:
    """The score, the band and the metrics of an account whose value of a kept day was corrected."""
    found = [
        CorrectedValue(name, then.get(name), now.get(name), note)
        for note, then, now in _pair_of_scores(account_id, day)
        for name in ("score", "band")
    ]
    note = past.KEPT.latest_notes(day, [account_id]).get(account_id)
    if note is not None:
        then, now = (_profile(account_id, day, known) for known in (Known.THEN, Known.NOW))
        found += [CorrectedValue(key, then.get(key), now.get(key), note) for key in all_metrics()]
    return [one for one in found if one.then != one.now]


def corrected_scores(account_id: int, *, start: date, end: date) -> dict[date, tuple[int | None, Note]]:
    """The days of `[start, end)` whose score was corrected: what it was when they ended, and why."""
    notes = {note.day: note for note in history.KEPT.notes(account_id, start=start, end=end)}
    if not notes:
        return {}
    then = history.of_account(account_id, start=start, end=end, known=Known.THEN)
    scores = {row["day"]: row["score"] for row in then}
    return {day: (scores.get(day), note) for day, note in notes.items()}


def _pair_of_scores(account_id: int, day: date) -> list[tuple[Note, dict[str, Any], dict[str, Any]]]:
    note = history.KEPT.latest_notes(day, [account_id]).get(account_id)
    if note is None:
        return []
    pair = [
        next(iter(history.of_account(account_id, start=day, end=day + DAY, known=known)), {})
        for known in (Known.THEN, Known.NOW)
    ]
    return [(note, pair[0], pair[1])]


def _profile(account_id: int, day: date, known: Known) -> dict[str, float | None]:
    rows = past.read_account(account_id, list(all_metrics()), start=day, end=day + DAY, known=known).to_pylist()
    return rows[0] if rows else {}
