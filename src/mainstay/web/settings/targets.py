"""Targets: the URLs of other systems that playbooks send to. A secret is shown once, a URL never again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.connectors.registry import channels
from mainstay.deliveries import targets
from mainstay.deliveries.models import Attempt, Delivery, Dialect, State, Target
from mainstay.deliveries.target_tests import send_test
from mainstay.people.models import Role
from mainstay.playbooks.uses import playbooks_to_target
from mainstay.web.formats import plural
from mainstay.web.http import done, go, needs_role, toast, user_of
from mainstay.web.settings.sections import page
from mainstay.web.undo import undo_url, undoes

SECTION = "settings-targets"
ICONS = {Dialect.STANDARD: "plug", Dialect.SLACK: "message-square", Dialect.TEAMS: "message-square"}
_SHOWN = 20


class TargetForm(forms.Form):
    """What a target is called and where it is."""

    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"autofocus": True, "placeholder": "CRM"}),
        help_text="Steps of playbooks name it by a key that is made from this, and stays.",
    )
    url = forms.CharField(
        label="URL",
        max_length=2_000,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        help_text="It is not shown again: the URL of a chat is its own password.",
    )


class NewTargetForm(TargetForm):
    """And what it understands."""

    dialect = forms.ChoiceField(
        label="Takes",
        choices=[
            (Dialect.STANDARD, "Events: a webhook of your own, signed"),
            (Dialect.SLACK, "Chat messages: Slack, Mattermost and the like"),
            (Dialect.TEAMS, "Chat messages: Microsoft Teams (Workflows)"),
        ],
        initial=Dialect.STANDARD,
    )
    field_order = ("name", "dialect", "url")


class ChangeTargetForm(TargetForm):
    """Another name or URL."""

    url = forms.CharField(
        label="New URL",
        required=False,
        max_length=2_000,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "as it is"}),
        help_text="Left empty, it stays.",
    )


@dataclass(frozen=True)
class Row:
    """A target with what a list tells about it."""

    target: Target
    icon: str
    waiting: int
    latest: Attempt | None
    rests_until: datetime | None


@dataclass(frozen=True)
class TargetPage:
    """The context of one target."""

    row: Row
    attempts: Sequence[Attempt]
    playbooks: Sequence[tuple[str, str]]
    graceful_until: datetime | None


@require_GET
@needs_role(Role.ADMINISTRATOR)
def listing(request: HttpRequest) -> HttpResponse:
    """All targets, by name."""
    now = utc_now()
    return page(request, "targets", SECTION, {"rows": [_row(one, now) for one in targets.present_targets()]})


@require_GET
@needs_role(Role.ADMINISTRATOR)
def target(request: HttpRequest, key: str) -> HttpResponse:
    """One target: its state, who sends to it, its last attempts."""
    found, now = targets.get_target(key), utc_now()
    until = found.former_until
    shown = TargetPage(
        row=_row(found, now),
        attempts=list(_attempts(found)[:_SHOWN]),
        playbooks=[(use.key, use.name) for use in playbooks_to_target(key)],
        graceful_until=until if found.former_secret and until is not None and until > now else None,
    )
    return page(request, "target", SECTION, {"page": shown, "title": found.name})


def _attempts(found: Target) -> QuerySet[Attempt]:
    of_target = Attempt.objects.filter(delivery__target=found).select_related("delivery__account")
    return of_target.order_by("-started_at", "-pk")


def _row(found: Target, now: datetime) -> Row:
    waiting = Delivery.objects.filter(target=found, state=State.QUEUED).count()
    rests = found.rests_until if found.rests_until is not None and found.rests_until > now else None
    return Row(found, ICONS[Dialect(found.dialect)], waiting, _attempts(found).first(), rests)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def new(request: HttpRequest) -> HttpResponse:
    """Add a target, and show its secret, this once."""
    form = NewTargetForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            made, secret = targets.add_target(
                values["name"], values["url"], dialect=Dialect(values["dialect"]), by=user_of(request), now=utc_now()
            )
        except Invalid as error:
            form.add_error(error.details.get("field"), error.message)
        else:
            if secret:
                return _secret(request, made, secret)
            toast(request, f"“{made.name}” added. Steps name it {made.key}.")
            return go(request, reverse("target", args=[made.key]))
    return _form(request, form, "New target", reverse("target-new"), "Add target")


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Another name or URL."""
    found = targets.get_target(key)
    form = ChangeTargetForm(request.POST or None, initial={"name": found.name})
    if form.is_valid():
        try:
            targets.change_target(found, **form.cleaned_data, by=user_of(request), now=utc_now())
        except Invalid as error:
            form.add_error(error.details.get("field"), error.message)
        else:
            toast(request, f"“{found.name}” saved.")
            return done(request, reverse("target", args=[key]))
    return _form(request, form, found.name, reverse("target-edit", args=[key]), "Save")


