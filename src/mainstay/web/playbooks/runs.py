"""The runs of a playbook: filtered and paged, as CSV, and one in the dialog with what is done about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.playbooks import services
from mainstay.playbooks.models import UNDER_WAY, Playbook, Run, RunState, StepRun, Task
from mainstay.playbooks.selectors import get_playbook, resting
from mainstay.playbooks.selectors import versions as newest_first
from mainstay.playbooks.step_names import StepNames
from mainstay.web.because import Because, because_of
from mainstay.web.csv_export import csv_response
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, page_number, toast, user_of

PAGE = 50
FILTERS: Mapping[str, tuple[str, Sequence[RunState]]] = {
    "": ("All", ()),
    "under_way": ("Under way", UNDER_WAY),
    "failed": ("Stopped by an error", (RunState.FAILED,)),
    "ended": ("Ended", (RunState.DONE, RunState.EXITED, RunState.STOPPED)),
    "held_out": ("Held out", (RunState.HELD_OUT,)),
}
HEADS = ("run", "account", "account name", "contact", "state", "why", "version", "step", "began", "ended", "because",
         "error", "held out", "goal reached")  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """A filter to choose."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Pages:
    """Where the pages before and after this one are."""

    text: str
    previous_url: str
    next_url: str


@dataclass(frozen=True)
class Row:
    """A run; `step`: what the step is called before which it stands."""

    run: Run
    step: str


@dataclass(frozen=True)
class RunsPart:
    """The part of the page with the runs. `step`: what the step is called whose runs alone are shown."""

    tabs: Sequence[Tab]
    step: str
    rows: Sequence[Row]
    pages: Pages
    export_url: str
    clear_url: str


def runs_part(request: HttpRequest, playbook: Playbook, called: StepNames) -> RunsPart:
    """The runs that are asked for, the latest first."""
    state, step = _chosen(request)
    at = page_number(request)
    base = reverse("playbook", args=[playbook.key])
    rows = list(_matching(playbook, state, step)[(at - 1) * PAGE : at * PAGE + 1])
    asked = {name: value for name, value in (("state", state), ("step", step)) if value}

    def url(**values: str | int) -> str:
        query = urlencode({name: value for name, value in {**asked, **values}.items() if value})
        return f"{base}?{query}" if query else base

    shown = rows[:PAGE]
    first = (at - 1) * PAGE + 1
    text = f"Runs {first}–{first + len(shown) - 1}" if shown else ""
    pages = Pages(text, url(page=at - 1) if at > 1 else "", url(page=at + 1) if len(rows) > PAGE else "")
    tabs = [Tab(label, url(state=name), name == state) for name, (label, _) in FILTERS.items()]
    export = f"{reverse('playbook-runs-export', args=[playbook.key])}?{urlencode(asked)}"
    named = called.among(newest_first(playbook), step) if step else ""
    lines = [Row(run, called.of(run.version, run.position)) for run in shown]
    return RunsPart(tabs, named, lines, pages, export, url(step=""))


def _chosen(request: HttpRequest) -> tuple[str, str]:
    state = request.GET.get("state", "")
    return state if state in FILTERS else "", request.GET.get("step", "")[:60]


def _matching(playbook: Playbook, state: str, step: str) -> Any:
    found = Run.objects.filter(playbook=playbook).select_related("account", "contact", "version__playbook")
    if states := FILTERS[state][1]:
        found = found.filter(state__in=states)
    if step:
        found = found.filter(position=step, state__in=UNDER_WAY)
    return found.annotate(rests=resting(utc_now())).order_by("-started_at", "pk")


@dataclass(frozen=True)
class Done:
    """A step that was carried out, and what it came to."""

    name: str
    came_to: str
    at: datetime


@dataclass(frozen=True)
class RunDetail:
    """The context of the dialog. `step`: what the step is called before which it stands."""

    run: Run
    step: str
    steps: Sequence[Done]
    tasks: Sequence[Task]
    may_act: bool
    is_under_way: bool
    because: Because | None
    next: str


@require_GET
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Why it began, what it did, where it stands."""
    wanted = Run.objects.select_related("playbook", "version__playbook", "account", "contact", "started_by", "signal")
    found = get_object_or_404(wanted.annotate(rests=resting(utc_now())), pk=pk)
    called = StepNames()
    detail = RunDetail(
        run=found,
        step=called.of(found.version, found.position),
        steps=[_done(one, found, called) for one in found.steps.all()],
        tasks=list(Task.objects.filter(run=found).select_related("owner").order_by("created_at")),
        may_act=user_of(request).has_role(Role.CSM),
        is_under_way=found.state in UNDER_WAY,
        because=because_of(found, ""),
        next=request.GET.get("next", ""),
    )
    title = f"{found.playbook.name}: {found.account.name}"
    return render(request, "playbooks/run.html", {"detail": detail, "title": title})


def _done(one: StepRun, run: Run, called: StepNames) -> Done:
    came_to = called.came_to(run.version, one.step, one.result) if one.result else "done"
    return Done(called.of(run.version, one.step), came_to, one.at)


@require_POST
@needs_role(Role.CSM)
def act(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Pause, resume, stop or retry a run."""
    found = get_object_or_404(Run.objects.select_related("playbook", "account"), pk=pk)
    by, now, name = user_of(request), utc_now(), found.account.name
    said = {"pause": "paused", "resume": "resumed", "stop": "stopped", "retry": "tried again at the next refresh"}
    match verb:
        case "pause":
            is_done = services.pause_run(found, by=by, now=now)
        case "resume":
            is_done = services.resume_run(found, by=by, now=now)
        case "stop":
            is_done = services.stop_run(found, by=by, now=now)
        case "retry":
            is_done = bool(services.retry(found.playbook, run=found, by=by))
        case _:
            raise Invalid(f"A run cannot be asked to '{verb}'; use {', '.join(said)}.")
    toast(request, f"The run on {name} is {said[verb]}." if is_done else f"The run on {name} stays as it is.")
    return done(request, reverse("playbook", args=[found.playbook.key]))


@require_GET
def export(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The runs of the filter as CSV."""
    playbook = get_playbook(key)
    state, step = _chosen(request)
    record_audit(user_of(request), "playbooks.runs_exported", f"playbook:{key}", state=state, step=step)
    return csv_response(f"{key}-runs-{utc_now():%Y-%m-%d}", HEADS, _values(_matching(playbook, state, step)))


def _values(runs: Any) -> Iterator[Sequence[object]]:
    for one in runs.iterator(500):
        yield (
            str(one.pk), one.account.key, one.account.name, one.contact and one.contact.key, one.state, one.why,
            one.version.version, one.position, one.started_at, one.ended_at, one.ended_because, one.error,
            one.is_held_out, one.goal_at,
        )  # fmt: skip


def counted(number: int) -> str:
    """`3 runs`."""
    return plural(number, "run")
