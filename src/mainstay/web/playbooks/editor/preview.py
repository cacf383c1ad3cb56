"""What a step would do for a chosen account and contact: its mail as it would look, its task; a test of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from django.conf import settings
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account, Contact
from mainstay.common.errors import Invalid, MainstayError
from mainstay.common.time import utc_now
from mainstay.deliveries.composing import as_seen
from mainstay.deliveries.drafts import send_test_of
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force
from mainstay.opportunities.states import KIND_NAMES
from mainstay.people.models import Role
from mainstay.playbooks import drafts, editing, previewing
from mainstay.playbooks.commands import (
    ChangeAccount,
    Command,
    End,
    OpenOpportunity,
    OpenTask,
    RequestDelivery,
    SendToTarget,
    StartPlaybook,
    WaitFor,
    WaitUntil,
    WriteNote,
)
from mainstay.playbooks.models import Draft
from mainstay.web.account_search import accounts_called, accounts_named
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.inapp.preview import FRAMED, on_stage
from mainstay.web.messages.detail import OF_A_MAIL

MOST_FOUND, MOST_CONTACTS = 8, 100


@dataclass(frozen=True)
class Seen:
    """One thing the step would do. `frame_url`: where a mail, or a message in the app, is shown as it is seen."""

    what: str
    to: str
    title: str
    text: str
    frame_url: str = ""
    is_mail: bool = False


@dataclass(frozen=True)
class PreviewPart:
    """The context. `problem`: why there is nothing to see."""

    draft: Draft
    step: str
    account: Account | None
    contact: Contact | None
    contacts: Sequence[Contact]
    seen: Sequence[Seen]
    problem: str
    may_test: bool


@require_GET
@needs_role(Role.MANAGER)
def preview(request: HttpRequest, pk: int, step_id: str) -> HttpResponse:
    """The part of the panel; asked for when the step is opened, and after each change."""
    found, now = drafts.get(pk), utc_now()
    account, contact = _chosen(request)
    seen: Sequence[Seen] = ()
    problem = "" if account else "There is no account yet to look at it with."
    commands: Sequence[Command] = ()
    if account:
        try:
            commands = _commands(found, step_id, account, contact, now=now)
        except MainstayError as error:
            problem = _short(error)
    seen = [_seen(request, found, step_id, number, command) for number, command in enumerate(commands)]
    part = PreviewPart(
        draft=found,
        step=step_id,
        account=account,
        contact=contact,
        contacts=list(_contacts(account)[:MOST_CONTACTS]) if account else [],
        seen=seen,
        problem=problem or ("" if seen else "For this account the step does nothing."),
        may_test=any(one.is_mail for one in seen),
    )
    return render(request, "playbooks/editor/preview.html", {"part": part})


@dataclass(frozen=True)
class FoundPart:
    """Accounts to look at the step with."""

    draft: Draft
    step: str
    text: str
    accounts: Sequence[Account]


@require_GET
@needs_role(Role.MANAGER)
def find(request: HttpRequest, pk: int, step_id: str) -> HttpResponse:
    """Accounts by a few letters; without any the user's own, then the others."""
    text = request.GET.get("q", "").strip()
    is_others = Case(When(owner=user_of(request), then=Value(0)), default=Value(1), output_field=IntegerField())
    accounts = accounts_called(text) if text else Account.objects.order_by(is_others, "name", "pk")
    part = FoundPart(drafts.get(pk), step_id, text, list(accounts[:MOST_FOUND]))
    return render(request, "playbooks/editor/accounts.html", {"part": part})


@require_GET
@needs_role(Role.MANAGER)
@xframe_options_sameorigin
@csp_override(OF_A_MAIL)
def mail(request: HttpRequest, pk: int, step_id: str, number: int) -> HttpResponse:
    """A mail of the step as its recipient would see it, for a frame."""
    return HttpResponse(as_seen(_delivery(request, pk, step_id, number), policy_in_force()))


@require_GET
@needs_role(Role.MANAGER)
@xframe_options_sameorigin
@csp_override(FRAMED)
def in_app(request: HttpRequest, pk: int, step_id: str, number: int) -> HttpResponse:
    """A message of the step on a page of a product, for a frame."""
    account, contact = _chosen(request)
    commands = _commands(drafts.get(pk), step_id, account, contact, now=utc_now()) if account else ()
    shown = dict(enumerate(commands)).get(number)
    if not isinstance(shown, RequestDelivery) or shown.content is None:
        raise Invalid("The step shows no message in the app for this account.")
    return on_stage(request, shown.subject, shown.text, shown.content.as_json())


