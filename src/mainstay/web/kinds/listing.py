"""The kinds of signals, by category: what each says, how many are open, what people make of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.signals.figures import Figures, figures
from mainstay.signals.selectors import Declared, declared
from mainstay.web.http import user_of
from mainstay.web.signals.rows import MARKS

CATEGORIES = {
    "risk": "Risk",
    "expansion": "Expansion",
    "advocacy": "Advocacy",
    "lifecycle": "Lifecycle",
    "data": "Data",
}
_SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class KindRow:
    """A kind as the list shows it."""

    declared: Declared
    figures: Figures

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.declared.document.severity, "")


@dataclass(frozen=True)
class Group:
    """The kinds of a category, the most severe first."""

    key: str
    label: str
    rows: Sequence[KindRow]


@dataclass(frozen=True)
class KindsPage:
    """The context of the page."""

    title: str
    groups: Sequence[Group]
    may_edit: bool


@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind, those that are switched off too."""
    counted, nothing = figures(utc_now()), Figures()
    found = [KindRow(one, counted.get(key, nothing)) for key, one in declared().items()]
    page = KindsPage(
        title="Kinds of signals",
        groups=[
            Group(key, label, rows)
            for key, label in CATEGORIES.items()
            if (rows := sorted((row for row in found if row.declared.document.category == key), key=_order))
        ],
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "signals/kinds.html", {"page": page, "title": page.title})


def _order(row: KindRow) -> tuple[bool, int, str]:
    document = row.declared.document
    return not document.enabled, _SEVERITIES.index(document.severity), document.label
