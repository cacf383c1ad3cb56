"""What names a segment, with its page: other segments, kinds of signals, playbooks."""

from dataclasses import dataclass

from django.urls import reverse

from mainstay.segments import naming

_PAGES = {"segment": "segment", "signal": "signal-kind", "playbook": "playbook"}


@dataclass(frozen=True)
class Use:
    """A thing that names the segment; `url` is empty where it has no page."""

    kind: str
    name: str
    url: str = ""


def uses_of(key: str) -> list[Use]:
    """Everything that names the segment of this key."""
    return [
        Use(one.kind.capitalize(), one.name, reverse(_PAGES[one.kind], args=[one.key]) if one.kind in _PAGES else "")
        for one in naming.of(key)
    ]
