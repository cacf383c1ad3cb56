"""What can be done with signals: acknowledge, snooze, reopen. All of it can be taken back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.signals import services
from mainstay.signals.models import Signal
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of
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
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_SNOOZE_DAYS:
        raise Invalid(f"A signal can be snoozed for 1 to {LONGEST_SNOOZE_DAYS} days, not for '{text}'.")
    undo, user, now = _undo(request, signals), user_of(request), utc_now()
    until = now + timedelta(days=int(text))
    with transaction.atomic():
        for signal in signals:
            services.snooze(signal, until=until, by=user, now=now)
    toast(request, f"{_said(signals)} snoozed until {timezone.localtime(until):%-d %B}.", undo=undo)
    return done(request, reverse("signals"))


@require_POST
@needs_role(Role.CSM)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Neither acknowledged nor snoozed any more."""
    signal = _signal(pk)
    undo = _undo(request, [signal])
    services.reopen(signal, by=user_of(request), now=utc_now())
    toast(request, f"{_said([signal])} is open again.", undo=undo)
    return done(request, reverse("signals"))


def _undo(request: HttpRequest, signals: Sequence[Signal]) -> str:
    """The address that brings the signals back to where they are now."""
    return undo_url(request, "signals", [_state(signal) for signal in signals]) if signals else ""


def _state(signal: Signal) -> list[Any]:
    snoozed = signal.snoozed_until
    return [signal.pk, signal.acknowledged_at is not None, snoozed and snoozed.isoformat()]


@undoes("signals")
def _bring_back(request: HttpRequest, payload: list[list[Any]]) -> str:
    user, now = user_of(request), utc_now()
    signals = Signal.objects.in_bulk([pk for pk, _, _ in payload])
    with transaction.atomic():
        for pk, was_acknowledged, snoozed_until in payload:
            if pk not in signals:
                continue
            services.reopen(signals[pk], by=user, now=now)
            if was_acknowledged:
                services.acknowledge(signals[pk], by=user, now=now)
            until = datetime.fromisoformat(snoozed_until) if snoozed_until else None
            if until is not None and until > now:
                services.snooze(signals[pk], until=until, by=user, now=now)
    return f"{plural(len(payload), 'signal')} as before."


def _said(signals: Sequence[Signal]) -> str:
    if len(signals) != 1:
        return plural(len(signals), "signal")
    return f"“{label_of(signals[0].kind)}” at {signals[0].account.name}"


def _signal(pk: int) -> Signal:
    return get_object_or_404(Signal.objects.select_related("account"), pk=pk)


def _ticked(request: HttpRequest) -> list[Signal]:
    ids = [int(text) for text in request.POST.getlist("signal")[:MOST] if text.isdecimal()]
    return list(Signal.objects.filter(pk__in=ids).select_related("account"))