@require_POST
@needs_role(Role.MANAGER)
def send_test(request: HttpRequest, pk: int, step_id: str) -> HttpResponse:
    """Send the first mail of the step to oneself, as it would look for the chosen account."""
    user = user_of(request)
    send_test_of(_delivery(request, pk, step_id, None), to=user, now=utc_now())
    toast(request, f"A test is on its way to {user.email}.")
    return done(request, reverse("playbook-draft", args=[pk]) + f"?step={step_id}")


def _commands(
    found: Draft, step_id: str, account: Account, contact: Contact | None, *, now: datetime
) -> Sequence[Command]:
    step = editing.step_of(found.content, step_id)
    return previewing.commands_of(step, account, contact, name=str(found.content.get("name", "")), now=now)


def _chosen(request: HttpRequest) -> tuple[Account | None, Contact | None]:
    """The account and contact asked for, else the first there are."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    accounts = Account.objects.select_related("owner")
    named = str(asked.get("account", "")).strip()
    found = accounts_named(named, accounts) if named else []
    account = next(iter(found), None) or accounts.exclude(owner=None).order_by("name").first()
    account = account or accounts.order_by("name").first()
    if account is None:
        return None, None
    contacts = _contacts(account)
    return account, contacts.filter(key=asked.get("contact", "")).first() or contacts.first()


def _contacts(account: Account) -> QuerySet[Contact]:
    return Contact.objects.filter(account=account, left_on=None).order_by("name", "pk")


def _delivery(request: HttpRequest, pk: int, step_id: str, number: int | None) -> Delivery:
    found = drafts.get(pk)
    account, contact = _chosen(request)
    if account is None:
        raise Http404("There is no account yet.")
    commands = _commands(found, step_id, account, contact, now=utc_now())
    mails = [one for one in commands if isinstance(one, RequestDelivery) and one.channel == "email"]
    if number is not None:
        mails = [one for at, one in enumerate(commands) if at == number and one in mails]
    if not mails:
        raise Invalid("The step writes no mail for this account.")
    first = mails[0]
    assert isinstance(first, RequestDelivery)
    return Delivery(
        channel=first.channel,
        recipient=first.recipient,
        subject=first.subject,
        text=first.text,
        html=first.html,
        contact_id=first.contact_id,
        category=first.category,
    )


def _short(error: MainstayError) -> str:
    """What is wrong with the step, without where: its form says that."""
    problems = error.details.get("problems") or []
    return "Put right what is marked in the form; then this shows what it does." if problems else error.message


def _message(request: HttpRequest, found: Draft, step_id: str, number: int, command: RequestDelivery) -> Seen:
    """A mail, or a message in the app, is shown as it is seen; of any other only the text."""
    query = urlencode({name: request.GET.get(name, "") for name in ("account", "contact")})
    place = [found.pk, step_id, number]
    if command.channel == "email":
        url = f"{reverse('playbook-draft-mail', args=place)}?{query}"
        return Seen("E-mail", command.recipient, command.subject, command.text, url, is_mail=True)
    if command.content is not None:
        url = f"{reverse('playbook-draft-in-app', args=place)}?{query}"
        return Seen("In the app", command.recipient, command.subject, command.text, url)
    return Seen("Message", command.recipient, command.subject, command.text)


def _seen(request: HttpRequest, found: Draft, step_id: str, number: int, command: Command) -> Seen:
    match command:
        case RequestDelivery():
            return _message(request, found, step_id, number, command)
        case SendToTarget():
            return Seen("Message", command.target, command.subject, command.text)
        case OpenTask():
            return Seen("Task", f"due {command.due_at:%-d %b %Y, %H:%M} UTC", command.title, command.why)
        case OpenOpportunity():
            amount = f"{command.amount:,} {command.currency or settings.REPORTING_CURRENCY}" if command.amount else ""
            return Seen(KIND_NAMES[command.kind], amount, command.title, command.why)
        case WriteNote():
            return Seen("Note", "", command.title, command.body)
        case ChangeAccount():
            return Seen("Change", "", f"{command.field} becomes {command.value}", "")
        case StartPlaybook():
            return Seen("Start", "", f"The playbook {command.key}", "")
        case WaitUntil():
            return Seen("Wait", "", f"Until {command.until:%-d %b %Y, %H:%M} UTC", "")
        case WaitFor():
            return Seen("Wait", "", f"At most until {command.until:%-d %b %Y, %H:%M} UTC", "")
        case End():
            return Seen("End", "", command.why, "")
        case _:
            assert_never(command)
