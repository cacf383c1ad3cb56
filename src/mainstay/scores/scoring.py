"""Scores one account: values by metric in, a `Result` with its explanation out. Pure: no database, no clock.

`arithmetic` has the rules, `explaining` the words; bulk scoring in `computing` uses the same arithmetic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mainstay.scores.arithmetic import (
    LEVELS,
    UNKNOWN,
    BandName,
    Mark,
    Measure,
    Scorecard,
    Totals,
    Unknown,
    linear_flags,
    lines_for,
    mark,
    stand_in,
    total_without_late,
    unknown_policies,
)
from mainstay.scores.explaining import (
    GateResult,
    LastGood,
    MeasureResult,
    Result,
    State,
    dimension_result,
    gate_result,
)
from mainstay.scores.wording import needs_for, words_for, words_without_value


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
    fields: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
) -> Result:
    """Score one account: `values` by metric, `freshness` by source, account `fields` that gates ask for.

    `last_good`: the last known values by metric: of a late source those when it was last on time, of a measure that
    holds its last known band the latest one there was.

    A measure whose source is late keeps no value; a metric that never had one is unknown, not late.
    """
    account = _Account(scorecard, values, freshness or {}, last_good or {}, fields or {})
    found = list(account.measures())
    gates = [gate_result(gate, account.seen_by(gate.sources), account.fields) for gate in scorecard.gates]
    totals = total_without_late(
        scorecard,
        tuple(one.mark for one in found),
        {at: one.last_good_mark for at, one in enumerate(found) if one.is_missing_for_late},
        stand_ins=tuple(one.stand_in for one in found),
        gates=tuple(at for at, gate in enumerate(gates) if gate.holds),
    )
    return _result(scorecard, totals, [_explained(one, as_of) for one in found], gates)


@dataclass(frozen=True)
class _Measured:
    """A measure of one account, before it is put into words."""

    measure: Measure
    state: State
    value: float | None
    mark: Mark
    stand_in: Mark
    last_good: LastGood | None
    last_good_mark: Mark
    freshness: Freshness | None

    @property
    def is_missing_for_late(self) -> bool:
        """True when its source is late and something would be known of it, or counts for it, otherwise."""
        is_late = self.freshness is not None and self.freshness.is_late
        return is_late and (self.state is State.LATE or self.stand_in is not None)


@dataclass(frozen=True)
class _Account:
    scorecard: Scorecard
    values: Mapping[str, float | None]
    freshness: Mapping[str, Freshness]
    last_good: Mapping[str, LastGood]
    fields: Mapping[str, Any]

    def measures(self) -> Iterator[_Measured]:
        arr = self._contract_value()
        flags, policies = linear_flags(self.scorecard), unknown_policies(self.scorecard)
        for measure, is_linear, unknown in zip(self.scorecard.measures, flags, policies, strict=True):
            yield self._measured(lines_for(measure, arr), unknown, is_linear=is_linear)

    def seen_by(self, sources: Mapping[str, str]) -> dict[str, float | None]:
        """What gates see of these metrics: of a late source the last good values."""
        return {metric: self._seen(metric, source) for metric, source in sources.items()}

    def _measured(self, measure: Measure, unknown: Unknown, *, is_linear: bool) -> _Measured:
        own = mark(measure, self.values.get(measure.metric), is_linear=is_linear)
        good, freshness = self.last_good.get(measure.metric), self.freshness.get(measure.source)
        good_mark = mark(measure, good.value, is_linear=is_linear) if good else None
        is_late = freshness is not None and freshness.is_late and (own is not None or good_mark is not None)
        counted = None if is_late else own
        # What is missing because its source is late is left out, unless its band is held.
        held = unknown == "last_known" and counted is None and good_mark is not None
        filled = stand_in(unknown, good_mark) if counted is None and (held or not is_late) else None
        state = State.LATE if is_late else State.KNOWN if own is not None else State.HELD if held else State.UNKNOWN
        return _Measured(
            measure=measure,
            state=state,
            value=self.values.get(measure.metric) if state is State.KNOWN else None,
            mark=counted,
            stand_in=filled,
            last_good=good if is_late or held else None,
            last_good_mark=good_mark,
            freshness=freshness,
        )

    def _contract_value(self) -> float | None:
        arr, source = self.scorecard.arr, self.scorecard.inputs.get(self.scorecard.arr)
        if source is None:
            return None
        # A contract does not end because its source is silent: without a last good value the present one is taken.
        found = self._seen(arr, source)
        return self.values.get(arr) if found is None else found

    def _seen(self, metric: str, source: str) -> float | None:
        freshness = self.freshness.get(source)
        if freshness is None or not freshness.is_late:
            return self.values.get(metric)
        good = self.last_good.get(metric)
        return good.value if good else None


def _result(scorecard: Scorecard, totals: Totals, measures: list[MeasureResult], gates: list[GateResult]) -> Result:
    dimensions, rest = [], iter(measures)
    for dimension, points, band in zip(scorecard.dimensions, totals.points, totals.bands, strict=True):
        own = [next(rest) for _ in dimension.measures]
        dimensions.append(dimension_result(dimension, points=points, band=band, measures=own))
    return Result(
        scorecard=scorecard,
        score=totals.score,
        band=totals.band,
        coverage=totals.coverage,
        dimensions=tuple(dimensions),
        gates=tuple(gates),
        is_held_back=totals.is_held_back,
    )


def _explained(found: _Measured, as_of: datetime | None) -> MeasureResult:
    measure, is_late = found.measure, found.state is State.LATE
    band: BandName = LEVELS[int(found.mark)] if found.mark is not None else UNKNOWN
    counted = found.mark if found.mark is not None else found.stand_in
    counts_as: BandName = LEVELS[int(counted)] if counted is not None else UNKNOWN
    return MeasureResult(
        metric=measure.metric,
        label=measure.label,
        unit=measure.unit,
        source=measure.source,
        direction=measure.direction,
        green=measure.green,
        yellow=measure.yellow,
        arr_from=measure.arr_from,
        value=found.value,
        band=band,
        state=found.state,
        counts_as=counts_as,
        mark=counted,
        as_of=(found.last_good.at if found.last_good else None) if is_late else as_of,
        source_age_seconds=found.freshness.age_seconds if found.freshness is not None else None,
        last_good=found.last_good,
        says=_says(found, counts_as),
        needs=needs_for(measure),
    )


def _says(found: _Measured, counts_as: BandName) -> str:
    if found.value is not None:
        return words_for(found.measure, found.value, counts_as)
    last = (found.last_good.value, found.last_good.at) if found.last_good else None
    return words_without_value(found.measure, counts_as, last)
