"""The shapes the HTTP API answers with. Stable: fields are added, never renamed or removed."""

from datetime import datetime
from uuid import UUID

from ninja import Schema


class Measure(Schema):
    """One metric as a scorecard judged it. `state`: known, unknown (no value) or late (its source is silent)."""

    metric: str
    value: float | None
    band: str
    as_of: datetime
    source_age_seconds: int | None
    state: str


class Dimension(Schema):
    """One dimension of a scorecard; `points` null: none of its measures is known."""

    key: str
    points: float | None
    weight: int
    band: str
    measures: list[Measure]


class Health(Schema):
    """A score from 0 to 100 and how it came about; `coverage` is the known share of the weight, 0 to 1."""

    score: int | None
    band: str
    coverage: float
    scorecard: str
    version: int
    dimensions: list[Dimension]


class Evidence(Schema):
    """One value a signal rests on."""

    field: str
    then: float | str | None
    now: float | str | None


class Signal(Schema):
    """An open signal."""

    id: int
    kind: str
    severity: str
    summary: str
    opened_at: datetime
    evidence: list[Evidence]


class Task(Schema):
    """An open task."""

    id: UUID
    title: str
    why: str
    owner: str | None
    due_at: datetime | None
    created_at: datetime


class AccountDocument(Schema):
    """What is known of one account as of an instant. `metrics`: null where there is no value."""

    key: str
    name: str
    as_of: datetime
    health: Health | None
    metrics: dict[str, float | None]
    signals: list[Signal]
    tasks: list[Task]


class Problem(Schema):
    """The one shape of errors."""

    code: str
    message: str
    details: dict[str, object] = {}