@require_POST
@needs_role(Role.ADMINISTRATOR)
def test(request: HttpRequest, key: str) -> HttpResponse:
    """Send a test and show the answer."""
    found = targets.get_target(key)
    tested = send_test(found, channels=channels(), by=user_of(request), now=utc_now())
    context = {"title": f"Test of “{found.name}”", "tested": tested, "target": found}
    return page(request, "target-test", SECTION, context | {"cancel": reverse("target", args=[key])})


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def rotate(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then make a new secret and show it, this once."""
    found = targets.get_target(key)
    if request.method == "POST":
        return _secret(request, found, targets.rotate_secret(found, by=user_of(request), now=utc_now()))
    hours = int(targets.GRACE.total_seconds() // 3600)
    text = f"For {hours} hours the present secret signs beside the new one. Put the new one into the receiver by then."
    title = f"New secret for “{found.name}”?"
    return _confirm(request, found, title=title, text=text, action="target-rotate", submit="Make a new secret")


@require_POST
@needs_role(Role.ADMINISTRATOR)
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """On or off."""
    found = targets.get_target(key)
    was_on = found.is_active
    if targets.switch_target(found, is_active=not was_on, by=user_of(request), now=utc_now()):
        said = f"“{found.name}” is {'off: what is due to it is refused' if was_on else 'on'}."
        toast(request, said, undo=undo_url(request, "target-switch", [key, was_on]))
    return done(request, reverse("target", args=[key]))


@undoes("target-switch")
def _undo_switch(request: HttpRequest, payload: tuple[str, bool]) -> str:
    key, was_on = payload
    found = targets.get_target(key)
    targets.switch_target(found, is_active=was_on, by=user_of(request), now=utc_now())
    return f"“{found.name}” is {'on' if was_on else 'off'} again."


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then take it away for good."""
    found = targets.get_target(key)
    if request.method == "POST":
        targets.remove_target(found, by=user_of(request), now=utc_now())
        toast(request, f"“{found.name}” removed; its URL and secrets are erased.")
        return go(request, reverse(SECTION))
    used = [use.name for use in playbooks_to_target(key)]
    text = "Its URL and secrets are erased, and what waits for it is refused. This cannot be undone."
    if used:
        count, verb = plural(len(used), "playbook"), "sends" if len(used) == 1 else "send"
        text = f"{count} {verb} to it and will stop there: {', '.join(used)}. {text}"
    title = f"Remove “{found.name}”?"
    return _confirm(request, found, title=title, text=text, action="target-remove", submit="Remove")


def _secret(request: HttpRequest, found: Target, secret: str) -> HttpResponse:
    context = {"title": f"Secret of “{found.name}”", "secret": secret, "target": found}
    return page(request, "target-secret", SECTION, context | {"cancel": reverse("target", args=[found.key])})


def _form(request: HttpRequest, form: forms.Form, title: str, action: str, submit: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": action, "submit": submit, "cancel": reverse(SECTION)}
    return page(request, "form", SECTION, context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, found: Target, *, title: str, text: str, action: str, submit: str) -> HttpResponse:
    action, cancel = reverse(action, args=[found.key]), reverse("target", args=[found.key])
    context = {"title": title, "text": text, "form": forms.Form(), "action": action, "submit": submit, "cancel": cancel}
    return page(request, "form", SECTION, context)
