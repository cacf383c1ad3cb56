"""Forms of signals."""

from typing import Any

from django import forms

from mainstay.signals.models import Reason
from mainstay.web.fields import OwnerField


class AssignForm(forms.Form):
    """Who looks after it."""

    assignee = OwnerField(required=False, label="Looked after by", empty_label="The owner of the account")


class DismissForm(forms.Form):
    """Why a signal is nothing to act on."""

    reason = forms.ChoiceField(choices=Reason.choices, widget=forms.RadioSelect, label="Why")
    note = forms.CharField(
        required=False,
        label="In your words",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the values it rested on, so that the kind can be made better.",
    )

    def clean(self) -> dict[str, Any]:
        """Something else has to be said."""
        values = super().clean() or {}
        if values.get("reason") == Reason.OTHER and not values.get("note", "").strip():
            self.add_error("note", "Say in a few words what it was.")
        return values
