"""Forms of opportunities."""

from typing import Any

from django import forms
from django.conf import settings

from mainstay.common.money import Money, exponent, to_minor
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import KIND_NAMES
from mainstay.web.fields import OwnerField
from mainstay.web.tasks.forms import AccountField


class OpportunityForm(forms.Form):
    """What is known of one that is open."""

    title = forms.CharField(max_length=300, label="What it is about", widget=forms.TextInput(attrs={"autofocus": True}))
    why = forms.CharField(required=False, label="Why", max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))
    amount = forms.DecimalField(required=False, min_value=0, max_value=10**12, max_digits=15, decimal_places=3)
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        required=False,
        widget=forms.TextInput(attrs={"size": 4, "maxlength": 3}),
        error_messages={"invalid": "A currency has three letters, as EUR."},
    )
    owner = OwnerField(required=False, label="For", empty_label="Nobody yet")

    @classmethod
    def of(cls, found: Opportunity, data: Any = None) -> "OpportunityForm":
        """With what it says now."""
        amount = Money(found.amount_minor, found.currency).major if found.amount_minor is not None else None
        currency = found.currency or settings.REPORTING_CURRENCY
        said = {"title": found.title, "why": found.why, "amount": amount, "currency": currency, "owner": found.owner_id}
        return cls(data, initial=said)

    def clean(self) -> dict[str, Any]:
        """The amount as money; no finer than its currency is."""
        values = super().clean() or {}
        currency = (values.pop("currency", "") or settings.REPORTING_CURRENCY).upper()
        amount = values.get("amount")
        if amount is not None:
            money = Money(to_minor(amount, currency), currency)
            if money.major != amount:
                raise forms.ValidationError(
                    {"amount": f"{currency} has {exponent(currency)} decimals; write the amount with no more."}
                )
            values["amount"] = money
        return values


class NewOpportunityForm(OpportunityForm):
    """Also what it is, and of which account."""

    kind = forms.ChoiceField(choices=[(kind.value, name) for kind, name in KIND_NAMES.items()])
    account = AccountField(help_text="Its name or its key.")
    field_order = ("kind", "account", "title", "why", "amount", "currency", "owner")
