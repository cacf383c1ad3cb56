"""Start a playbook on the ticked accounts: which one, then how many would begin and why not the others, then begin."""

from collections.abc import Sequence
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mainstay.accounts.models import Account
from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import by_hand, services
from mainstay.playbooks.models import Playbook, Run
from mainstay.web.accounts.actions import in_dialog, ticked
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.undo import undo_url, undoes


class StartForm(forms.Form):
    """Which playbook."""

    playbook = forms.ModelChoiceField(
        Playbook.objects.filter(is_active=True, removed_at=None).order_by("name"),
        to_field_name="key",
        label="Playbook",
        empty_label="Choose one",
        help_text="It starts whomever it is for; what is under way already goes on as it is.",
    )
    why = forms.CharField(required=False, max_length=300, label="Why", help_text="Stands with each run.")


@require_POST
@needs_role(Role.CSM)
def start(request: HttpRequest) -> HttpResponse:
    """Ask, tell what it would come to, and begin when that was confirmed."""
    accounts = ticked(request)
    form = StartForm(request.POST if "playbook" in request.POST else None)
    title = f"Start a playbook on {plural(len(accounts), 'account')}"
    if not form.is_valid():
        action = reverse("portfolio-start")
        return in_dialog(request, form, title=title, action=action, submit="Go on", accounts=accounts)
    playbook, why = form.cleaned_data["playbook"], form.cleaned_data["why"]
    token = request.POST.get("token", "")[:100]
    try:
        if token:
            return _begun(request, accounts, playbook, token=token, why=why)
        return _confirm(request, accounts, playbook, why=why)
    except MainstayError as error:
        form.add_error("playbook", error.message)
        return in_dialog(
            request, form, title=title, action=reverse("portfolio-start"), submit="Go on", accounts=accounts
        )


def _confirm(request: HttpRequest, accounts: Sequence[Account], playbook: Playbook, *, why: str) -> HttpResponse:
    token = uuid4().hex
    judged = by_hand.judge_many(playbook.key, accounts, token=token, by=user_of(request), now=utc_now(), why=why)
    context = {
        "title": f"Start “{playbook.name}”?",
        "playbook": playbook,
        "accounts": accounts,
        "entering": len(judged.entering),
        "refused": sorted(judged.refused.items()),
        "token": token,
        "why": why,
        "action": reverse("portfolio-start"),
        "cancel": reverse("portfolio"),
    }
    return render(request, "accounts/start-confirm.html", context)


def _begun(
    request: HttpRequest, accounts: Sequence[Account], playbook: Playbook, *, token: str, why: str
) -> HttpResponse:
    started = services.start_many(playbook.key, accounts, token=token, by=user_of(request), now=utc_now(), why=why)
    number = len(started.runs)
    others = "".join(f" {count} not: {reason}." for reason, count in sorted(started.judged.refused.items()))
    undo = undo_url(request, "playbook-started", [str(run.pk) for run in started.runs]) if number else ""
    toast(
        request, f"{plural(number, 'run')} of “{playbook.name}” begin{'s' if number == 1 else ''}.{others}", undo=undo
    )
    return done(request, reverse("portfolio"))


@undoes("playbook-started")
def _undo_start(request: HttpRequest, payload: list[str]) -> str:
    runs = Run.objects.filter(pk__in=payload).select_related("playbook")
    stopped = sum(services.stop_run(run, by=user_of(request), now=utc_now()) for run in runs)
    return f"{plural(stopped, 'run')} stopped. What a run did already stays."
