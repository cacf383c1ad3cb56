"""Forms of what somebody asks to be told."""

from typing import Any

from django import forms

from mainstay.alerts.models import Channel, Preferences, Rhythm, Rule, Scope, Timing
from mainstay.alerts.services import MOST_BUDGET, NewRule
from mainstay.web.kinds.listing import CATEGORIES
from mainstay.web.signals.listing import SEVERITIES

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KEEP = "••••••••"


class PreferencesForm(forms.Form):
    """The digest, the budget and the chat."""

    rhythm = forms.ChoiceField(choices=Rhythm.choices, label="Digest")
    weekday = forms.TypedChoiceField(choices=list(enumerate(WEEKDAYS)), coerce=int, label="On", required=False)
    hour = forms.TypedChoiceField(choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, label="At")
    scope = forms.ChoiceField(choices=Scope.choices, label="About")
    budget = forms.IntegerField(
        min_value=0,
        max_value=MOST_BUDGET,
        label="Alerts a day that go out at once",
        help_text="The most valuable first: money at stake times severity. The rest waits for the digest.",
    )
    webhook = forms.CharField(
        required=False,
        max_length=500,
        label="Chat webhook",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="An incoming webhook of Slack, Mattermost or the like: https://hooks.slack.com/services/…",
    )

    @classmethod
    def of(cls, preferences: Preferences | None, data: Any = None) -> "PreferencesForm":
        """With what was saved. The webhook is a secret: that there is one is all that is shown."""
        found = preferences or Preferences()
        initial = {name: getattr(found, name) for name in ("rhythm", "weekday", "hour", "scope", "budget")}
        return cls(data, initial={**initial, "webhook": KEEP if found.webhook else ""})


class RuleForm(forms.Form):
    """One rule. Without a severity or a category ticked it is about every one."""

    severities = forms.MultipleChoiceField(
        choices=list(SEVERITIES.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        choices=list(CATEGORIES.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    scope = forms.ChoiceField(choices=Scope.choices, label="About", initial=Scope.MINE)
    timing = forms.ChoiceField(choices=Timing.choices, label="When", initial=Timing.AT_ONCE)
    channels = forms.MultipleChoiceField(choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple)

    @property
    def rule(self) -> NewRule:
        """What it says, once it is valid."""
        values = self.cleaned_data
        return NewRule(
            timing=Timing(values["timing"]),
            channels=tuple(Channel(one) for one in values["channels"]),
            categories=tuple(values["categories"]),
            severities=tuple(values["severities"]),
            scope=Scope(values["scope"]),
        )


RuleForms = forms.formset_factory(RuleForm, extra=1, can_delete=True, max_num=12)


def initial_of(rule: Rule) -> dict[str, Any]:
    """A saved rule as the form takes it."""
    return {name: getattr(rule, name) for name in ("severities", "categories", "scope", "timing", "channels")}
