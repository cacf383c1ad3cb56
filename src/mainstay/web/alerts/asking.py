"""What the signed-in user asks to be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.alerts import selectors, services
from mainstay.alerts.errors import BadPreferences
from mainstay.alerts.models import Channel, Preferences, Rhythm, Scope, Timing
from mainstay.alerts.services import NewRule
from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.web.alerts.forms import KEEP, PreferencesForm, RuleForm, RuleForms, initial_of
from mainstay.web.http import toast, user_of

# What most people want: the worst by mail, the rest where they look anyway.
USUAL = (
    NewRule(Timing.AT_ONCE, (Channel.PAGE, Channel.EMAIL), severities=("critical",)),
    NewRule(Timing.AT_ONCE, (Channel.PAGE,), severities=("warning",)),
    NewRule(Timing.DIGEST, ()),
)
# Whoever looks after all accounts looks after what arrives too.
OF_WHAT_ARRIVES = NewRule(Timing.AT_ONCE, (Channel.PAGE, Channel.EMAIL), categories=("data",), scope=Scope.ALL)


@dataclass(frozen=True)
class AskingPage:
    """The context of the page. `error`: what the two forms together cannot be."""

    title: str
    form: PreferencesForm
    rules: "BaseFormSet[RuleForm]"
    has_rules: bool
    time_zone: str
    error: str = ""


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The page."""
    user = user_of(request)
    saved, rules = selectors.preferences_of(user), selectors.rules_of(user)
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm.of(saved, data)
    forms = RuleForms(data, initial=[initial_of(rule) for rule in rules], prefix="rules")
    error = ""
    if data is not None and form.is_valid() and forms.is_valid():
        try:
            _save(user, saved, form, forms)
        except BadPreferences as refused:
            error = refused.message
        else:
            toast(request, "What you are told is saved.")
            return redirect("alert-preferences")
    page = AskingPage("What you are told", form, forms, bool(rules), user.time_zone, error)
    status = 422 if error or form.errors or any(forms.errors) else 200
    return render(request, "alerts/asking.html", {"page": page, "title": page.title}, status=status)


@require_POST
def usual(request: HttpRequest) -> HttpResponse:
    """The usual rules and a daily digest; a manager is told of all accounts, and by mail when a source is late."""
    user, now = user_of(request), utc_now()
    scope = Scope.MINE if user.role == Role.CSM else Scope.ALL
    saved = selectors.preferences_of(user)
    with transaction.atomic():
        services.save_preferences(
            user, rhythm=Rhythm.DAILY, hour=8, weekday=0, scope=scope, budget=saved.budget if saved else 5,
            webhook=saved.webhook if saved else "", now=now,
        )  # fmt: skip
        of_data = [OF_WHAT_ARRIVES] if scope == Scope.ALL else []
        services.save_rules(user, [*of_data, *_with_scope(USUAL, scope)], now=now)
    toast(request, "From now on you are told as most people want it. Change it as you like.")
    return redirect("alert-preferences")


def _with_scope(rules: Sequence[NewRule], scope: Scope) -> list[NewRule]:
    return [NewRule(one.timing, one.channels, one.categories, one.severities, scope) for one in rules]


@transaction.atomic
def _save(user: User, saved: Preferences | None, form: PreferencesForm, forms: "BaseFormSet[RuleForm]") -> None:
    values, now = form.cleaned_data, utc_now()
    webhook = values["webhook"]
    if webhook == KEEP:
        webhook = saved.webhook if saved else ""
    written = [one for one in forms.forms if one.initial or one.has_changed()]
    kept = [one.rule for one in written if not one.cleaned_data.get("DELETE")]
    # Rules first where the chat goes, preferences first where it comes: each checks the other.
    services.save_rules(user, [], now=now)
    services.save_preferences(
        user,
        rhythm=Rhythm(values["rhythm"]),
        hour=values["hour"],
        weekday=values["weekday"] or 0,
        scope=Scope(values["scope"]),
        budget=values["budget"],
        webhook=webhook,
        now=now,
    )
    services.save_rules(user, kept, now=now)
