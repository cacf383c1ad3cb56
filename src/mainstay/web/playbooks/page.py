"""One playbook: what it does, how far its runs come, what went wrong, whether it helps, its versions and runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import backlog, drafts, insight, publishing
from mainstay.playbooks.differences import changes
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import UNDER_WAY, Draft, Playbook, PlaybookVersion, Run
from mainstay.playbooks.reading import to_yaml
from mainstay.playbooks.selectors import document_of, get_playbook, names, versions
from mainstay.playbooks.step_names import StepNames
from mainstay.playbooks.wording import audience_text, entry_text, exit_text, reentry_text, subject_text
from mainstay.web.http import is_htmx, target_of, user_of
from mainstay.web.playbooks.lines import Line, lines_of
from mainstay.web.playbooks.runs import RunsPart, runs_part

MOST_VERSIONS = 20


@dataclass(frozen=True)
class Version:
    """A version with what it changed."""

    row: PlaybookVersion
    says: Sequence[str]
    is_present: bool
    runs: int


@dataclass(frozen=True)
class Stuck:
    """What went wrong at a step, under what the step is called."""

    name: str
    row: insight.Fault | insight.Undelivered


@dataclass(frozen=True)
class Told:
    """What the document says, in words. None of it for one that this release cannot read."""

    document: Document
    starts: str
    whom: str
    about: str
    again: str
    exits: Sequence[str]
    lines: Sequence[Line]
    yaml: str
    missing_links: Sequence[str]
    backlog: int


@dataclass(frozen=True)
class PlaybookPage:
    """The context of the page."""

    title: str
    playbook: Playbook
    told: Told | None
    unreadable: str
    counts: insight.Counts
    faults: Sequence[Stuck]
    undelivered: Sequence[Stuck]
    versions: Sequence[Version]
    draft: Draft | None
    runs: RunsPart
    runs_behind: int
    may_edit: bool
    may_act: bool


@require_GET
def playbook(request: HttpRequest, key: str) -> HttpResponse:
    """The page; for htmx its runs alone."""
    user, found = user_of(request), get_playbook(key)
    called = StepNames()
    runs = runs_part(request, found, called)
    if is_htmx(request) and "part" in target_of(request):
        return render(request, "playbooks/runs.html", {"runs": runs})
    rows = list(versions(found)[: MOST_VERSIONS + 1])
    told, unreadable = _told(rows[0], found)
    page = PlaybookPage(
        title=found.name,
        playbook=found,
        told=told,
        unreadable=unreadable,
        counts=insight.counts(found),
        faults=[Stuck(called.among(rows, one.step), one) for one in insight.faults(found)],
        undelivered=[Stuck(called.among(rows, one.step), one) for one in insight.undelivered(found, now=utc_now())],
        versions=_versions(rows),
        draft=drafts.of_playbook(found),
        runs=runs,
        runs_behind=found.runs.filter(state__in=UNDER_WAY).exclude(version=rows[0]).count(),
        may_edit=user.has_role(Role.MANAGER),
        may_act=user.has_role(Role.CSM),
    )
    return render(request, "playbooks/playbook.html", {"page": page, "title": page.title, "runs": runs})


def _told(version: PlaybookVersion, found: Playbook) -> tuple[Told | None, str]:
    now = utc_now()
    try:
        document = document_of(version)
    except MainstayError as error:
        return None, error.message
    known = names()
    told = Told(
        document=document,
        starts=entry_text(document.entry, known),
        whom=audience_text(document.audience, known),
        about=subject_text(document),
        again=reentry_text(document),
        exits=[exit_text(exit) for exit in document.exit],
        lines=lines_of(document.steps, insight.figures(found, now=now), known),
        yaml=to_yaml(document),
        missing_links=publishing.missing_links(document),
        backlog=_backlog(version, document, now=now),
    )
    return told, ""


def _backlog(version: PlaybookVersion, document: Document, *, now: datetime) -> int:
    try:
        return backlog.waiting(version, document, now=now).count()
    except MainstayError:  # a metric its condition names is gone, which the page says already
        return 0


def _versions(rows: Sequence[PlaybookVersion]) -> list[Version]:
    documents = [_document(row) for row in rows]
    present = {row.pk: 0 for row in rows}
    under_way = (
        Run.objects.filter(version__in=present, state__in=UNDER_WAY).order_by().values_list("version", flat=True)
    )
    for pk in under_way.distinct():
        present[pk] = Run.objects.filter(version=pk, state__in=UNDER_WAY).count()
    found = []
    for at, row in enumerate(rows[:MOST_VERSIONS]):
        former = documents[at + 1] if at + 1 < len(rows) else None
        found.append(Version(row, _said(documents[at], former), is_present=at == 0, runs=present[row.pk]))
    return found


def _said(present: Document | None, former: Document | None) -> list[str]:
    if present is None:
        return ["In a form that this release cannot read."]
    return changes(former, present, names()) if former is not None else []


def _document(row: PlaybookVersion) -> Document | None:
    try:
        return document_of(row)
    except MainstayError:
        return None
