"""The kinds of signals, each a YAML file in `definitions/`, found by itself and checked when loaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mainstay.conditions import Condition, ConditionError, parse
from mainstay.metrics.registry import all_metrics
from mainstay.segments.fields import HEALTH_FIELDS, condition_fields
from mainstay.signals.errors import BadDefinition

SHIPPED = Path(__file__).parent / "definitions"
PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(then|now))?\}")


class EvidenceDocument(BaseModel):
    """A value the signal rests on, and how long ago its value before was (`days_ago`; left out: no value before)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    days_ago: int | None = Field(default=None, ge=1, le=365)


class Document(BaseModel):
    """A kind of signal as people write it.

    It opens when `condition` holds, and closes when `closes` does (left out: when `condition` definitely does not).
    Summaries name values as `{field.now}` and `{field.then}`, and `{cause}`: what moved the score.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    label: str = Field(min_length=1, max_length=100)
    description: str = Field(min_length=1, max_length=300)
    category: Literal["risk", "expansion", "advocacy", "lifecycle", "data"]
    severity: Literal["critical", "warning", "info"]
    condition: str
    closes: str = ""
    summary: str = Field(min_length=1, max_length=300)
    summary_without_history: str = ""
    evidence: tuple[EvidenceDocument, ...] = Field(min_length=1, max_length=8)


@dataclass(frozen=True)
class Kind:
    """A checked kind of signal."""

    document: Document
    opens: Condition
    closes: Condition | None

    @property
    def key(self) -> str:
        """As stored on signals."""
        return self.document.key

    @property
    def label(self) -> str:
        """As people read it."""
        return self.document.label

    @property
    def description(self) -> str:
        """What it means, in one sentence."""
        return self.document.description

    @property
    def condition(self) -> str:
        """What opens it, as written."""
        return self.document.condition

    @property
    def category(self) -> str:
        """risk, expansion, advocacy, lifecycle or data."""
        return self.document.category

    @property
    def severity(self) -> str:
        """critical, warning or info."""
        return self.document.severity

    @property
    def fields(self) -> frozenset[str]:
        """All fields that decide whether it opens or closes."""
        return self.opens.fields | (self.closes.fields if self.closes else frozenset())

    @property
    def rests_on_health(self) -> bool:
        """Whether a score decides it."""
        return bool(self.fields & HEALTH_FIELDS)

    @property
    def sources(self) -> frozenset[str]:
        """The main ingest source of each metric that decides it."""
        metrics = all_metrics()
        return frozenset(metrics[name].source for name in self.fields if name in metrics)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its key, in the order of their files."""
    return load(SHIPPED)


def load(folder: Path) -> Mapping[str, Kind]:
    """The kinds of a folder. Raises BadDefinition."""
    found: dict[str, Kind] = {}
    for path in sorted(folder.glob("*.yaml")):
        kind = read(path.read_text(encoding="utf-8"), origin=path.name)
        if kind.key in found:
            raise BadDefinition(f"{path.name}: the key '{kind.key}' is taken by another file; choose another one.")
        found[kind.key] = kind
    return MappingProxyType(found)


def read(text: str, *, origin: str) -> Kind:
    """Parse and check one definition; `origin` names it in errors. Raises BadDefinition."""
    try:
        document = Document.model_validate(yaml.safe_load(text))
        opens = parse(document.condition, condition_fields())
        closes = parse(document.closes, condition_fields()) if document.closes else None
    except yaml.YAMLError as error:
        raise BadDefinition(
            f"{origin} is not YAML: {' '.join(str(error).split())}. Check quotes and indents."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ", ".join(str(step) for step in first["loc"])
        raise BadDefinition(
            f"{origin}, {place or 'document'}: {first['msg']}. Correct it and load it again."
        ) from error
    except ConditionError as error:
        raise BadDefinition(f"{origin}: {error.message}", details=error.details) from error
    _check_names(document, origin)
    return Kind(document, opens, closes)


def _check_names(document: Document, origin: str) -> None:
    shown = {item.field for item in document.evidence}
    unknown = sorted(shown - set(condition_fields()))
    if unknown:
        raise BadDefinition(f"{origin}, evidence: there is no field '{unknown[0]}'. The reference lists the fields.")
    for text in (document.summary, document.summary_without_history):
        for name, which in PLACEHOLDER.findall(text):
            if name != "cause" and (name not in shown or not which):
                raise BadDefinition(
                    f"{origin}, summary: '{{{name}}}' is not evidence of this signal; "
                    "write {field.now} or {field.then} for a field of `evidence`, or {cause}."
                )
