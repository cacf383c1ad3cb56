"""What can be done with signals: acknowledge, assign, snooze, dismiss, reopen. All of it can be taken back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.signals import services
from mainstay.signals.models import Closing, Reason, Signal
from mainstay.signals.selectors import labels
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of, whole_number
from mainstay.web.signals.forms import AssignForm, DismissForm
from mainstay.web.signals.kinds import label_of
from mainstay.web.undo import undo_url, undoes

# A page has fifty rows; more cannot be ticked.
MOST = 200
LONGEST_SNOOZE_DAYS = 365


@require_POST
@needs_role(Role.CSM)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Seen and taken on."""
    return _acknowledge(request, [_signal(pk)])


@require_POST
@needs_role(Role.CSM)
def acknowledge_ticked(request: HttpRequest) -> HttpResponse:
    """Every ticked signal was seen."""
    return _acknowledge(request, _ticked(request))


def _acknowledge(request: HttpRequest, signals: Sequence[Signal]) -> HttpResponse:
    undo, user, now = _undo(request, signals), user_of(request), utc_now()
    with transaction.atomic():
        for signal in signals:
            services.acknowledge(signal, by=user, now=now)
    toast(request, f"{_said(signals)} acknowledged.", undo=undo)
    return done(request, reverse("signals"))


@require_POST
@needs_role(Role.CSM)
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Not to be shown for a number of days."""
    return _snooze(request, [_signal(pk)])


@require_POST
@needs_role(Role.CSM)
def snooze_ticked(request: HttpRequest) -> HttpResponse:
    """The ticked signals are not to be shown for a number of days."""
    return _snooze(request, _ticked(request))


def _snooze(request: HttpRequest, signals: Sequence[Signal]) -> HttpResponse:
    text = request.POST.get("days", "")
    days = whole_number(text)
    if days is None or not 1 <= days <= LONGEST_SNOOZE_DAYS:
        raise Invalid(f"A signal can be snoozed for 1 to {LONGEST_SNOOZE_DAYS} days, not for '{text[:20]}'.")
    undo, user, now = _undo(request, signals), user_of(request), utc_now()
    until = now + timedelta(days=days)
    with transaction.atomic():
        for signal in signals:
            services.snooze(signal, until=until, by=user, now=now)
    toast(request, f"{_said(signals)} snoozed until {timezone.localtime(until):%-d %B}.", undo=undo)
    return done(request, reverse("signals"))


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask who looks after a signal, then give it to her."""
    return _assign(request, [_signal(pk)], reverse("signal-assign", args=[pk]))


@require_POST
@needs_role(Role.CSM)
def assign_ticked(request: HttpRequest) -> HttpResponse:
    """Ask who looks after the ticked signals, then give them to her."""
    return _assign(request, _ticked(request), reverse("signals-assign"))


