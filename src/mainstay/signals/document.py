"""A kind of signal as people write it (YAML), checked, and written back as YAML.

`Document` is the published form: its JSON is kept word for word in `KindVersion.document`.
"""

import re
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml
from mainstay.segments.fields import condition_fields
from mainstay.signals.errors import BadDefinition

PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(then|now))?\}")
# Held longer than this, a statement is no news any more; the kept history is looked through this far back at most.
MOST_DAYS = 90

type Category = Literal["risk", "expansion", "advocacy", "lifecycle", "data"]
type Severity = Literal["critical", "warning", "info"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class EvidenceDocument(_Strict):
    """A value the signal rests on, and how long ago its value before was (`days_ago`; left out: no value before)."""

    field: str
    days_ago: int | None = Field(default=None, ge=1, le=365)


class HoldDocument(_Strict):
    """For how long the condition must hold before the signal opens: `days` that pass, or `periods`.

    A period is a day on which the refresh looked; the present day is one. Unknown in between begins the wait anew.
    """

    days: int | None = Field(default=None, ge=1, le=MOST_DAYS)
    periods: int | None = Field(default=None, ge=2, le=MOST_DAYS)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.days is None) == (self.periods is None):
            raise ValueError("say either `days: 7` (time that passes) or `periods: 3` (looks in a row), not both")
        return self

    def __str__(self) -> str:
        """`for 7 days`, `at 3 looks in a row`."""
        if self.days is not None:
            return f"for {self.days} {'day' if self.days == 1 else 'days'}"
        return f"on {self.periods} days in a row"


class StakeDocument(_Strict):
    """Which money is at stake: the account's ARR, the ARR that renews next, or a `percent` of ARR to be won."""

    money: Literal["arr", "renewal", "expansion", "none"] = "arr"
    percent: int = Field(default=100, ge=1, le=200)

    @model_validator(mode="after")
    def _percent_is_of_expansion(self) -> Self:
        if self.percent != 100 and self.money != "expansion":
            raise ValueError("`percent` says how much of the ARR an expansion may bring; leave it out here")
        return self


class Document(_Strict):
    """A kind of signal.

    It opens when `condition` holds (for as long as `holds_for` says), and closes when `closes` does (left out: when
    `condition` definitely does not). For `pause_days` after it closed it does not open again. Summaries name values as
    `{field.now}` and `{field.then}`, and `{cause}`: what moved the score.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    label: str = Field(min_length=1, max_length=100)
    description: str = Field(min_length=1, max_length=300)
    category: Category
    severity: Severity
    enabled: bool = True
    condition: str = Field(min_length=1, max_length=4_000)
    closes: str = Field(default="", max_length=4_000)
    holds_for: HoldDocument | None = None
    pause_days: int = Field(default=0, ge=0, le=365)
    at_stake: StakeDocument = StakeDocument()
    summary: str = Field(min_length=1, max_length=300)
    summary_without_history: str = Field(default="", max_length=300)
    evidence: tuple[EvidenceDocument, ...] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _key_is_free(self) -> Self:
        if self.key == "new":  # where a new one is made
            raise ValueError("the key 'new' is taken by the page that makes kinds; choose another one")
        return self

    def as_dict(self) -> dict[str, Any]:
        """What is stored as a version: JSON, defaults written out."""
        return self.model_dump(mode="json")


def read(text: str, *, origin: str) -> Document:
    """Parse and check YAML; `origin` names it in errors. Raises BadDefinition. The condition is checked by `build`."""
    try:
        content = yaml_text.load(text, origin=origin)
    except NotYaml as error:
        raise BadDefinition(error.message) from error
    return check(content, origin=origin)


def check(content: Any, *, origin: str) -> Document:
    """Check what YAML, JSON or a form gave. Raises BadDefinition; its `details` name the `field`."""
    try:
        document = Document.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ", ".join(str(step) for step in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise BadDefinition(
            f"{origin}, {place or 'document'}: {said}. Correct it and load it again.",
            details={"field": str(first["loc"][0]) if first["loc"] else "", "reason": said},
        ) from error
    _check_names(document, origin)
    return document


def to_yaml(document: Document) -> str:
    """The document as YAML, in the order of its fields; what is left at its default is left out."""
    content = document.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _check_names(document: Document, origin: str) -> None:
    shown = {item.field for item in document.evidence}
    unknown = sorted(shown - set(condition_fields()))
    if unknown:
        reason = f"there is no field '{unknown[0]}'. The reference lists the fields."
        raise BadDefinition(f"{origin}, evidence: {reason}", details={"field": "evidence", "reason": reason})
    for place in ("summary", "summary_without_history"):
        for name, which in PLACEHOLDER.findall(getattr(document, place)):
            if name != "cause" and (name not in shown or not which):
                reason = (
                    f"'{{{name}}}' is not evidence of this signal; "
                    "write {field.now} or {field.then} for a field of `evidence`, or {cause}."
                )
                raise BadDefinition(f"{origin}, {place}: {reason}", details={"field": place, "reason": reason})
