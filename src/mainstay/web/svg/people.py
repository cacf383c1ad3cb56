"""The map of stakeholders: influence by support. A vacant role is drawn, not hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import number, role, safe


@dataclass(frozen=True)
class Stakeholder:
    """A person on the map; `influence` and `support` from 0 to 1."""

    initials: str
    name: str
    title: str
    influence: float
    support: float


def stakeholders(
    people: Sequence[Stakeholder], *, label: str, vacant: Sequence[str] = (), height: int = 200
) -> SafeString:
    """`vacant`: names of the roles nobody plays, dashed in the upper right."""
    parts = [
        f'<div class="ms-chart ms-map"><svg class="ms-plot" width="100%" height="{height}" {role(label)}>'
        '<rect class="ms-map-back" width="100%" height="100%" rx="8"/>'
        '<line class="ms-grid" x1="50%" x2="50%" y1="0" y2="100%"/>'
        '<line class="ms-grid" x1="0" x2="100%" y1="50%" y2="50%"/>'
        '<text class="ms-y" x="8" y="16">More influence</text>'
        '<text class="ms-y" x="100%" dx="-8" y="100%" dy="-8" text-anchor="end">More support</text>'
    ]
    for index, name in enumerate(vacant):
        parts.append(
            f'<svg x="84%" y="{14 + 26 * index}%"><circle class="ms-vacant" r="15"/>'
            '<text class="ms-vacant-mark" text-anchor="middle" dy=".35em">?</text>'
            f'<text class="ms-vacant-name" text-anchor="middle" y="30">{escape(name)}: vacant</text></svg>'
        )
    for person in people:
        parts.append(
            f'<svg x="{number(8 + person.support * 84)}%" y="{number(92 - person.influence * 84)}%">'
            f'<circle class="ms-person" r="15"/><text class="ms-person-name" text-anchor="middle" dy=".35em">'
            f"{escape(person.initials)}</text><title>{escape(person.name)}, {escape(person.title)}</title></svg>"
        )
    return safe(*parts, "</svg></div>")
