"""Scores one account: values by metric in, a `Result` with its explanation out. Pure: no database, no clock.

`arithmetic` has the rules, `explaining` the words; bulk scoring in `services` uses the same arithmetic.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from mainstay.scores.arithmetic import (
    LEVELS,
    UNKNOWN,
    BandName,
    Measure,
    Scorecard,
    linear_flags,
    mark,
    total_without_late,
)
from mainstay.scores.explaining import (
    LastGood,
    MeasureResult,
    Result,
    State,
    dimension_result,
    needs_for,
    words_for,
)


class Freshness(Protocol):
    """What must be known of a source; `ingest.sources.Freshness` is one."""

    @property
    def is_late(self) -> bool:
        """No data for longer than its rhythm."""

    @property
    def age_seconds(self) -> float | None:
        """Since its last data; None: it never delivered."""


def score(
    scorecard: Scorecard,
    values: Mapping[str, float | None],
    freshness: Mapping[str, Freshness] | None = None,
    *,
    last_good: Mapping[str, LastGood] | None = None,
    as_of: datetime | None = None,
) -> Result:
    """Score one account: `values` by metric, `freshness` by source, `last_good` by metric for late sources.

    A measure whose source is late keeps no value; a metric that never had one is unknown, not late.
    """
    freshness, last_good = freshness or {}, last_good or {}
    linear = linear_flags(scorecard)
    measured = [
        _measured(measure, values.get(measure.metric), freshness.get(measure.source), last_good, as_of)
        for measure in scorecard.measures
    ]
    marks = tuple(
        mark(measure, found.value, is_linear=is_linear)
        for measure, found, is_linear in zip(scorecard.measures, measured, linear, strict=True)
    )
    good_marks = {
        index: mark(measure, found.last_good.value, is_linear=is_linear) if found.last_good else None
        for index, (measure, found, is_linear) in enumerate(zip(scorecard.measures, measured, linear, strict=True))
        if found.state is State.LATE
    }
    totals = total_without_late(scorecard, marks, good_marks)
    dimensions, rest = [], iter(measured)
    for dimension, points, band in zip(scorecard.dimensions, totals.points, totals.bands, strict=True):
        own = [next(rest) for _ in dimension.measures]
        dimensions.append(dimension_result(dimension, points=points, band=band, measures=own))
    return Result(
        scorecard=scorecard,
        score=totals.score,
        band=totals.band,
        coverage=totals.coverage,
        dimensions=tuple(dimensions),
        is_held_back=totals.is_held_back,
    )


def _measured(
    measure: Measure,
    value: float | None,
    freshness: Freshness | None,
    last_good: Mapping[str, LastGood],
    as_of: datetime | None,
) -> MeasureResult:
    found = mark(measure, value)
    good = last_good.get(measure.metric)
    state = State.UNKNOWN if found is None else State.KNOWN
    if freshness is not None and freshness.is_late and (found is not None or good is not None):
        state = State.LATE
    is_late = state is State.LATE
    band: BandName = LEVELS[int(found)] if found is not None and not is_late else UNKNOWN
    counted = value if state is State.KNOWN else None
    return MeasureResult(
        metric=measure.metric,
        label=measure.label,
        unit=measure.unit,
        source=measure.source,
        direction=measure.direction,
        green=measure.green,
        yellow=measure.yellow,
        value=counted,
        band=band,
        state=state,
        as_of=(good.at if good else None) if is_late else as_of,
        source_age_seconds=freshness.age_seconds if freshness is not None else None,
        last_good=good if is_late else None,
        says=words_for(measure, counted, band),
        needs=needs_for(measure),
    )
