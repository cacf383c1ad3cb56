"""Forms of kinds of signals: the editor, its YAML, and why."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from mainstay.segments.fields import condition_fields
from mainstay.signals.document import MOST_DAYS, Document, check, read, to_yaml
from mainstay.signals.errors import BadDefinition
from mainstay.signals.kind import build
from mainstay.signals.selectors import declared
from mainstay.web.conditions.fields import ConditionField
from mainstay.web.kinds.listing import CATEGORIES

SEVERITIES = (("critical", "Critical: to be looked at today"), ("warning", "Warning"), ("info", "Info: good to know"))
HOLDS = (("", "Open at once"), ("days", "days without a break"), ("periods", "days in a row that were looked at"))
MONEY = (
    ("arr", "ARR of the account"),
    ("renewal", "ARR that renews within 90 days"),
    ("expansion", "A part of the ARR, to be won"),
    ("none", "No money"),
)
EVIDENCE_ROWS, EMPTY_ROWS = 8, 3
# Where the form keeps what the document has under another name.
_PLACES = {"holds_for": "hold_number", "at_stake": "stake_money", "evidence": "evidence_1_field"}


class ReasonForm(forms.Form):
    """Why a kind is changed; kept with its version."""

    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Why",
        help_text="Stands beside the version, for whoever wonders later.",
    )


class _Documented(forms.Form):
    """A form that says a kind: `document` once it is valid. `key`: that of the kind that is changed."""

    def __init__(self, data: MultiValueDict[str, str] | None, *, initial: dict[str, Any], key: str = "") -> None:
        self.document: Document | None = None
        self.fixed_key = key
        super().__init__(data, initial=initial)

    def built(self, document: Document, *, origin: str) -> Document:
        """The document, if it can be looked for and its key is its own. Raises BadDefinition."""
        build(document, origin=origin)
        if self.fixed_key and document.key != self.fixed_key:
            raise BadDefinition(f"The key is '{self.fixed_key}' and cannot change; write it as it was.")
        if not self.fixed_key and document.key in declared():
            reason = f"There is a kind with the key '{document.key}' already. Choose another key, or change that one."
            raise BadDefinition(reason, details={"field": "key", "reason": reason})
        return document


class KindForm(_Documented):
    """A kind of signal. `document` is what it says; an error of the document stands at its field."""

    label = forms.CharField(max_length=100, label="Name", widget=forms.TextInput(attrs={"autofocus": True}))
    key = forms.CharField(
        max_length=60,
        required=False,
        label="Key",
        help_text="Small letters, digits and underscores; it cannot change later. Made from the name when empty.",
    )
    description = forms.CharField(max_length=300, label="Meaning", help_text="One sentence, for whoever sees one.")
    category = forms.ChoiceField(choices=list(CATEGORIES.items()))
    severity = forms.ChoiceField(choices=SEVERITIES)
    condition = ConditionField(label="Opens when", rows=3)
    hold_number = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        label="Must hold for",
        widget=forms.NumberInput(attrs={"aria-label": "Must hold for"}),
    )
    hold_unit = forms.ChoiceField(
        required=False,
        choices=HOLDS,
        label="Unit of the hold time",
        widget=forms.Select(attrs={"aria-label": "Unit of the hold time"}),
    )
    closes = ConditionField(
        required=False,
        rows=2,
        label="Closes when",
        help_text="Empty: when the condition above is definitely false. A line further away keeps it from flapping.",
    )
    pause_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=365,
        label="Pause after closing",
        help_text="Days before it may open again on the same account.",
    )
    stake_money = forms.ChoiceField(choices=MONEY, label="At stake")
    stake_percent = forms.IntegerField(required=False, min_value=1, max_value=200, label="Percent of the ARR")
    summary = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One sentence with the values: {seat_use.now}, {seat_use.then} of the evidence below, or {cause}.",
    )
    summary_without_history = forms.CharField(
        required=False,
        max_length=300,
        label="Summary without history",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For accounts of which nothing is kept that far back.",
    )
    enabled = forms.BooleanField(required=False, label="Switched on")

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, former: Document | None = None, key: str = ""
    ) -> None:
        initial = _initial(former) if former else {"enabled": True, "severity": "warning"}
        super().__init__(data, initial=initial, key=key)
        for number in range(1, EVIDENCE_ROWS + 1):
            self.fields[f"evidence_{number}_field"] = forms.CharField(
                required=number == 1,
                label=f"Value {number}",
                widget=forms.TextInput(attrs={"list": "kind-fields", "autocomplete": "off", "spellcheck": "false"}),
            )
            self.fields[f"evidence_{number}_days"] = forms.IntegerField(
                required=False, min_value=1, max_value=365, label=f"Value {number}: days ago"
            )

    @property
    def evidence_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each value, beside how long ago its value before was."""
        given = [number for number in range(1, EVIDENCE_ROWS + 1) if self[f"evidence_{number}_field"].value()]
        for number in range(1, min(EVIDENCE_ROWS, max(given, default=0) + EMPTY_ROWS) + 1):
            yield self[f"evidence_{number}_field"], self[f"evidence_{number}_days"]

    def clean(self) -> dict[str, Any]:
        """The document, built with its conditions."""
        values = super().clean() or {}
        if not self.errors:
            try:
                self.document = self.built(check(self._content(values), origin="This kind"), origin="This kind")
            except BadDefinition as error:
                self._tell(error)
        return values

    def _tell(self, error: BadDefinition) -> None:
        place = str(error.details.get("field", ""))
        field = _PLACES.get(place, place)
        said = str(error.details.get("reason") or error.message)
        self.add_error(field if field in self.fields else None, said[:1].upper() + said[1:])

    def _content(self, values: Mapping[str, Any]) -> dict[str, Any]:
        same = ("label", "description", "category", "severity", "condition", "closes", "summary", "enabled",
                "summary_without_history")  # fmt: skip
        content: dict[str, Any] = {name: values[name] for name in same} | {
            "key": self.fixed_key or values.get("key") or key_of(values["label"]),
            "pause_days": values["pause_days"] or 0,
            "at_stake": {"money": values["stake_money"]},
            "evidence": list(_evidence(values)),
        }
        if values["stake_money"] == "expansion" and values["stake_percent"]:
            content["at_stake"]["percent"] = values["stake_percent"]
        if values["hold_unit"]:
            content["holds_for"] = {values["hold_unit"]: values["hold_number"]}
        return content


