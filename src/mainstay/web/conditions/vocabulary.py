"""What completion offers: the fields, and for texts the values in use."""

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from mainstay.accounts.models import Account
from mainstay.people.models import User
from mainstay.scores.models import Band
from mainstay.segments.models import Segment
from mainstay.web.conditions.scope import Scope, fields_of, group_of

# Reading the values in use scans all accounts.
SECONDS = 300
MOST = 100
_IN_USE = ("tier", "stage", "industry", "country")
_BANDS = {"band": [band.value for band in Band], "previous_band": ["", *(band.value for band in Band)]}


def vocabulary(scope: Scope) -> dict[str, Any]:
    """`{fields: [{name, type, label, group}], values: {field: [text]}, segments: [{key, name}]}`."""
    fields = fields_of(scope)
    return {
        "fields": [
            {"name": field.name, "type": field.type.value, "label": field.label, "group": group_of(field.name)}
            for field in fields.values()
        ],
        "values": {name: list(found) for name in fields if (found := values_of(name))},
        "segments": list(Segment.objects.filter(is_shared=True).values("key", "name")) if scope is Scope.ALL else [],
    }


def values_of(name: str) -> Sequence[str]:
    """The values of a text field that is known to have few; empty for the others."""
    if name in _BANDS:
        return _BANDS[name]
    if name == "owner":
        people = User.objects.filter(is_active=True).order_by("email").values_list("email", flat=True)
        return list(people[:MOST])
    return _in_use(name) if name in _IN_USE else []


def _in_use(name: str) -> Sequence[str]:
    def read() -> list[str]:
        found = Account.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
        return list(found[:MOST])

    values: list[str] = cache.get_or_set(f"condition-values-{name}", read, SECONDS) or []
    return values
