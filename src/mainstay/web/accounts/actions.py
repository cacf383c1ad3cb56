"""What can be done with rows of the Portfolio: a task, a note, a new owner. All of it can be taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import selectors, services
from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.interactions.models import Interaction
from mainstay.interactions.services import add_note
from mainstay.people.models import Role, User
from mainstay.playbooks import tasks
from mainstay.playbooks.models import Task
from mainstay.web.accounts.forms import NoteForm, ReassignForm, TaskForm, end_of_day
from mainstay.web.accounts.query import forget_summaries
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of, whole_number
from mainstay.web.undo import undo_url, undoes

# A page has fifty rows; more cannot be ticked.
MOST = 200


@require_POST
@needs_role(Role.CSM)
def bulk_tasks(request: HttpRequest) -> HttpResponse:
    """Ask for a task, then open it on every ticked account."""
    accounts = ticked(request)
    return _task(request, accounts, reverse("portfolio-tasks"), f"Task for {plural(len(accounts), 'account')}")


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def task(request: HttpRequest, key: str) -> HttpResponse:
    """A task for one account."""
    account = selectors.account_by_key(key)
    return _task(request, [account], reverse("portfolio-task", args=[key]), f"Task for {account.name}")


def _task(request: HttpRequest, accounts: Sequence[Account], action: str, title: str) -> HttpResponse:
    user, now = user_of(request), utc_now()
    asked = "title" in request.POST
    form = TaskForm(request.POST if asked else None, initial={"due_on": (now + timedelta(days=2)).date()})
    if not (asked and form.is_valid()):
        return in_dialog(request, form, title=title, action=action, submit="Add task", accounts=accounts)
    values = form.cleaned_data
    with transaction.atomic():
        made = [
            tasks.create_task(
                account=account,
                owner=values["owner"] or account.owner or user,
                title=values["title"],
                why=values["why"],
                due_at=end_of_day(values["due_on"]),
                by=user,
                now=now,
            )
            for account in accounts
        ]
    undo = undo_url(request, "tasks", [str(one.pk) for one in made])
    toast(request, f"{plural(len(made), 'task')} added.", undo=undo)
    return done(request, reverse("portfolio"))


@undoes("tasks")
def _undo_tasks(request: HttpRequest, payload: list[str]) -> str:
    now = utc_now()
    for one in Task.objects.filter(pk__in=payload):
        tasks.dismiss_task(one, by=user_of(request), now=now)
    return f"{plural(len(payload), 'task')} taken back."


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def note(request: HttpRequest, key: str) -> HttpResponse:
    """A note on the timeline of an account."""
    account = selectors.account_by_key(key)
    form = NoteForm(request.POST or None)
    if not form.is_valid():
        action = reverse("note-new", args=[key])
        return in_dialog(request, form, title=f"Note about {account.name}", action=action, submit="Save note")
    made = add_note(account, by=user_of(request), text=form.cleaned_data["text"], now=utc_now())
    toast(request, f"Note about {account.name} saved.", undo=undo_url(request, "note", made.pk))
    return done(request, reverse("portfolio"))


@undoes("note")
def _undo_note(request: HttpRequest, payload: int) -> str:
    Interaction.objects.filter(pk=payload, kind="note", user=user_of(request)).delete()
    return "Note taken back."


@require_POST
@needs_role(Role.MANAGER)
def reassign(request: HttpRequest) -> HttpResponse:
    """Ask for the new owner, then give her every ticked account."""
    accounts = ticked(request)
    asked = "owner" in request.POST
    form = ReassignForm(request.POST if asked else None)
    if not (asked and form.is_valid()):
        title = f"Reassign {plural(len(accounts), 'account')}"
        action = reverse("portfolio-reassign")
        return in_dialog(request, form, title=title, action=action, submit="Reassign", accounts=accounts)
    owner: User | None = form.cleaned_data["owner"]
    former = services.reassign(accounts, owner, by=user_of(request))
    forget_summaries()
    undo = undo_url(request, "owner", sorted(former.items()))
    toast(request, f"{plural(len(former), 'account')} given to {owner or 'nobody'}.", undo=undo)
    return done(request, reverse("portfolio"))


@undoes("owner")
def _undo_reassign(request: HttpRequest, payload: list[tuple[int, int | None]]) -> str:
    former = dict(payload)
    users = User.objects.in_bulk([owner for owner in former.values() if owner])
    accounts = Account.objects.in_bulk(list(former))
    with transaction.atomic():
        for owner_id in set(former.values()):
            those = [accounts[pk] for pk, owner in former.items() if owner == owner_id and pk in accounts]
            services.reassign(those, users.get(owner_id or 0), by=user_of(request))
    forget_summaries()
    return f"{plural(len(former), 'account')} given back."


def ticked(request: HttpRequest) -> list[Account]:
    ids = [pk for text in request.POST.getlist("account")[:MOST] if (pk := whole_number(text)) is not None]
    return list(Account.objects.filter(pk__in=ids).select_related("owner").order_by("name", "pk"))


def in_dialog(request: HttpRequest, form: Any, *, accounts: Sequence[Account] = (), **context: Any) -> HttpResponse:
    """The form in the dialog, or on a page of its own without script."""
    context |= {"form": form, "accounts": accounts, "cancel": reverse("portfolio")}
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)
