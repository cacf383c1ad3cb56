"""Fields that forms of several areas share."""

from typing import Any

from django import forms

from mainstay.people.models import Role, User


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A user who can own accounts and tasks, and look after signals."""

    def __init__(self, **options: Any) -> None:
        users = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name", "pk")
        super().__init__(users, **options)
