"""Why one account stands elsewhere under another scorecard, its values being the same. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mainstay.scores.arithmetic import Dimension, Mark, Measure, Scorecard, Totals
from mainstay.scores.wording import value_text

# What a measure without a value weighs in a comparison: nothing holds back.
_GREEN: Mark = 2.0


@dataclass(frozen=True)
class Standing:
    """One account under the scorecard that serves it: its values and marks in the order of the measures."""

    scorecard: Scorecard
    totals: Totals
    row: Sequence[float | None]
    marks: Sequence[Mark]


@dataclass(frozen=True)
class _Part:
    """A dimension of a standing, with the share of the score it brings."""

    dimension: Dimension
    share: float
    measures: dict[str, tuple[Measure, float | None, Mark]]


def reason(before: Standing | None, after: Standing | None) -> str:
    """The dimension that moves the account most, and what moves it there; a few words. Empty: it does not move."""
    if before is None or after is None:
        if after is not None:
            return f"{after.scorecard.name} serves it, none did before"
        return "No scorecard serves it any more" if before is not None else ""
    other = after.scorecard.key != before.scorecard.key
    said = _moved(before, after)
    if not other:
        return said
    by = f"{after.scorecard.name} serves it instead of {before.scorecard.name}"
    return f"{by}; {said[:1].lower()}{said[1:]}" if said else by


def _moved(before: Standing, after: Standing) -> str:
    then, now = before.totals, after.totals
    if then.score is None or now.score is None:
        return _coverage(before, after)
    if then.score == now.score:
        return _cut(before, after)
    sign = 1 if now.score > then.score else -1
    parts_then, parts_now = _parts(before), _parts(after)
    deltas = {
        key: sign
        * ((parts_now[key].share if key in parts_now else 0) - (parts_then[key].share if key in parts_then else 0))
        for key in [*parts_now, *(key for key in parts_then if key not in parts_now)]
    }
    key = max(deltas, key=lambda one: deltas[one])
    return _dimension(parts_then.get(key), parts_now.get(key), sign)


def _coverage(before: Standing, after: Standing) -> str:
    then, now = before.totals, after.totals
    if then.score is None and now.score is None:
        return ""
    least = f"{(before if then.score is None else after).scorecard.minimum_coverage:.0%}"
    if now.score is None:
        return f"{now.coverage:.0%} of it has data, {least} is the least it asks for"
    return f"{now.coverage:.0%} of it has data; before it was {then.coverage:.0%}, and {least} was the least"


def _cut(before: Standing, after: Standing) -> str:
    if before.totals.band == after.totals.band:
        return ""
    then, now = before.scorecard, after.scorecard
    if then.green != now.green and "green" in (before.totals.band, after.totals.band):
        return f"Healthy from {now.green}, was {then.green}"
    if then.yellow != now.yellow:
        return f"Moderate from {now.yellow}, was {then.yellow}"
    return "A gate caps it" if _is_worse(after.totals, before.totals) else "A gate caps it no longer"


def _is_worse(one: Totals, other: Totals) -> bool:
    order = ("green", "yellow", "red", "unknown")
    return order.index(one.band) > order.index(other.band)


def _parts(standing: Standing) -> dict[str, _Part]:
    """The dimensions that count, by key; `share`: their part of the 100."""
    card, found, start = standing.scorecard, {}, 0
    known = [(d, p) for d, p in zip(card.dimensions, standing.totals.points, strict=True) if p is not None]
    weight = sum(dimension.weight for dimension, _ in known) or 1
    for dimension, points in zip(card.dimensions, standing.totals.points, strict=True):
        end = start + len(dimension.measures)
        own = zip(dimension.measures, standing.row[start:end], standing.marks[start:end], strict=True)
        if points is not None:
            measures = {measure.metric: (measure, value, mark) for measure, value, mark in own}
            found[dimension.key] = _Part(dimension, 100 * points / weight, measures)
        start = end
    return found


def _dimension(then: _Part | None, now: _Part | None, sign: int) -> str:
    if now is None:
        return f"{then.dimension.label} does not count any more" if then is not None else ""
    label = now.dimension.label
    if then is None:
        return f"{label} counts now"
    said = next(_measures(then, now, sign), "")
    if said:
        return f"{label}: {said}"
    if then.dimension.weight != now.dimension.weight:
        return f"{label} weighs {now.dimension.weight}, was {then.dimension.weight}"
    if then.dimension.combine != now.dimension.combine:
        how = "the average of its measures" if now.dimension.combine == "average" else "its worst measure"
        return f"{label} counts {how} now"
    if then.dimension.points != now.dimension.points:
        way = "in proportion between the lines" if now.dimension.points == "linear" else "by colour"
        return f"{label} earns {way} now"
    return f"{label} weighs more beside the others" if sign > 0 else f"{label} weighs less beside the others"


def _measures(then: _Part, now: _Part, sign: int) -> Iterator[str]:
    """What is said of the measures that moved in this direction, the one that decides first."""
    moved = []
    for metric in [*now.measures, *(key for key in then.measures if key not in now.measures)]:
        _, _, mark_then = then.measures.get(metric, (None, None, _GREEN))
        _, _, mark_now = now.measures.get(metric, (None, None, _GREEN))
        before, after = _GREEN if mark_then is None else mark_then, _GREEN if mark_now is None else mark_now
        if before is not None and after is not None and sign * (after - before) > 0:
            moved.append((after if sign < 0 else before, metric))
    for _, metric in sorted(moved):
        yield _measure(then.measures.get(metric), now.measures.get(metric))


def _measure(then: tuple[Measure, float | None, Mark] | None, now: tuple[Measure, float | None, Mark] | None) -> str:
    shown = now or then
    if shown is None:
        return ""
    measure, value, _ = shown
    known = f"{measure.label} {value_text(value, measure.unit)}" if value is not None else measure.label
    if now is None:
        return f"{known} counts no longer"
    if then is None:
        return f"{known} counts now"
    if value is None:
        return f"{known} has no value, which counts otherwise now"
    name, green = "green", (then[0].green, now[0].green)
    if green[0] == green[1] and then[0].yellow != now[0].yellow:
        name, green = "yellow", (then[0].yellow, now[0].yellow)
    if green[0] == green[1]:
        return f"{known} counts otherwise now"
    return f"{known}, {name} from {value_text(green[1], measure.unit)} instead of {value_text(green[0], measure.unit)}"
