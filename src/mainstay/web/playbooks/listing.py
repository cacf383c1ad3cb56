"""The playbooks: what starts each, whether it runs, how many runs are under way, stand still and were held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.errors import MainstayError
from mainstay.common.time import DAY, utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts
from mainstay.playbooks.models import UNDER_WAY, Draft, PlaybookVersion, Run, RunState
from mainstay.playbooks.naming import Names
from mainstay.playbooks.selectors import document_of, names, newest_versions
from mainstay.playbooks.wording import entry_text
from mainstay.web.http import user_of


@dataclass(frozen=True)
class Figures:
    """Of one playbook."""

    begun_30d: int = 0
    under_way: int = 0
    failed: int = 0
    held_out: int = 0


@dataclass(frozen=True)
class Row:
    """A playbook as the list shows it."""

    version: PlaybookVersion
    description: str
    starts: str
    figures: Figures


@dataclass(frozen=True)
class Listing:
    """The context of the page."""

    title: str
    rows: Sequence[Row]
    never_started: int
    drafts: Sequence[Draft]
    may_edit: bool


@require_GET
def playbooks(request: HttpRequest) -> HttpResponse:
    """Every playbook, the paused ones last. Those of the gallery stand there until somebody starts or changes them."""
    counted, known, nothing = _figures(utc_now()), names(), Figures()
    versions = list(newest_versions())
    touched = [one for one in versions if one.playbook.is_active or one.by_id or one.playbook_id in counted]
    rows = [_row(version, known, counted.get(version.playbook_id, nothing)) for version in touched]
    page = Listing(
        title="Playbooks",
        rows=sorted(rows, key=lambda row: (not row.version.playbook.is_active, row.version.playbook.name.lower())),
        never_started=len(versions) - len(touched),
        drafts=drafts.of_new_playbooks(),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "playbooks/playbooks.html", {"page": page, "title": page.title})


def _row(version: PlaybookVersion, known: Names, figures: Figures) -> Row:
    try:
        document = document_of(version)
    except MainstayError as error:
        return Row(version, error.message, "", figures)
    return Row(version, document.description, entry_text(document.entry, known), figures)


def _figures(now: datetime) -> Mapping[int, Figures]:
    rows = Run.objects.order_by().values_list("playbook")
    counted = rows.annotate(
        begun=Count("pk", filter=Q(started_at__gte=now - 30 * DAY)),
        under_way=Count("pk", filter=Q(state__in=UNDER_WAY)),
        failed=Count("pk", filter=Q(state=RunState.FAILED)),
        held_out=Count("pk", filter=Q(state=RunState.HELD_OUT)),
    )
    return {pk: Figures(*figures) for pk, *figures in counted}
