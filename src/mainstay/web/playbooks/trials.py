"""Dry runs and replays: asked for, how far they are, cancelled, and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts, trials
from mainstay.playbooks.document import Document
from mainstay.playbooks.jobs import run_trial
from mainstay.playbooks.models import Draft, Playbook, Trial, TrialState
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version
from mainstay.web.http import go, is_htmx, needs_role, toast, user_of, whole_number
from mainstay.web.playbooks import dry_runs, replays
from mainstay.web.playbooks.dry_runs import DryRunTold
from mainstay.web.playbooks.replays import ReplayTold

_MOST_CHOSEN = 100_000
_NAMES = {trials.DRY_RUN: "dry run", trials.REPLAY: "replay"}


@dataclass(frozen=True)
class TrialPage:
    """The context of the page. `found` None: it is under way, was cancelled or failed."""

    title: str
    trial: Trial
    document: Document
    playbook: Playbook | None
    is_under_way: bool
    is_draft: bool
    found: DryRunTold | ReplayTold | None
    may_ask: bool


@dataclass(frozen=True)
class NoTrial:
    """The context of the page before the first one."""

    title: str
    playbook: Playbook
    purpose: str
    may_ask: bool


@require_http_methods(["GET", "POST"])
def dry_run(request: HttpRequest, key: str) -> HttpResponse:
    """GET: the latest dry run of a playbook. POST: another one of the version in force.

    `accounts` of a POST: ids of accounts that somebody means to start it on by hand.
    """
    asked = map(whole_number, request.POST.getlist("accounts")[:_MOST_CHOSEN])
    chosen = [one for one in asked if one is not None]
    return _of_playbook(request, key, trials.DRY_RUN, chosen=chosen)


@require_http_methods(["GET", "POST"])
def replay(request: HttpRequest, key: str) -> HttpResponse:
    """GET: the latest replay of a playbook. POST: another one of the version in force."""
    return _of_playbook(request, key, trials.REPLAY)


def _of_playbook(request: HttpRequest, key: str, purpose: str, *, chosen: Sequence[int] = ()) -> HttpResponse:
    playbook = get_playbook(key)
    if request.method == "POST":
        return _asked(request, document_of(newest_version(playbook)), purpose, chosen=chosen)
    latest = trials.latest(key, purpose)
    if latest is not None:
        return redirect("playbook-trial", latest.pk)
    page = NoTrial(f"{playbook.name}: {_NAMES[purpose]}", playbook, purpose, user_of(request).has_role(Role.CSM))
    return render(request, "playbooks/no-trial.html", {"page": page, "title": page.title})


@require_POST
@needs_role(Role.CSM)
def dry_run_of_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a draft as it is saved."""
    draft = drafts.get(pk)
    return _asked(request, drafts.document_of(draft), trials.DRY_RUN, draft=draft)


@require_POST
@needs_role(Role.CSM)
def replay_of_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Replay a draft as it is saved."""
    draft = drafts.get(pk)
    return _asked(request, drafts.document_of(draft), trials.REPLAY, draft=draft)


def _asked(
    request: HttpRequest, document: Document, purpose: str, *, draft: Draft | None = None, chosen: Sequence[int] = ()
) -> HttpResponse:
    with transaction.atomic():
        trial = trials.ask(document, purpose, by=user_of(request), now=utc_now(), draft=draft, chosen=chosen)
        run_trial.enqueue(str(trial.pk))
    return go(request, reverse("playbook-trial", args=[trial.pk]))


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is, or what came of it. htmx asks for the part that changes."""
    trial = get_object_or_404(Trial.objects.select_related("asked_by", "draft"), pk=pk)
    document = trials.document_of(trial)
    page = TrialPage(
        title=f"{document.name}: {_NAMES[trial.purpose]}",
        trial=trial,
        document=document,
        playbook=Playbook.objects.filter(key=trial.key, removed_at=None).first(),
        is_under_way=trial.state in (TrialState.WAITING, TrialState.RUNNING),
        is_draft=trial.draft is not None,
        found=_found(trial, document) if trial.state == TrialState.DONE else None,
        may_ask=user_of(request).has_role(Role.CSM),
    )
    part = "playbooks/replay-part.html" if trial.purpose == trials.REPLAY else "playbooks/dry-run-part.html"
    template = part if is_htmx(request) else "playbooks/trial.html"
    return render(request, template, {"page": page, "title": page.title, "part": part})


def _found(trial: Trial, document: Document) -> DryRunTold | ReplayTold:
    if trial.purpose == trials.REPLAY:
        return replays.told_of(trials.replay_of(trial), document)
    return dry_runs.told_of(trials.dry_run_of(trial), document)


@require_POST
@needs_role(Role.CSM)
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it up."""
    trial = get_object_or_404(Trial, pk=pk)
    if not trials.cancel(trial, by=user_of(request), now=utc_now()):
        raise Invalid("It has ended already; look at what came of it.")
    toast(request, "It is cancelled.")
    return go(request, reverse("playbook-trial", args=[trial.pk]))
