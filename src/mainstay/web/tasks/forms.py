"""Forms of tasks."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from mainstay.accounts.models import Account
from mainstay.web.account_search import accounts_named
from mainstay.web.accounts.forms import DateInput, end_of_day
from mainstay.web.accounts.forms import TaskForm as AccountTaskForm
from mainstay.web.fields import OwnerField
from mainstay.web.tasks.filters import start_of


class AccountField(forms.CharField):
    """An account by its key or its name: with 100,000 of them a list to choose from would not help."""

    def clean(self, value: Any) -> Account | None:
        """The account, None for an empty field."""
        text = str(super().clean(value)).strip()
        if not text:
            return None
        named = accounts_named(text, Account.objects.all())
        if len(named) != 1:
            problem = "Several accounts are" if named else "No account is"
            raise forms.ValidationError(f"{problem} called “{text[:100]}”. Give the key of one.")
        return named[0]


class TaskForm(AccountTaskForm):
    """A task by hand, for any account or for none."""

    account = AccountField(required=False, help_text="Its name or its key.")
    owner = OwnerField(required=False, label="For", empty_label="Nobody yet")
    field_order = ("title", "account", "why", "due_on", "owner")


class PostponeForm(forms.Form):
    """Another due time: days from today, or a date."""

    days = forms.IntegerField(required=False, min_value=1, max_value=730)
    due_on = forms.DateField(required=False, label="Due", widget=DateInput())

    def clean(self) -> dict[str, Any]:
        """One of the two must be given."""
        values = super().clean() or {}
        if not values.get("days") and not values.get("due_on"):
            raise forms.ValidationError("Choose a day.")
        return values

    def until(self, today: date) -> datetime:
        """The end of the day that was chosen."""
        day = self.cleaned_data["due_on"] or today + timedelta(days=self.cleaned_data["days"])
        end = end_of_day(day)
        assert end is not None  # only a missing day has no end
        return end


class SnoozeForm(forms.Form):
    """Out of sight until tomorrow, next Monday, or a day."""

    until = forms.ChoiceField(
        required=False,
        choices=[("tomorrow", "Tomorrow"), ("week", "Next Monday"), ("day", "A day")],
        initial="tomorrow",
        label="Until",
    )
    until_on = forms.DateField(
        required=False, label="Day", widget=DateInput(), help_text="Only where you chose a day. Due dates stay."
    )

    def clean(self) -> dict[str, Any]:
        """A day must be given, one way or the other."""
        values = super().clean() or {}
        if values.get("until") not in ("tomorrow", "week") and not values.get("until_on"):
            raise forms.ValidationError("Choose until when: tomorrow, next Monday, or a day.")
        return values

    def at(self, today: date) -> datetime:
        """The first instant of the day that was chosen."""
        match self.cleaned_data["until"]:
            case "tomorrow":
                day = today + timedelta(days=1)
            case "week":
                day = today + timedelta(days=7 - today.weekday())
            case _:
                day = self.cleaned_data["until_on"]
        return start_of(day)


class OwnerForm(forms.Form):
    """Somebody else to do it."""

    owner = OwnerField(required=False, empty_label="Nobody", label="For")
