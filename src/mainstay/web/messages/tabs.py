"""The pages of this area, as tabs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

_PAGES = {"messages": "Outbox", "suppressions": "Suppressed addresses", "message-rules": "Rules"}


@dataclass(frozen=True)
class Tab:
    """A tab."""

    label: str
    url: str
    is_current: bool


def tabs(current: str) -> Sequence[Tab]:
    """All of them; `current` is the name of the URL of the page that is shown."""
    return [Tab(label, reverse(name), name == current) for name, label in _PAGES.items()]