class YamlForm(_Documented):
    """The same as text."""

    yaml = forms.CharField(
        label="The kind as YAML",
        widget=forms.Textarea(attrs={"rows": 26, "class": "mono", "spellcheck": "false"}),
        max_length=20_000,
    )

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, former: Document | None = None, key: str = ""
    ) -> None:
        super().__init__(data, initial={"yaml": to_yaml(former) if former else ""}, key=key)

    def clean_yaml(self) -> str:
        """The text; a document that can be built."""
        text = str(self.cleaned_data["yaml"])
        try:
            self.document = self.built(read(text, origin="The text"), origin="The text")
        except BadDefinition as error:
            raise forms.ValidationError(error.message) from error
        return text


def key_of(label: str) -> str:
    """A key made of a name: `Seats are filling up` becomes `seats_are_filling_up`."""
    key = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return f"kind_{key}"[:60] if not key or not key[0].isalpha() else key[:60]


def field_names() -> list[tuple[str, str]]:
    """What evidence can be: names and what they are called."""
    return sorted((field.name, field.label) for field in condition_fields().values())


def _evidence(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number in range(1, EVIDENCE_ROWS + 1):
        name, days = values.get(f"evidence_{number}_field"), values.get(f"evidence_{number}_days")
        if name:
            yield {"field": name, "days_ago": days}


def _initial(document: Document) -> dict[str, Any]:
    hold = document.holds_for
    initial: dict[str, Any] = document.model_dump() | {
        "hold_number": hold and (hold.days or hold.periods),
        "hold_unit": "" if hold is None else "days" if hold.days else "periods",
        "stake_money": document.at_stake.money,
        "stake_percent": document.at_stake.percent if document.at_stake.money == "expansion" else None,
    }
    for number, item in enumerate(document.evidence, 1):
        initial |= {f"evidence_{number}_field": item.field, f"evidence_{number}_days": item.days_ago}
    return initial
