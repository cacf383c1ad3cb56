"""What changed from one version of a kind to the next, in sentences. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from mainstay.signals.document import Document, EvidenceDocument, StakeDocument

MONEY = {"arr": "ARR", "renewal": "the ARR that renews within 90 days", "none": "none"}
_NOTHING = "nothing"


def changes(former: Document, present: Document) -> list[str]:
    """`Condition: seat_use >= 80 → seat_use >= 90`, one line for each field that differs, in the order of fields."""
    found = []
    for name, (label, written) in _FIELDS.items():
        before, after = getattr(former, name), getattr(present, name)
        if before != after:
            found.append(f"{label}: {written(before)} → {written(after)}")
    return found


def stake_text(stake: StakeDocument) -> str:
    """Which money is at stake."""
    return f"{stake.percent} % of the ARR" if stake.money == "expansion" else MONEY[stake.money]


def evidence_text(evidence: tuple[EvidenceDocument, ...]) -> str:
    """`seat_use (28 days ago), seats`."""
    return ", ".join(f"{one.field} ({one.days_ago} days ago)" if one.days_ago else one.field for one in evidence)


def _text(value: Any) -> str:
    return str(value) if value not in ("", None) else _NOTHING


def _switch(value: Any) -> str:
    return "on" if value else "off"


def _days(value: Any) -> str:
    return f"{value} days" if value else "none"


_FIELDS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "enabled": ("Switched", _switch),
    "label": ("Name", _text),
    "description": ("Meaning", _text),
    "category": ("Category", _text),
    "severity": ("Severity", _text),
    "condition": ("Opens when", _text),
    "closes": ("Closes when", lambda value: value or "that no longer holds"),
    "holds_for": ("Must hold", lambda value: str(value) if value else "at once"),
    "pause_days": ("Pause after closing", _days),
    "at_stake": ("At stake", stake_text),
    "summary": ("Summary", _text),
    "summary_without_history": ("Summary without history", _text),
    "evidence": ("Evidence", evidence_text),
}
