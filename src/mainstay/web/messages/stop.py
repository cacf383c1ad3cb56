"""The emergency stop: on, off, and both taken back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.deliveries.stopping import resume_sending, stop_sending
from mainstay.people.models import Role
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.undo import undo_url, undoes


class StopForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Why",
        help_text="Everybody reads it in the banner.",
        widget=forms.TextInput(attrs={"autofocus": True, "placeholder": "A wrong link in the welcome mail"}),
    )


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def stop(request: HttpRequest) -> HttpResponse:
    """Ask why, then stop."""
    form = StopForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        stop_sending(by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now())
        toast(request, "All sending is stopped.", undo=undo_url(request, "sending-stopped", {}))
        return done(request, reverse("messages"))
    text = (
        "From the next message on nothing leaves Mainstay, to nobody and over no channel, until somebody resumes it. "
        "What waits is kept and goes then."
    )
    context = {"title": "Stop all sending?", "form": form, "text": text, "submit": "Stop all sending"}
    context |= {"submit_css": "red", "action": reverse("messages-stop"), "cancel": reverse("messages")}
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)


@require_POST
@needs_role(Role.MANAGER)
def resume(request: HttpRequest) -> HttpResponse:
    """Lift the stop."""
    if resume_sending(by=user_of(request), now=utc_now()):
        toast(request, "Sending goes on. What waited goes first.", undo=undo_url(request, "sending-resumed", {}))
    return done(request, reverse("messages"))


@undoes("sending-stopped")
def _undo_stop(request: HttpRequest, payload: Any) -> str:
    resume_sending(by=user_of(request), now=utc_now())
    return "Sending goes on."


@undoes("sending-resumed")
def _undo_resume(request: HttpRequest, payload: Any) -> str:
    stop_sending(by=user_of(request), reason="", now=utc_now())
    return "All sending is stopped again."
