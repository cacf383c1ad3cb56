"""The form of a segment."""

from typing import Any

from django import forms

from mainstay.people.models import Role, User
from mainstay.segments.document import MAX_NAME
from mainstay.web.conditions.fields import ConditionField


class SegmentForm(forms.Form):
    """A condition worth a name. Only managers are asked whether to share it: who cannot, keeps it to herself."""

    name = forms.CharField(max_length=MAX_NAME, widget=forms.TextInput(attrs={"autofocus": True}))
    condition = ConditionField(rows=4)
    description = forms.CharField(
        required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}), label="What it is for"
    )
    is_shared = forms.BooleanField(required=False, label="Share with everybody")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_role(Role.MANAGER):
            del self.fields["is_shared"]