def _assign(request: HttpRequest, signals: Sequence[Signal], action: str) -> HttpResponse:
    asked = "assignee" in request.POST
    start = {"assignee": signals[0].assignee_id} if len(signals) == 1 else {}
    form = AssignForm(request.POST if asked else None, initial=start)
    if not (asked and form.is_valid()):
        return _form(request, form, signals, title=f"Assign {_said(signals)}", action=action, submit="Assign")
    undo, user, to, now = _undo(request, signals), user_of(request), form.cleaned_data["assignee"], utc_now()
    with transaction.atomic():
        for signal in signals:
            services.assign(signal, to=to, by=user, now=now)
    toast(request, f"{_said(signals)} given to {to or 'the owner of the account'}.", undo=undo)
    return done(request, reverse("signals"))


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why a signal is nothing to act on, then close it."""
    return _dismiss(request, [_signal(pk)], reverse("signal-dismiss", args=[pk]))


@require_POST
@needs_role(Role.CSM)
def dismiss_ticked(request: HttpRequest) -> HttpResponse:
    """Ask why the ticked signals are nothing to act on, then close them."""
    return _dismiss(request, _ticked(request), reverse("signals-dismiss"))


def _dismiss(request: HttpRequest, signals: Sequence[Signal], action: str) -> HttpResponse:
    asked = "note" in request.POST
    form = DismissForm(request.POST if asked else None)
    if not (asked and form.is_valid()):
        return _form(request, form, signals, title=f"Dismiss {_said(signals)}", action=action, submit="Dismiss")
    undo, user, now = _undo(request, signals), user_of(request), utc_now()
    reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
    with transaction.atomic():
        for signal in signals:
            services.dismiss(signal, reason, note=note, by=user, now=now)
    toast(request, f"{_said(signals)} dismissed: {Reason(reason).label.lower()}.", undo=undo)
    return done(request, reverse("signals"))


@require_POST
@needs_role(Role.CSM)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Neither acknowledged, snoozed nor dismissed any more."""
    signal = _signal(pk)
    user, now = user_of(request), utc_now()
    if signal.closing == Closing.DISMISSED:
        services.take_back_dismissal(signal, by=user, now=now)
        toast(request, f"{_said([signal])} is open again.")
        return done(request, reverse("signals"))
    undo = _undo(request, [signal])
    services.reopen(signal, by=user, now=now)
    toast(request, f"{_said([signal])} is open again.", undo=undo)
    return done(request, reverse("signals"))


def _undo(request: HttpRequest, signals: Sequence[Signal]) -> str:
    """The address that brings the signals back to where they are now."""
    return undo_url(request, "signals", [_state(signal) for signal in signals]) if signals else ""


def _state(signal: Signal) -> list[Any]:
    snoozed = signal.snoozed_until
    return [signal.pk, signal.acknowledged_at is not None, snoozed and snoozed.isoformat(), signal.assignee_id]


@undoes("signals")
def _bring_back(request: HttpRequest, payload: list[list[Any]]) -> str:
    user = user_of(request)
    signals = Signal.objects.select_related("account", "assignee").in_bulk([state[0] for state in payload])
    with transaction.atomic():
        for state in payload:
            if state[0] in signals:
                _bring_one_back(signals[state[0]], state, by=user)
    return f"{plural(len(payload), 'signal')} as before."


def _bring_one_back(signal: Signal, state: Sequence[Any], *, by: User) -> None:
    """To a former `_state`, by whichever one thing was done to it since."""
    now, (_, was_acknowledged, snoozed_until, assignee) = utc_now(), state
    until = datetime.fromisoformat(snoozed_until) if snoozed_until else None
    if signal.closing == Closing.DISMISSED:
        services.take_back_dismissal(signal, by=by, now=now)
        return
    if signal.assignee_id != assignee:
        services.assign(signal, to=User.objects.filter(pk=assignee).first(), by=by, now=now)
        return
    services.reopen(signal, by=by, now=now)
    if was_acknowledged:
        services.acknowledge(signal, by=by, now=now)
    if until is not None and until > now:
        services.snooze(signal, until=until, by=by, now=now)


def _form(request: HttpRequest, form: Any, signals: Sequence[Signal], **context: str) -> HttpResponse:
    """The form in the dialog, or on a page of its own without script."""
    values = {**context, "form": form, "signals": signals if len(signals) > 1 else [], "cancel": reverse("signals")}
    return render(request, "signals/form.html", values, status=422 if form.errors else 200)


def _said(signals: Sequence[Signal]) -> str:
    if len(signals) != 1:
        return plural(len(signals), "signal")
    return f"“{label_of(signals[0].kind, labels())}” at {signals[0].account.name}"


def _signal(pk: int) -> Signal:
    return get_object_or_404(Signal.objects.select_related("account", "assignee"), pk=pk)


def _ticked(request: HttpRequest) -> list[Signal]:
    ids = [pk for text in request.POST.getlist("signal")[:MOST] if (pk := whole_number(text)) is not None]
    return list(Signal.objects.filter(pk__in=ids).select_related("account", "assignee").order_by("pk"))
