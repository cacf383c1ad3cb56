"""The form of a segment."""

from django import forms

from mainstay.web.conditions.fields import ConditionField


class SegmentForm(forms.Form):
    """A condition worth a name."""

    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autofocus": True}))
    condition = ConditionField(rows=4)
    is_shared = forms.BooleanField(required=False, label="Share with everybody")
