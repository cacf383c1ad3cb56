"""The page of a draft: its flow with a panel beside it, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.playbooks import drafts, editing, history
from mainstay.playbooks.calling import called
from mainstay.playbooks.editing import Place
from mainstay.playbooks.errors import CannotEdit
from mainstay.playbooks.models import Draft
from mainstay.playbooks.naming import Names
from mainstay.playbooks.pointing import Problem, pointed
from mainstay.playbooks.selectors import names
from mainstay.web.http import is_htmx, user_of, whole_number
from mainstay.web.playbooks.editor.canvas import Canvas, canvas_of, need_text, problem_text
from mainstay.web.playbooks.editor.fields import in_labels
from mainstay.web.playbooks.editor.panels import Panel, add_panel, part_panel, step_panel
from mainstay.web.playbooks.editor.parts import PARTS, Part, part_of, place_text

TRIED = "playbooks_tried"
"""In the session: the draft that somebody tried to publish, so that what is missing is no longer told calmly."""


@dataclass(frozen=True)
class Wrong:
    """A problem of the whole draft, with the way to where it is mended."""

    place: str
    reason: str
    url: str


@dataclass(frozen=True)
class EditorPage:
    """The context. `canvas` None: the steps can only be edited as YAML, for the reason in `unreadable`.

    `has_faults`: something is wrong, and not only missing.
    `focus`: the id of what gets the focus; `said`: what was done, for who cannot see it.
    """

    title: str
    draft: Draft
    key: str
    canvas: Canvas | None
    unreadable: str
    start: Part
    end: Part
    panel: Panel | None
    wrong: Sequence[Wrong]
    has_faults: bool
    undo: str | None
    redo: str | None
    window: str
    may_edit: bool
    focus: str
    said: str


@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor; everybody looks, managers change."""
    found = drafts.get(pk)
    way = request.GET.get("way", "")
    page = page_of(request, found, chosen=request.GET, focus=f"wayform-{way}" if way else "")
    return shown(request, page)


def shown(request: HttpRequest, page: EditorPage, *, status: int = 200) -> HttpResponse:
    """The page, or for htmx the editor alone."""
    template = "playbooks/editor/swap.html" if is_htmx(request) else "playbooks/editor/page.html"
    return render(request, template, {"page": page, "title": page.title}, status=status)


def problems_of(found: Draft) -> list[Problem]:
    """What is wrong with a draft, each at its place."""
    return pointed(found.content, drafts.problems(found)) if not editing.objection(found.content) else []


def page_of(
    request: HttpRequest, found: Draft, *, chosen: Mapping[str, Any], focus: str = "", said: str = ""
) -> EditorPage:
    """The context: `chosen` says what the panel shows (`step`, `part`, or `add` with `row:at`)."""
    content, may_edit = found.content, user_of(request).has_role(Role.MANAGER)
    unreadable = editing.objection(content)
    problems = problems_of(found)
    if request.session.get(TRIED) == found.pk:
        problems = [replace(one, is_needed=False) for one in problems]
    step, part, known = str(chosen.get("step", "")), str(chosen.get("part", "")), names()
    undo, redo = history.beside(found)
    return EditorPage(
        title=str(content.get("name") or "New playbook"),
        draft=found,
        key=found.playbook.key if found.playbook else "",
        canvas=None if unreadable else canvas_of(content, problems, known, chosen=step),
        unreadable=unreadable,
        start=part_of(content, "start", problems, known, chosen=part),
        end=part_of(content, "end", problems, known, chosen=part),
        panel=_panel(found, chosen, problems, known) if may_edit and not unreadable else None,
        wrong=wrong_of(found, problems, known),
        has_faults=any(not one.is_needed for one in problems),
        undo=undo,
        redo=redo,
        window=request.POST.get("window", "")[:40] or uuid4().hex,
        may_edit=may_edit,
        focus=focus,
        said=said,
    )


def _panel(found: Draft, chosen: Mapping[str, Any], problems: Sequence[Problem], known: Names) -> Panel | None:
    step, part, add = (str(chosen.get(name, "")) for name in ("step", "part", "add"))
    if part in PARTS:
        return part_panel(found.content, part, problems, is_key_free=found.playbook is None)
    if add:
        row, _, at = add.rpartition(":")
        return add_panel(Place(row, whole_number(at) or 0))
    try:
        return step_panel(found.content, step, problems, known) if step else None
    except CannotEdit:
        return None


def url_of(found: Draft, **chosen: str) -> str:
    """The address of a draft with this in its panel."""
    base = reverse("playbook-draft", args=[found.pk])
    return f"{base}?{urlencode(chosen)}" if chosen else base


def wrong_of(found: Draft, problems: Sequence[Problem], known: Names) -> list[Wrong]:
    """Everything that is to be done, each thing once, in words."""
    return list(dict.fromkeys(_wrong(found, one, known) for one in problems))


def _wrong(found: Draft, problem: Problem, known: Names) -> Wrong:
    if problem.step:
        step = editing.step_of(found.content, problem.step)
        said = f"still needs {need_text(step, problem)}" if problem.is_needed else problem_text(step, problem)
        return Wrong(called(step, known), said, url_of(found, step=problem.step))
    part = next((name for name, (_, _, fields) in PARTS.items() if problem.field in fields), "")
    said = "is still needed" if problem.is_needed else in_labels(problem.reason)
    return Wrong(place_text(problem), said, url_of(found, part=part) if part else url_of(found, add=":0"))
