"""Scores many accounts at once, column by column, with the arithmetic of one. Pure.

The score rests on the marks of the measures only, and few combinations of marks occur: each is worked out once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mainstay.scores.arithmetic import RED, Mark, Measure, Scorecard, Totals, linear_flags, total, total_without_late

type Values = Sequence[float | None]


@dataclass(frozen=True)
class Scored:
    """The accounts a scorecard serves, their values per measure and what they come to; all in the same order."""

    account_ids: Sequence[int]
    rows: Sequence[tuple[float | None, ...]]
    marks: Sequence[tuple[Mark, ...]]
    totals: Sequence[Totals]


def score_columns(
    scorecard: Scorecard,
    account_ids: Sequence[int],
    columns: Mapping[str, Values],
    *,
    late_sources: Collection[str] = (),
    last_good: Mapping[str, Values] | None = None,
) -> Scored:
    """Score accounts whose values stand in `columns` by metric, in the order of `account_ids`.

    `last_good`: the values of the metrics of late sources when these were on time, in the same order.
    """
    nothing: Values = [None] * len(account_ids)
    last_good = last_good or {}
    values = [columns.get(measure.metric, nothing) for measure in scorecard.measures]
    own = [
        _marks(measure, column, is_linear=is_linear)
        for measure, column, is_linear in zip(scorecard.measures, values, linear_flags(scorecard), strict=True)
    ]
    late = [index for index, measure in enumerate(scorecard.measures) if measure.source in late_sources]
    counted = [[None] * len(account_ids) if index in late else column for index, column in enumerate(own)]
    marks = _rows(counted, len(account_ids))
    totals = [total(scorecard, row) for row in marks]
    if late:
        flags = linear_flags(scorecard)
        good = {
            index: _marks(
                scorecard.measures[index],
                last_good.get(scorecard.measures[index].metric, nothing),
                is_linear=flags[index],
            )
            for index in late
        }
        for at, found in enumerate(totals):
            if found.band == RED:
                known = {
                    index: column[at]
                    for index, column in good.items()
                    if column[at] is not None or own[index][at] is not None
                }
                totals[at] = total_without_late(scorecard, marks[at], known)
    return Scored(account_ids, _rows(values, len(account_ids)), marks, totals)


def _rows[Cell](columns: Sequence[Sequence[Cell]], length: int) -> list[tuple[Cell, ...]]:
    return list(zip(*columns, strict=True)) if columns else [()] * length


def _marks(measure: Measure, values: Values, *, is_linear: bool) -> list[Mark]:
    """`arithmetic.mark` for a whole column, spelt out: a call per value would take ten times as long."""
    green, yellow = measure.green, measure.yellow
    if measure.direction == "down":
        values = [None if value is None else -value for value in values]
        green, yellow = -green, -yellow
    if is_linear:
        span = green - yellow or 1.0
        return [
            None
            if value is None or value != value
            else 2.0
            if value >= green
            else 1.0 + (value - yellow) / span
            if value >= yellow
            else 0.0
            for value in values
        ]
    return [
        None if value is None or value != value else 2.0 if value >= green else 1.0 if value >= yellow else 0.0
        for value in values
    ]
