"""The condition editor as a field of a form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from mainstay.conditions import ConditionError
from mainstay.web.conditions.checking import Check, check
from mainstay.web.conditions.scope import Scope, parse_in

PLACEHOLDERS = {
    Scope.ALL: "arr >= 50000 and days_to_renewal between 0 and 90",
    Scope.ACCOUNT: "tier = 'enterprise' and not churned",
}


class ConditionInput(forms.Textarea):
    """The textarea with its check below it."""

    def __init__(self, *, scope: Scope = Scope.ALL, rows: int = 3) -> None:
        super().__init__()
        self.scope, self.rows = scope, rows

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """As every condition editor looks."""
        options = dict(attrs or {})
        return editor(
            name,
            str(value or ""),
            scope=self.scope,
            rows=self.rows,
            field_id=str(options.get("id", f"id_{name}")),
            described_by=str(options.get("aria-describedby", "")),
        )


class ConditionField(forms.CharField):
    """A condition that can be taken; its text, trimmed. What is refused is told in the editor, with its place."""

    # `parts/field.html` does not repeat below the editor what that says of a text.
    tells_itself = True

    def __init__(self, *, scope: Scope = Scope.ALL, rows: int = 3, **options: Any) -> None:
        self.scope = scope
        super().__init__(widget=ConditionInput(scope=scope, rows=rows), **options)

    def validate(self, value: str) -> None:
        """Refuse what is no condition."""
        super().validate(value)
        if value:
            try:
                parse_in(self.scope, value)
            except ConditionError as error:
                raise forms.ValidationError(error.reason) from error


def editor(
    name: str,
    text: str,
    *,
    scope: Scope = Scope.ALL,
    rows: int = 3,
    field_id: str = "",
    described_by: str = "",
    is_hidden: bool = False,
) -> SafeString:
    """The editor's HTML, checked as it stands; `is_hidden`: checked when somebody turns to it."""
    found_id = field_id or f"id_{name}"
    context = {
        "name": name,
        "text": text,
        "scope": scope.value,
        "rows": rows,
        "field_id": found_id,
        "described_by": f"{described_by} {found_id}-check".strip(),
        "placeholder": PLACEHOLDERS[scope],
        "is_hidden": is_hidden,
        "check": Check() if is_hidden else check(text, scope),
    }
    return render_to_string("conditions/editor.html", context)
