"""Forms of the Portfolio."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from mainstay.accounts.models import Account
from mainstay.accounts.selectors import team_of
from mainstay.accounts.team import TEAM_ROLES
from mainstay.web.fields import OwnerField


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def end_of_day(day: date | None) -> datetime | None:
    """A due date means the end of that day where the user is."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time(23, 59)))


class TaskForm(forms.Form):
    """A task by hand, for one account or for many."""

    title = forms.CharField(
        max_length=300, label="What is to be done", widget=forms.TextInput(attrs={"autofocus": True})
    )
    why = forms.CharField(required=False, label="Why", widget=forms.Textarea(attrs={"rows": 2}))
    due_on = forms.DateField(required=False, label="Due", widget=DateInput())
    owner = OwnerField(required=False, label="For", empty_label="The owner of each account")


class NoteForm(forms.Form):
    """A note about an account."""

    text = forms.CharField(
        label="Note",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "autofocus": True}),
        help_text="The first line becomes its title on the timeline.",
    )


class ReassignForm(forms.Form):
    """A new owner."""

    owner = OwnerField(required=False, empty_label="Nobody", label="New owner")


class AccountForm(forms.Form):
    """The basics of an account. The key is what its sources call it; it cannot change."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    key = forms.CharField(
        max_length=200,
        required=False,
        help_text="What your product calls this account (Segment groupId). Made from the name when empty.",
    )
    domain = forms.CharField(max_length=200, required=False)
    industry = forms.CharField(max_length=100, required=False)
    tier = forms.CharField(max_length=50, required=False, help_text="enterprise, mid-market, smb: how it is served")
    stage = forms.CharField(max_length=50, required=False, help_text="onboarding, adoption, renewal, churned")
    owner = OwnerField(required=False, empty_label="Nobody")
    onboarding_specialist = OwnerField(required=False, empty_label="Nobody")
    technical_account_manager = OwnerField(required=False, empty_label="Nobody")
    signed_on = forms.DateField(required=False, label="Customer since", widget=DateInput())

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        self._account = account
        if account is not None:
            own = [name for name in self.base_fields if name != "key" and name not in TEAM_ROLES]
            kwargs["initial"] = {name: getattr(account, name) for name in own} | team_of(account)
        super().__init__(*args, **kwargs)
        if account is not None:
            del self.fields["key"]

    def clean(self) -> dict[str, Any]:
        """A new account has a key that no other has."""
        values = super().clean() or {}
        if self._account is None and values.get("name"):
            values["key"] = values.get("key") or slugify(values["name"]) or values["name"]
            if Account.objects.filter(key=values["key"]).exists():
                message = f"There is an account with the key '{values['key']}' already. Choose another key."
                self.add_error("key", message)
        return values
