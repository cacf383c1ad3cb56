"""The kinds of signals, by category: what each says, how many are open, what people make of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.signals.figures import Figures, figures
from mainstay.signals.selectors import Declared, declared
from mainstay.web.csv_export import csv_response
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
_HEADS = (
    "kind", "name", "category", "severity", "enabled", "condition", "open", "pending", "opened_30d", "closed_30d",
    "judged", "useful",
)  # fmt: skip


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
    page = KindsPage(
        title="Kinds of signals",
        groups=_groups(),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "signals/kinds.html", {"page": page, "title": page.title})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as CSV."""
    record_audit(user_of(request), "signals.kinds_exported", "signal_kinds")
    return csv_response(f"signal-kinds-{utc_now():%Y-%m-%d}", _HEADS, _lines(_groups()))


def _groups() -> list[Group]:
    counted, nothing = figures(utc_now()), Figures()
    found = [KindRow(one, counted.get(key, nothing)) for key, one in declared().items()]
    return [
        Group(key, label, rows)
        for key, label in CATEGORIES.items()
        if (rows := sorted((row for row in found if row.declared.document.category == key), key=_order))
    ]


def _lines(groups: Sequence[Group]) -> Iterator[Sequence[object]]:
    for row in (row for group in groups for row in group.rows):
        one, counted = row.declared.document, row.figures
        yield (
            one.key, one.label, one.category, one.severity, one.enabled, one.condition, counted.open, counted.pending,
            counted.opened_30d, counted.closed_30d, counted.useful.cases, counted.useful.events,
        )  # fmt: skip


def _order(row: KindRow) -> tuple[bool, int, str]:
    document = row.declared.document
    return not document.enabled, _SEVERITIES.index(document.severity), document.label
