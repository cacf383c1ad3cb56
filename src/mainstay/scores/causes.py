"""What moved a score most, in a few words with the values. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from mainstay.scores.arithmetic import LABELS, LEVELS, Mark, Measure, Scorecard, Totals
from mainstay.scores.wording import gate_words, listed, value_text

MAX_LENGTH = 200

type Row = Sequence[float | None]
type Marks = Sequence[Mark]


def cause(
    scorecard: Scorecard,
    *,
    then: tuple[Totals, Marks, Row],
    now: tuple[Totals, Marks, Row],
) -> str:
    """`Daily active rate 71% → 65%, under the 70% line`; empty when nothing moved. Both scored by one scorecard."""
    (then_totals, then_marks, then_row), (now_totals, now_marks, now_row) = then, now
    change = (now_totals.score or 0) - (then_totals.score or 0)
    if change == 0 or then_totals.score is None or now_totals.score is None:
        return ""
    sign = 1 if change > 0 else -1
    moved: list[tuple[float, int]] = []
    start, best = 0, ""
    for index, dimension in enumerate(scorecard.dimensions):
        before, after = then_totals.points[index], now_totals.points[index]
        if before is None or after is None:
            if before != after:
                best = best or f"{dimension.label} {'has data now' if before is None else 'has no data any more'}"
        elif sign * (after - before) > 0:
            moved.append((sign * (after - before), start))
            at = _measure_that_moved(
                then_marks[start : start + len(dimension.measures)],
                now_marks[start : start + len(dimension.measures)],
                sign,
            )
            if at is not None and moved[-1][0] == max(moved)[0]:
                best = _words(
                    dimension.measures[at], then_row[start + at], now_row[start + at], now_marks[start + at], sign
                )
        start += len(dimension.measures)
    return best[:MAX_LENGTH]


def lowest(scorecard: Scorecard, totals: Totals, marks: Marks, row: Row) -> str:
    """What holds a score down most: `Daily active rate 65%, under the 70% line`; empty where nothing does.

    It is the lowest measure of the dimension that gives away the most points.
    """
    start, most, best = 0, 0, ""
    for dimension, points in zip(scorecard.dimensions, totals.points, strict=True):
        lost = 0 if points is None else dimension.weight - points
        own = range(start, start + len(dimension.measures))
        start = own.stop
        low = [at for at in own if (known := marks[at]) is not None and known < 2]
        if totals.score is None or lost <= most or not low:
            continue
        at = min(low, key=lambda at: (marks[at], at))
        most, best = lost, _words(scorecard.measures[at], None, row[at], marks[at], -1)
    return best[:MAX_LENGTH]


def gate_cause(scorecard: Scorecard, then: Totals, now: Totals, *, values: Mapping[str, Any]) -> str:
    """`Capped at Moderate: 2 urgent open` when a gate caps now that did not; empty when none does."""
    if now.score is None or now.band == scorecard.band(now.score):
        return ""
    new = [
        gate_words(scorecard.gates[at], values)
        for at in now.gates
        if at not in then.gates and scorecard.gates[at].at_most == now.band
    ]
    return f"Capped at {LABELS[now.band]}: {listed(new)}"[:MAX_LENGTH] if new else ""


def _measure_that_moved(then: Marks, now: Marks, sign: int) -> int | None:
    """The measure that decides: going down the lowest now, going up the one that was lowest then.

    A measure without a value holds nothing back, so it counts as green here.
    """
    marks = [
        (at, 2.0 if before is None else before, 2.0 if after is None else after)
        for at, (before, after) in enumerate(zip(then, now, strict=True))
    ]
    moved = [found for found in marks if sign * (found[2] - found[1]) > 0]
    if not moved:
        return None
    return min(moved, key=lambda found: found[2] if sign < 0 else found[1])[0]


def _words(measure: Measure, then: float | None, now: float | None, mark: Mark, sign: int) -> str:
    if now is None or mark is None:
        return f"{measure.label} has no value any more"
    if measure.unit == "boolean":
        said = measure.says.get(LEVELS[int(mark)], "")
        return said[:1].upper() + said[1:] if said else f"{measure.label}: {'yes' if now else 'no'}"
    line = measure.green if mark >= 2 or (sign < 0 and mark >= 1) else measure.yellow
    is_over = (measure.direction == "up") == (sign > 0)
    side = "over" if is_over else "under"
    back = "back " if sign > 0 else ""
    before = "" if then is None else f"{value_text(then, measure.unit)} → "
    values = f"{before}{value_text(now, measure.unit)}"
    return f"{measure.label} {values}, {back}{side} the {value_text(line, measure.unit)} line"
