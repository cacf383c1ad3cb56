"""Evidence of metrics that people declared: the days, users, values or periods that were counted, or what they are
made of."""

from dataclasses import dataclass
from typing import Any, assert_never

from mainstay.conditions import Condition
from mainstay.facts import tables
from mainstay.facts.records import accounts
from mainstay.lake import engine
from mainstay.metrics.dialects import to_duckdb
from mainstay.metrics.engine import run
from mainstay.metrics.evidence import contracts
from mainstay.metrics.evidence.query import ACTIVE_DAYS, DAY, EMAIL, EVENTS, LAST_DAY, NAME, USERS, with_people
from mainstay.metrics.evidence.table import (
    Builder,
    Column,
    EventQuery,
    Evidence,
    Question,
    Row,
    Shape,
    between,
    counted,
    made,
    made_of_many,
)
from mainstay.metrics.needs import needs_of_each
from mainstay.metrics.own.document import (
    Change,
    Count,
    Counted,
    CountOf,
    DaysSince,
    Document,
    Expression,
    Percentile,
    Ratio,
    Share,
    Statistic,
    Streak,
    Tenure,
    Trend,
    ValueOf,
)
from mainstay.metrics.own.sources import Source, Span, counted_source
from mainstay.metrics.registry import Declared, Metric, all_metrics
from mainstay.metrics.tables import ACTIVITY_DAYS, unbound

_VALUE = Column("value", "Value", Shape.SCORE)
_TIMES = Column("events", "Events", Shape.COUNT)


def own(question: Question) -> Evidence:
    """What a declared metric was counted from."""
    metric = question.metric
    if metric is None or not isinstance(metric.document, Document):
        raise TypeError("Only a metric that was built from a document has this evidence.")
    value = metric.document.value
    match value:
        case Count() | Statistic():
            span = Span(value.first_age, value.last_age, is_end_closed=value.edge == "end")
            return _counted(question, metric, value, span)
        case Share():
            span = Span(value.first_age, value.last_age, is_end_closed=value.edge == "end")
            return _counted(question, metric, _as_count("users", value), span)
        case DaysSince():
            return _counted(question, metric, _as_count("count", value), Span(0, value.days))
        case Change() | Streak() | Trend():
            return _periods(question, metric, value.of)
        case Ratio() | Percentile() | Expression():
            return _parents(question, metric)
        case Tenure():
            return contracts.all_subscriptions(question)
        case _:
            assert_never(value)


def _as_count(operation: str, value: Share | DaysSince) -> CountOf:
    given = {"operation": operation, "events": value.events, "where": value.where, "properties": value.properties}
    return CountOf.model_validate(given)


@dataclass(frozen=True)
class _Asked:
    """What is asked of which events in which window."""

    question: Question
    metric: Metric
    source: Source
    span: Span

    def rows(self, chosen: str, rest: str) -> list[tuple[Any, ...]]:
        """The rows that counted for the account: SQL over `contact_id`, `age`, `event`, `n` and the values."""
        rows = self.source.rows(unbound(), self.span)
        statement = to_duckdb(rows.filter(self.source.within(rows, self.span)))
        account = self.question.account_id
        with engine.cursor() as cursor:
            tables.register(
                cursor,
                self.question.as_of,
                account_ids=[account],
                history_days=ACTIVITY_DAYS,
                records_of=(),
                needs=needs_of_each([self.metric]),
                count_for=[account],
            )
            found = cursor.execute(f"SELECT {chosen} FROM ({statement}) WHERE account_id = {account} {rest}")
            return list(found.fetchall())

    def events(self, first: int, last: int, *, contact: int | None = None) -> EventQuery:
        """The raw events of the days of these ages."""
        return _of_days(self.question, self.source, first, last, contact=contact)

    def which(self) -> str:
        """The days and the condition, in words."""
        first = self.span.first
        last = self.question.last_day if first == 0 else self.question.first(first).date()
        return f" {between(self.question.first(self.span.last), last)}{_said(self.source)}"


def _counted(question: Question, metric: Metric, of: Counted, span: Span) -> Evidence:
    asked = _Asked(question, metric, counted_source(of, is_end_closed=span.is_end_closed), span)
    if isinstance(of, ValueOf):
        return _values(asked, of.property)
    return _users(asked) if of.operation == "users" else _days(asked)


