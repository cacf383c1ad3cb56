"""What is done with a playbook at a click: pause, resume, stop, remove, retry, move its runs, go back to a version."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import insight, services
from mainstay.playbooks.selectors import get_playbook, newest_version
from mainstay.web.http import done, go, needs_role, toast, user_of
from mainstay.web.playbooks.forms import ReasonForm
from mainstay.web.playbooks.runs import counted
from mainstay.web.undo import undo_url, undoes


@require_POST
@needs_role(Role.MANAGER)
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Pause it when it runs, resume it when it is paused."""
    playbook = get_playbook(key)
    _switch(request, key, is_active=not playbook.is_active)
    on = "resumed" if playbook.runs.exists() else "started: accounts begin with the next refresh"
    word = "paused: nothing begins and nothing goes on" if playbook.is_active else on
    undo = undo_url(request, "playbook-switch", [key, playbook.is_active])
    toast(request, f"“{playbook.name}” is {word}.", undo=undo)
    return done(request, reverse("playbook", args=[key]))


def _switch(request: HttpRequest, key: str, *, is_active: bool) -> None:
    turn = services.resume if is_active else services.pause
    turn(key, by=user_of(request), now=utc_now())


@undoes("playbook-switch")
def _undo_switch(request: HttpRequest, payload: tuple[str, bool]) -> str:
    key, was_active = payload
    _switch(request, key, is_active=was_active)
    return f"“{get_playbook(key).name}” is {'resumed' if was_active else 'paused'}."


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then end every run."""
    playbook = get_playbook(key)
    if request.method == "POST":
        stopped = services.stop(key, by=user_of(request), now=utc_now())
        toast(request, f"“{playbook.name}” is paused and {counted(stopped)} stopped.")
        return go(request, reverse("playbook", args=[key]))
    under_way = insight.counts(playbook).under_way
    text = f"It is paused, and {counted(under_way)} under way end for good. Their open tasks stay."
    return _ask(request, key, title=f"Stop “{playbook.name}”?", text=text, submit="Stop", action="playbook-stop")


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then take it away."""
    playbook = get_playbook(key)
    if request.method == "POST":
        services.remove(key, by=user_of(request), now=utc_now())
        toast(request, f"“{playbook.name}” is removed.")
        return go(request, reverse("playbooks"))
    under_way = insight.counts(playbook).under_way
    text = f"{counted(under_way).capitalize()} under way end for good. What it did, its versions and tasks stay."
    return _ask(request, key, title=f"Remove “{playbook.name}”?", text=text, submit="Remove", action="playbook-remove")


def _ask(request: HttpRequest, key: str, *, title: str, text: str, submit: str, action: str) -> HttpResponse:
    context = {
        "title": title,
        "text": text,
        "action": reverse(action, args=[key]),
        "submit": submit,
        "submit_css": "red",
        "cancel": reverse("playbook", args=[key]),
    }
    return render(request, "playbooks/ask.html", context)


@require_POST
@needs_role(Role.CSM)
def retry(request: HttpRequest, key: str) -> HttpResponse:
    """Let the failed runs, of one step where one is named, try again."""
    playbook = get_playbook(key)
    tried = services.retry(playbook, step=request.POST.get("step", ""), by=user_of(request))
    toast(request, f"{counted(tried).capitalize()} {'goes' if tried == 1 else 'go'} on at the next refresh.")
    return done(request, reverse("playbook", args=[key]))


@require_POST
@needs_role(Role.MANAGER)
def move(request: HttpRequest, key: str) -> HttpResponse:
    """Put the runs that are under way on the version in force."""
    playbook = get_playbook(key)
    version = newest_version(playbook)
    moved = services.move_runs(playbook.runs.all(), version, by=user_of(request), now=utc_now())
    toast(request, f"{counted(moved).capitalize()} moved to version {version.version}.")
    return done(request, reverse("playbook", args=[key]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def return_to(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """Ask why, then publish what a former version says as the newest one."""
    playbook = get_playbook(key)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.roll_back(key, version, by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now())
        toast(request, f"“{playbook.name}” is as in version {version} again.")
        return go(request, reverse("playbook", args=[key]))
    context = {
        "title": f"Back to version {version}?",
        "text": "What it says is published as the next version. Runs under way keep theirs.",
        "form": form,
        "action": reverse("playbook-return", args=[key, version]),
        "submit": "Publish it again",
        "cancel": reverse("playbook", args=[key]),
    }
    return render(request, "playbooks/form.html", context, status=422 if form.errors else 200)
