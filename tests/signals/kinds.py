"""A kind of signal for tests: many seats are used."""

from typing import Any

from mainstay.signals.document import Document, check


def document(**changes: Any) -> Document:
    """The kind, with some fields changed."""
    content = {
        "key": "busy",
        "label": "Busy",
        "description": "Many seats are used.",
        "category": "expansion",
        "severity": "info",
        "condition": "seat_use >= 80",
        "summary": "{seat_use.now} of the seats are used.",
        "evidence": [{"field": "seat_use"}],
    }
    return check(content | changes, origin="busy")
