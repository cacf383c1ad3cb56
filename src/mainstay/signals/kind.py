"""A kind of signal that is ready to be looked for: its document with the conditions parsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mainstay.conditions import Condition, ConditionError, Field
from mainstay.conditions.words import IN_SEGMENT
from mainstay.metrics.registry import all_metrics
from mainstay.segments.fields import HEALTH_FIELDS, condition_fields
from mainstay.segments.selectors import condition, shared_conditions
from mainstay.signals.document import Category, Document, Severity
from mainstay.signals.errors import BadDefinition


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
    def category(self) -> Category:
        """risk, expansion, advocacy, lifecycle or data."""
        return self.document.category

    @property
    def severity(self) -> Severity:
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


def build(document: Document, *, origin: str = "") -> Kind:
    """The kind of a document. Raises BadDefinition where a condition cannot be taken, with its place in `details`."""
    fields = tuple(condition_fields().items())
    names_segments = IN_SEGMENT in f"{document.condition} {document.closes}".lower()
    segments = tuple(shared_conditions().items()) if names_segments else ()
    # The same document over the same fields and segments is the same kind: pages ask for all of them each time.
    return _built(document, origin or f"The signal '{document.key}'", fields, segments)


@lru_cache(maxsize=500)
def _built(
    document: Document, origin: str, fields: tuple[tuple[str, Field], ...], segments: tuple[tuple[str, str], ...]
) -> Kind:
    del fields  # part of what the cache goes by
    shared = dict(segments)
    opens = _parsed(document.condition, "condition", origin, shared)
    closes = _parsed(document.closes, "closes", origin, shared) if document.closes else None
    return Kind(document, opens, closes)


def _parsed(text: str, place: str, origin: str, shared: Mapping[str, str]) -> Condition:
    try:
        return condition(text, shared=shared)
    except ConditionError as error:
        details = {"field": place, **error.details}
        raise BadDefinition(f"{origin}, {place}: {error.message}", details=details) from error