def _days(asked: _Asked) -> Evidence:
    found = asked.rows("age, count(DISTINCT contact_id), sum(n)::BIGINT", "GROUP BY age ORDER BY age")
    rows = [
        Row((asked.question.first(age).date(), users, events), events=asked.events(age, age))
        for age, users, events in found
    ]
    events = counted(sum(row[2] for row in found), "event")
    return made(f"{events} on {counted(len(found), 'day')}{asked.which()}.", (DAY, USERS, EVENTS), rows)


def _users(asked: _Asked) -> Evidence:
    found = asked.rows(
        "contact_id, count(DISTINCT age), sum(n)::BIGINT, min(age)",
        "AND contact_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1",
    )
    span = asked.span
    rows = (
        Row(
            (*who, days, events, asked.question.first(last).date()),
            events=asked.events(span.first, span.last, contact=contact),
        )
        for who, (contact, days, events, last) in with_people(found)
    )
    columns = (NAME, EMAIL, ACTIVE_DAYS, EVENTS, LAST_DAY)
    return made_of_many(f"{counted(len(found), 'user')}{asked.which()}.", columns, rows, total=len(found))


def _values(asked: _Asked, name: str) -> Evidence:
    column = asked.source.properties[name].column
    found = asked.rows(f'age, "{column}", sum(n)::BIGINT', f'AND "{column}" IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2')
    rows = [
        Row((asked.question.first(age).date(), value, times), events=asked.events(age, age))
        for age, value, times in found
    ]
    values = counted(sum(row[2] for row in found), "value")
    return made(f"{values} of {name}{asked.which()}.", (DAY, _VALUE, _TIMES), rows)


def _periods(question: Question, metric: Metric, of: Counted) -> Evidence:
    values = _part_values(question, metric)
    source = counted_source(of)
    rows = []
    # The parts of such a metric are its windows, the latest first, each as long as the others.
    days = max(part.window_days or 0 for part in metric.parts) // len(metric.parts)
    for index, value in enumerate(values):
        first, last = index * days + 1, index * days + days
        rows.append(
            Row(
                (question.first(last).date(), question.first(first).date(), value),
                events=_of_days(question, source, first, last),
            )
        )
    columns = (Column("from", "From", Shape.DATE), Column("to", "To", Shape.DATE), _VALUE)
    sentence = f"{counted(len(rows), 'period')} of {counted(days, 'complete day')}, the latest first{_said(source)}."
    return made(sentence, columns, rows)


def _parents(question: Question, metric: Metric) -> Evidence:
    metrics = all_metrics()
    parents = [metrics[key] for key in metric.parents if key in metrics]
    rows = [
        Row((parent.label, question.values.get(parent.key), str(parent.unit)), key=parent.key) for parent in parents
    ]
    columns = (
        Column("metric", "Metric", Shape.TEXT),
        _VALUE,
        Column("unit", "Unit", Shape.TEXT),
    )
    return made(f"Made of {counted(len(rows), 'metric')}.", columns, rows)


def _part_values(question: Question, metric: Metric) -> list[float | None]:
    """The values of the parts of a metric, for the account."""
    parts, account = Declared({part.key: part for part in metric.parts}), question.account_id
    with engine.cursor() as cursor:
        # Of all accounts' activity, so that a source that speaks of others is known to speak; of records only ours.
        tables.register(
            cursor,
            question.as_of,
            history_days=ACTIVITY_DAYS,
            records_of=("accounts",),
            snapshot=tables.Snapshot({"accounts": accounts([account])}),
            needs=needs_of_each([metric]),
            count_for=[account],
        )
        found = run(cursor, keys=tuple(parts), metrics=parts, account_ids=[account]).to_pylist()
    return [found[0][key] for key in parts] if found else [None] * len(parts)


def _of_days(question: Question, source: Source, first: int, last: int, *, contact: int | None = None) -> EventQuery:
    return EventQuery(
        start=question.first(last), end=question.end(first), names=tuple(sorted(source.events)), contact_id=contact
    )


def _said(source: Source) -> str:
    named = f", of {', '.join(source.events)}" if source.events else ""
    condition: Condition | None = source.condition
    return f"{named}, where {condition.text}" if condition else named


BUILDERS: dict[str, Builder] = {"own": own}
