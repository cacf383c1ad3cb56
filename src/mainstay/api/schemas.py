"""The shapes the HTTP API answers with. Stable: fields are added, never renamed or removed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Schema

MOST_ID = 2**63 - 1


class LastKnown(Schema):
    """The last known value of a measure, and until when it was known."""

    value: float
    at: datetime


class Measure(Schema):
    """One metric as a scorecard judged it.

    `state`: known, unknown (no value), late (its source is silent) or held (its last known band counts). `band` is that
    of the value, `counts_as` that of what counts: unknown when it is left out. `green` and `yellow` are the lines for
    the account's contract value.
    """

    metric: str
    label: str
    unit: str
    value: float | None
    band: str
    green: float
    yellow: float
    as_of: datetime
    source: str
    source_age_seconds: int | None
    state: str
    counts_as: str
    last_known: LastKnown | None


class Dimension(Schema):
    """One dimension of a scorecard; `points` null: none of its measures counts."""

    key: str
    label: str
    points: float | None
    weight: int
    band: str
    measures: list[Measure]


class Gate(Schema):
    """A gate of the scorecard: while `holds`, the band is `at_most` this. `holds` null: a value it needs is unknown."""

    key: str
    holds: bool | None
    at_most: str
    says: str
    needs: str
    condition: str
    values: dict[str, Any]


class Fix(Schema):
    """One measure brought to its green line, or one gate opened, and what that does alone."""

    kind: str
    key: str
    label: str
    dimension: str
    needs: str
    gain: int
    score_after: int
    band_after: str
    is_enough: bool


class Path(Schema):
    """The way to the next band: every single fix, the smallest set that reaches it, the score after each of the set."""

    target: str
    fixes: list[Fix]
    smallest: list[Fix]
    climb: list[int]


class RolledUp(Schema):
    """Where the score is that of child accounts: by which rule, and how many of them have one."""

    rule: str
    scored: int
    children: int


class Health(Schema):
    """A score from 0 to 100 and how it came about; `coverage` is the known share of the weight, 0 to 1."""

    score: int | None
    band: str
    coverage: float
    scorecard: str
    version: int
    sentence: str
    coverage_text: str
    dimensions: list[Dimension]
    gates: list[Gate]
    path: Path | None
    rolled_up: RolledUp | None


class MovedMeasure(Schema):
    """A measure with another value than it had, and as what it counts."""

    metric: str
    label: str
    then: float | None
    now: float | None
    band_then: str
    band_now: str


class MovedChild(Schema):
    """A child account with another score than it had."""

    key: str
    name: str
    then: int | None
    now: int | None
    band: str


class Since(Schema):
    """What changed since an earlier instant.

    `points` of usage, records, rule and freshness add up to `change`: the score is worked out with one of them changed
    after the other (late data of then, usage, records, rule, what is late now), and points belong to the first that
    moves them. All are 0 where one of the two scores is unknown or that of child accounts.
    """

    since: datetime
    until: datetime
    score_then: int | None
    band_then: str
    score_now: int | None
    band_now: str
    change: int | None
    points: dict[str, int]
    moved: dict[str, list[MovedMeasure]]
    rule_then: str
    rule_now: str
    late_then: list[str]
    late_now: list[str]
    children: list[MovedChild]


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


class ListedSignal(Signal):
    """An open signal of any account, and what people have made of it. `assignee`: null, the owner of the account."""

    account: str
    at_stake_minor: int | None
    currency: str
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    assignee: str | None


class SignalList(Schema):
    """Open signals in the order in which they opened. `next`: `after` of the following page; null on the last."""

    as_of: datetime
    signals: list[ListedSignal]
    next: int | None


class ListedTask(Task):
    """An open task of anybody; `account` is null for one that is about none."""

    account: str | None


class TaskList(Schema):
    """Open tasks, by their ids. `next`: `after` of the following page; null on the last."""

    as_of: datetime
    tasks: list[ListedTask]
    next: UUID | None


class Correction(Schema):
    """A value of a past day that is known otherwise now than when the day ended.

    `rows` events or records of `source`, of the days `first_day` to `last_day`, came late, the last at `received_at`.
    `reason`: late, or recomputed (somebody had the day computed again).
    """

    field: str
    then: float | str | None
    now: float | str | None
    corrected_at: datetime
    reason: str
    source: str | None
    rows: int
    first_day: date | None
    last_day: date | None
    received_at: datetime | None


class AccountList(Schema):
    """Accounts with some of their fields, by their order of creation.

    `as_of`: the instant they are told of. `assumed`: fields of the past that are as they are now, since no history of
    them is kept. `next`: what `after` is for the following page; null on the last.
    """

    as_of: datetime
    assumed: list[str]
    accounts: list[dict[str, float | str | bool | None]]
    next: int | None


class AccountDocument(Schema):
    """What is known of one account as of an instant.

    `metrics`: null where there is no value. `since`: only when it was asked for. `parent`: the key of its parent.
    `corrections`: of a past day that is kept, what is known otherwise now than when it ended.
    """

    key: str
    name: str
    as_of: datetime
    parent: str | None
    health: Health | None
    since: Since | None
    metrics: dict[str, float | None]
    signals: list[Signal]
    tasks: list[Task]
    corrections: list[Correction]


class LineageColumn(Schema):
    """A column of what a value was counted from; `shape`: text, count, score, date, time or boolean."""

    key: str
    label: str
    shape: str


class LineageValue(Schema):
    """A metric this one was made of."""

    metric: str
    label: str
    unit: str
    value: float | None


class LineageDocument(Schema):
    """What a value was counted from: `rows` (of `total`) as objects by column, `parents` for a derived metric."""

    metric: str
    as_of: datetime
    value: float | None
    counted_from: str
    columns: list[LineageColumn]
    rows: list[dict[str, Any]]
    total: int
    parents: list[LineageValue]
    sources: list[str]


class Problem(Schema):
    """The one shape of errors."""

    code: str
    message: str
    details: dict[str, object] = {}
