"""The pulse: what the CSM thinks of an account, with the reason and until when. Given, withdrawn, taken back."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.selectors import account_by_key
from mainstay.common.time import utc_now
from mainstay.interactions import services
from mainstay.interactions.errors import BadPulse
from mainstay.interactions.models import Pulse
from mainstay.people.models import Role
from mainstay.web.accounts.forms import DateInput
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.undo import undo_url, undoes

# The middle of each band of the shipped scorecards, so that a pulse in words does not sit on a line.
SCORES = {"green": 90, "yellow": 65, "red": 25}
LASTS = timedelta(days=90)


class PulseForm(forms.Form):
    """A band, or a number for who wants to be exact."""

    band = forms.ChoiceField(
        label="How is this account?",
        choices=[("green", "Healthy (90)"), ("yellow", "Moderate (65)"), ("red", "At risk (25)")],
        widget=forms.RadioSelect,
        required=False,
    )
    score = forms.IntegerField(label="Or exactly", required=False, min_value=0, max_value=100, help_text="0 to 100.")
    reason = forms.CharField(
        label="What makes you think so?", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    expires_on = forms.DateField(
        label="Expires", widget=DateInput(), help_text="From this day on it no longer counts: look again then."
    )

    def clean(self) -> dict[str, object]:
        """One of the two ways to say it."""
        values = super().clean() or {}
        if values.get("score") is None:
            if not values.get("band"):
                self.add_error("band", "Choose a band, or give a number below.")
            values["score"] = SCORES.get(str(values.get("band")))
        return values


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def give(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a pulse and keep it."""
    account, now = account_by_key(key), utc_now()
    form = PulseForm(request.POST or None, initial={"expires_on": now.date() + LASTS})
    if form.is_valid():
        values = form.cleaned_data
        try:
            made = services.give_pulse(
                account,
                score=values["score"],
                reason=values["reason"],
                expires_on=values["expires_on"],
                by=user_of(request),
                now=now,
            )
        except BadPulse as error:
            form.add_error(None, error.message)
        else:
            toast(request, "Pulse saved. The score follows in a moment.", undo=undo_url(request, "pulse", made.pk))
            return done(request, reverse("account", args=[key]))
    context = {
        "form": form,
        "title": f"Pulse of {account.name}",
        "action": reverse("pulse-new", args=[key]),
        "submit": "Save pulse",
        "cancel": reverse("account", args=[key]),
    }
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)


@require_POST
@needs_role(Role.CSM)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pulse before its time."""
    pulse = get_object_or_404(Pulse.objects.select_related("account"), pk=pk)
    services.withdraw_pulse(pulse, by=user_of(request), now=utc_now())
    toast(request, "Pulse withdrawn.", undo=undo_url(request, "pulse-withdrawn", pulse.pk))
    return done(request, reverse("account", args=[pulse.account.key]))


@undoes("pulse")
def _undo_give(request: HttpRequest, payload: int) -> str:
    for pulse in Pulse.objects.filter(pk=payload, user=user_of(request)).select_related("account"):
        services.take_back_pulse(pulse, by=user_of(request))
    return "Pulse taken back."


@undoes("pulse-withdrawn")
def _undo_withdraw(request: HttpRequest, payload: int) -> str:
    for pulse in Pulse.objects.filter(pk=payload).select_related("account"):
        services.restore_pulse(pulse, by=user_of(request), now=utc_now())
    return "The pulse counts again."
