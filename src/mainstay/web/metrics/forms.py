"""The form of a metric of one's own."""

from collections.abc import Mapping
from typing import Any

from django import forms

from mainstay.metrics.errors import BadMetric
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import Direction, Unit
from mainstay.web.metrics import operations


class MetricForm(forms.Form):
    """A metric: what it is called, and the fields of its operation, made from the document of that operation."""

    label = forms.CharField(max_length=60, label="Name", widget=forms.TextInput(attrs={"autofocus": True}))
    key = forms.CharField(
        max_length=50, label="Key", help_text="Its name in conditions, scorecards and files. It cannot change later."
    )
    description = forms.CharField(max_length=300, label="What it measures, in one sentence")
    unit = forms.ChoiceField(choices=[(unit.value, unit.value) for unit in Unit], initial=Unit.COUNT.value)
    direction = forms.ChoiceField(
        label="Better",
        initial=Direction.NONE.value,
        choices=[(Direction.UP, "more"), (Direction.DOWN, "less"), (Direction.NONE, "neither")],
    )
    operation = forms.ChoiceField(label="Made of", choices=list(operations.LABELS.items()))

    def __init__(self, data: Any = None, *, content: Mapping[str, Any] | None = None, is_new: bool = True) -> None:
        """`content`: the document to begin from, as it is stored."""
        super().__init__(data, initial=_initial(content or {}))
        given = data or self.initial
        self.chosen = _known(given.get("operation"), operations.models())
        of = _known(given.get("value.of.operation"), operations.counted())
        for path, field in operations.fields_of(self.chosen, of=of).items():
            self.fields[f"value.{path}"] = field
        if not is_new:
            self.fields["key"].disabled = True

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of the operation."""
        return [field for field in self if field.name.startswith("value.")]

    @property
    def head_fields(self) -> list[forms.BoundField]:
        """What every metric has."""
        return [field for field in self if not field.name.startswith("value.") and field.name != "operation"]

    def content(self) -> dict[str, Any]:
        """The document as JSON; what was left empty is left out, so that its default holds."""
        values = self.cleaned_data
        content: dict[str, Any] = {name: values[name] for name in ("key", "label", "description", "unit", "direction")}
        value: dict[str, Any] = {"operation": self.chosen}
        for name, given in values.items():
            if name.startswith("value.") and given not in ("", None, [], {}):
                target = value
                *folders, last = name.removeprefix("value.").split(".")
                for folder in folders:
                    target = target.setdefault(folder, {})
                target[last] = given
        return {**content, "value": value}

    def document(self) -> Document | None:
        """The document of a valid form; None, with each problem at its field, when it cannot be taken."""
        try:
            return check(self.content(), origin="The metric")
        except BadMetric as error:
            self.take(error)
            return None

    def take(self, error: BadMetric) -> None:
        """Put each problem of a refused metric at its field; what belongs to none stands on top."""
        for problem in error.details.get("problems") or [{"path": "", "message": error.message}]:
            path, message = str(problem["path"]), str(problem["message"])
            said = message.removeprefix(f"{path}: ")
            steps = path.split(".")
            places = [".".join(steps[:length]) for length in range(len(steps), 0, -1)]
            name = next((place for place in [*places, f"value.{path}"] if place in self.fields), None)
            self.add_error(name, said[:1].upper() + said[1:])


def _known(given: Any, operations: Mapping[str, object]) -> str:
    return str(given) if given in operations else "count"


def _initial(content: Mapping[str, Any]) -> dict[str, Any]:
    value = dict(content.get("value") or {})
    found = {name: content[name] for name in ("key", "label", "description", "unit", "direction") if name in content}
    if "operation" in value:
        found["operation"] = value.pop("operation")
    of = value.pop("of", None)
    if isinstance(of, Mapping):
        found |= {f"value.of.{name}": one for name, one in of.items()}
    elif of is not None:
        found["value.of"] = of
    return found | {f"value.{name}": one for name, one in value.items()}
