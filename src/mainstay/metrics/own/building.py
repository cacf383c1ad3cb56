"""From a document to a metric like any shipped one.

An operation on events over several windows (a change, a streak, a trend) is derived from parts, one number for each
window; a calculation with other metrics is derived from them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, assert_never

import ibis
from ibis.expr.types import Table, Value

from mainstay.conditions import ConditionError
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.expressions import percent, percent_change, ratio
from mainstay.metrics.own import calculating, comparing, expression
from mainstay.metrics.own.counting import metric_of
from mainstay.metrics.own.document import (
    Change,
    Count,
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
)
from mainstay.metrics.own.sources import Span, source_of
from mainstay.metrics.own.tenure import tenure
from mainstay.metrics.registry import Direction, Kind, Metric, Unit, in_order

# A new way to compute the same document: values kept by an older one are computed again.
VERSION = 1
FAMILY = "own"


def build(document: Document, metrics: Mapping[str, Metric]) -> Metric:
    """The metric of a document; `metrics` are all the others. Raises BadMetric with the place.

    Metrics it names must be there, and must not be made of it.
    """
    others = {key: metric for key, metric in metrics.items() if key != document.key}
    try:
        made = _made(document, others)
    except ConditionError as error:
        raise _refused(document, error) from error
    return replace(
        made,
        key=document.key,
        label=document.label,
        description=document.description,
        unit=document.unit,
        direction=document.direction,
        family=FAMILY,
        stored_as=f"{document.key}:{_digest(document, made, others)}",
        document=document,
    )


@dataclass(frozen=True)
class Built:
    """Metrics by key, in the order of the documents, and what is wrong with the others."""

    metrics: dict[str, Metric]
    problems: dict[str, str]


def build_all(documents: Sequence[Document], shipped: Mapping[str, Metric]) -> Built:
    """The metrics of documents that may name one another. One that cannot be built is told apart; it stops no other."""
    waiting = {document.key: document for document in documents}
    made: dict[str, Metric] = {}
    problems: dict[str, str] = {}
    while waiting:
        known = {**shipped, **made}
        ready = [one for one in waiting.values() if not named(one) & (waiting.keys() - {one.key})]
        # Who waits for one another in a circle is told so when it is built without the others.
        for document in ready or list(waiting.values()):
            del waiting[document.key]
            try:
                made[document.key] = build(document, known)
            except BadMetric as error:
                problems[document.key] = error.message
    return Built({one.key: made[one.key] for one in documents if one.key in made}, problems)


def named(document: Document) -> frozenset[str]:
    """The keys of metrics that a document names; words that are none included."""
    match document.value:
        case Ratio(part=part, whole=whole):
            return frozenset({part, whole})
        case Percentile(of=of, within=within):
            return frozenset({of}) | expression.names_in(within)
        case Expression(expression=text):
            return expression.names_in(text)
        case Share(operation="share_of_seats"):
            return frozenset({"seats"})
        case _:
            return frozenset()


def _made(document: Document, metrics: Mapping[str, Metric]) -> Metric:
    key, value = document.key, document.value
    match value:
        case Count() | Statistic():
            span = Span(value.first_age, value.last_age, is_end_closed=value.edge == "end")
            return metric_of(key, value, span, empty=value.empty)
        case DaysSince():
            return _days_since(key, value)
        case Share():
            return _share(key, value, metrics)
        case Change():
            return _change(key, value)
        case Streak():
            return _streak(key, value)
        case Trend():
            return _trend(key, value)
        case Tenure():
            made = tenure(key, value)
            return made if value.counted_to == "today" else to_last_day(made)
        case Ratio():
            return _ratio(document, value, metrics)
        case Percentile():
            return _percentile(document, value, metrics)
        case Expression():
            return _calculated(key, value, metrics)
        case _:
            assert_never(value)


def _digest(document: Document, made: Metric, metrics: Mapping[str, Metric]) -> str:
    """Changes when the values may: with what the document computes, and with what its parents do."""
    computed = document.value.model_dump(mode="json"), document.unit, VERSION
    parents = [metric.column for metric in in_order(made.parents, metrics)]
    return hashlib.sha256(json.dumps([computed, parents]).encode()).hexdigest()[:8]


def derived(
    key: str,
    function: Callable[[Table], Value],
    *,
    parents: list[Metric] | None = None,
    parts: list[Metric] | None = None,
    window_days: int | None = None,
) -> Metric:
    """A metric made of others; sources and window are theirs unless said."""
    of = [*(parts or []), *(parents or [])]
    windows = [metric.window_days for metric in of if metric.window_days]
    return Metric(
        key=key,
        label=key,
        description=key,
        unit=Unit.RATIO,
        direction=Direction.NONE,
        kind=Kind.DERIVED,
        window_days=window_days or max(windows, default=None),
        sources=tuple(dict.fromkeys(source for metric in of for source in metric.sources)) or ("product",),
        family=FAMILY,
        function=function,
        parents=tuple(metric.key for metric in parents or []),
        parts=tuple(parts or []),
        money=tuple(metric.key for metric in parents or [] if _is_minor(metric)),
        evidence="own",
    )


def to_last_day(metric: Metric) -> Metric:
    """Days counted to the last day of which anything is known instead of today: one less as of a midnight."""
    part = replace(metric, key=_part(metric.key, 0))
    made = derived(metric.key, lambda row: row[part.key] - row["account__last_age"], parts=[part])
    return replace(made, account_fields=("last_age",), evidence=metric.evidence)


def _days_since(key: str, value: DaysSince) -> Metric:
    of = CountOf(operation="count", events=value.events, where=value.where, properties=value.properties)
    span = Span(0, value.days)
    source = source_of(of)
    made = metric_of(key, of, span, empty=None)
    made = replace(made, function=lambda rows: rows.age.min(where=source.within(rows, span)).cast("float64"))
    return made if value.counted_to == "today" else to_last_day(made)


def _share(key: str, value: Share, metrics: Mapping[str, Metric]) -> Metric:
    span = Span(value.first_age, value.last_age, is_end_closed=value.edge == "end")
    filtered = CountOf(operation="users", events=value.events, where=value.where, properties=value.properties)
    users = metric_of(_part(key, 0), filtered, span, empty=0)
    if value.operation == "share_of_seats":
        seats = metrics["seats"]
        return derived(key, lambda row: percent(row[users.key], row.seats), parts=[users], parents=[seats])
    active = metric_of(_part(key, 1), CountOf(operation="users"), Span(span.first, span.last), empty=0)
    return derived(key, lambda row: percent(row[users.key], row[active.key]), parts=[users, active])


def _change(key: str, value: Change) -> Metric:
    # Complete days only: a day that has just begun would drag the later window down.
    now = metric_of(_part(key, 0), value.of, Span(1, value.days), empty=_nothing(value.of))
    before = metric_of(_part(key, 1), value.of, Span(value.days + 1, value.days * 2), empty=_nothing(value.of))

    def function(row: Table) -> Value:
        later, earlier = row[now.key], row[before.key]
        if value.result == "difference":
            change = later - earlier
        else:
            change = percent_change(later, earlier)
            if value.zero_before is not None:
                change = (earlier == 0).ifelse(value.zero_before, change)
        return (later + earlier >= value.at_least).ifelse(change, _missing()) if value.at_least else change

    return derived(key, function, parts=[now, before])


def _streak(key: str, value: Streak) -> Metric:
    count = value.periods + (1 if value.compares else 0)
    parts = _periods(key, value, count)

    def function(row: Table) -> Value:
        values = [row[part.key] for part in parts]
        held = [_held(value, values, index) for index in range(value.periods)]
        # From the oldest period to the latest: what does not hold, or is unknown, ends the streak so far.
        streak = reduce(lambda so_far, holds: holds.ifelse(so_far + 1, 0), reversed(held), ibis.literal(0, "int64"))
        nothing = reduce(lambda a, b: a & b, [one.isnull() for one in values])
        return nothing.ifelse(_missing(), streak.cast("float64"))

    return derived(key, function, parts=parts)


def _held(value: Streak, values: list[Value], index: int) -> Value:
    now = values[index]
    if value.under is not None:
        return now < value.under
    if value.over is not None:
        return now > value.over
    before = values[index + 1]
    enough = before >= value.at_least
    if value.falls_by_percent is not None:
        return enough & (before > 0) & (now * 100 <= before * (100 - value.falls_by_percent))
    return enough & (before > 0) & (now * 100 >= before * (100 + (value.rises_by_percent or 0)))


def _trend(key: str, value: Trend) -> Metric:
    parts = _periods(key, value, value.periods)
    count = value.periods
    # Time runs from the oldest period (0) to the latest; centred, so that the sums are small.
    times = [count - 1 - index - (count - 1) / 2 for index in range(count)]
    spread = sum(time * time for time in times)

    def function(row: Table) -> Value:
        values = [row[part.key] for part in parts]
        mean = reduce(lambda a, b: a + b, values) / count
        slope = reduce(lambda a, b: a + b, [one * time for one, time in zip(values, times, strict=True)]) / spread
        around = reduce(lambda a, b: a + b, [(one - mean) * (one - mean) for one in values])
        # A level line explains everything there is to explain: nothing.
        fit = (around == 0).ifelse(1.0, slope * slope * spread / around.nullif(0))
        wanted = fit if value.result == "fit" else slope if value.result == "slope" else percent(slope, mean)
        return (fit >= value.minimum_fit).ifelse(wanted, _missing()) if value.minimum_fit else wanted

    return derived(key, function, parts=parts)


def _periods(key: str, value: Streak | Trend, count: int) -> list[Metric]:
    """A part for each of the latest complete periods, the latest first."""
    days = value.period_days
    return [
        metric_of(_part(key, index), value.of, Span(index * days + 1, index * days + days), empty=_nothing(value.of))
        for index in range(count)
    ]


def _ratio(document: Document, value: Ratio, metrics: Mapping[str, Metric]) -> Metric:
    (part,) = _parents(document, [value.part], metrics, "value.part")
    (whole,) = _parents(document, [value.whole], metrics, "value.whole")
    divided = percent if document.unit is Unit.PERCENT else ratio

    def function(row: Table) -> Value:
        above, below = value_of(row, part), value_of(row, whole)
        if value.missing_part is not None:
            above = above.coalesce(value.missing_part)
        found = divided(above, below)
        return found if value.zero is None else (below == 0).ifelse(value.zero, found)

    return derived(document.key, function, parents=[part, whole])


def _calculated(key: str, value: Expression, metrics: Mapping[str, Metric]) -> Metric:
    parsed = expression.parse(value.expression, metrics)
    parents = [metrics[name] for name in parsed.metrics]
    return derived(
        key,
        lambda row: calculating.value(parsed.node, row, lambda row, name: value_of(row, metrics[name])),
        parents=parents,
    )


def _percentile(document: Document, value: Percentile, metrics: Mapping[str, Metric]) -> Metric:
    (of,) = _parents(document, [value.of], metrics, "value.of")
    within = comparing.condition(value, metrics)
    named = within.fields if within else frozenset()
    parents = [of, *(metrics[name] for name in sorted(named - comparing.FIELDS.keys() - {of.key}))]
    fields = {"churned_age", "stage", *(named & comparing.FIELDS.keys()), *([value.by] if value.by else [])}
    made = derived(document.key, comparing.ranked(value, within, metrics, value_of), parents=parents)
    return replace(made, over_everyone=True, account_fields=tuple(sorted(fields)))


def value_of(row: Table, metric: Metric) -> Value:
    """The value of a metric in the row of a derived one; money in major units, whoever declared it."""
    return row[f"{metric.key}__major" if _is_minor(metric) else metric.key]


def _is_minor(metric: Metric) -> bool:
    return metric.unit is Unit.CURRENCY and not metric.is_own


def _parents(document: Document, keys: list[str], metrics: Mapping[str, Metric], path: str) -> list[Metric]:
    for key in keys:
        if key not in metrics:
            said = "it cannot be made of itself" if key == document.key else expression.unknown(key, metrics)
            raise _bad(document, path, said)
    return [metrics[key] for key in keys]


def _nothing(of: Any) -> float | None:
    """The value of a window without events: 0 where something is counted or added up."""
    return 0 if of.operation in ("count", "users", "active_days", "sum") else None


def _part(key: str, index: int) -> str:
    return f"{key}__{index}"


def _missing() -> Value:
    return ibis.null("float64")


def _refused(document: Document, error: ConditionError) -> BadMetric:
    path = "value.expression" if isinstance(document.value, Expression) else "value.where"
    if isinstance(document.value, Percentile):
        path = "value.within"
    elif hasattr(document.value, "of"):
        path = "value.of.where"
    return _bad(document, path, error.message, details=error.details)


def _bad(document: Document, path: str, said: str, *, details: Mapping[str, Any] | None = None) -> BadMetric:
    problem = {"path": path, "message": f"{path}: {said}", **(details or {})}
    return BadMetric(f"Metric '{document.key}', {path}: {said}", problems=[problem])
