"""Why an account stands where it stands, in a sentence or two; what its score rests on, in a few words. Pure."""

from collections.abc import Collection, Sequence

from mainstay.scores.arithmetic import GREEN, LABELS
from mainstay.scores.explaining import MeasureResult, Plan, Result, State, Step
from mainstay.scores.roll_ups import Rolled
from mainstay.scores.wording import NUMBERS, day_text, listed


def sentence(result: Result, *, slipped: Collection[str] = ()) -> str:
    """Why the account stands where it stands, and what would be enough. `slipped`: dimensions that were green."""
    said = _headline(result, frozenset(slipped))
    late = _late_words(result)
    return f"{said} {late}" if late and not result.is_held_back else said


def coverage_text(result: Result) -> str:
    """Which dimensions have fresh data, and what stands in for the rest, in words."""
    if result.rolled is not None:
        return f"{result.rolled.scored} of {result.rolled.children} child accounts have a score"
    said = _coverage(result)
    standing = [measure for part in result.dimensions for measure in part.measures if measure.stands_in]
    held = [measure.label for measure in standing if measure.last_good]
    assumed = [f"{measure.label} as {LABELS[measure.counts_as]}" for measure in standing if not measure.last_good]
    if held:
        said += f"; {listed(held)} by the last known band"
    if assumed:
        said += f"; without a value {listed(assumed)}"
    return said


def _coverage(result: Result) -> str:
    late = [part.label for part in result.dimensions if any(_is_left_out_late(m) for m in part.measures)]
    if late:
        return f"{listed(late)} left out in part or whole: the data is late"
    if result.coverage == 1:
        return f"all {NUMBERS[len(result.dimensions)]} dimensions have fresh data"
    missing = [part.label for part in result.dimensions if all(m.state is State.UNKNOWN for m in part.measures)]
    if missing:
        return f"{listed(missing)}: no data"
    partial = [part.label for part in result.dimensions if any(m.state is not State.KNOWN for m in part.measures)]
    return f"{listed(partial)}: known in part"


def _headline(result: Result, slipped: frozenset[str]) -> str:
    if result.score is None:
        return _no_score(result)
    if result.rolled is not None:
        return _rolled_up(result.rolled)
    caps = _caps(result)
    if caps and result.earned_band == GREEN:
        return f"{caps} It needs {_needs_of_gates(result)}."
    ways = _ways_up(result, slipped)
    return f"{caps} {ways}" if caps else ways


def _rolled_up(rolled: Rolled) -> str:
    said = "the mean of its child accounts by ARR" if rolled.rule == "arr_weighted_mean" else "the worst child account"
    left_out = rolled.children - rolled.scored
    without = f", {left_out} without a score left out" if left_out else ""
    return f"No data of its own; the score is {said}{without}."


def _caps(result: Result) -> str:
    if not result.caps:
        return ""
    said = listed([gate.says for gate in result.caps])
    alone = f"the score alone, {result.score}, would be {LABELS[result.earned_band]}."
    return f"Capped at {LABELS[result.band]}: {said}; {alone}"


def _ways_up(result: Result, slipped: frozenset[str]) -> str:
    plan = result.plan()
    if not plan.steps:
        return "Every dimension is green." if result.coverage == 1 else "Every dimension with data is green."
    if result.earned_band == GREEN:
        best = plan.steps[0]
        said = f"Bringing it back adds {best.gain}: {result.score} would be {best.score_after}."
        return f"{_fallen([best], slipped)} {said}"
    if plan.enough_alone:
        return _single_fix(result, plan, slipped)
    return _several_fixes(result, plan, slipped)


def _single_fix(result: Result, plan: Plan, slipped: frozenset[str]) -> str:
    first, *others = plan.enough_alone
    said = (
        f"{_fallen([first], slipped)} Bringing it back is enough: "
        f"{result.score} + {first.gain} makes {first.score_after}, {_healthy(result)}."
    )
    if others:
        also = listed([f"{step.label} (+{step.gain})" for step in others], word="or")
        return f"{said} So would {also} alone."
    return f"{said} No other single fix reaches {plan.target}." if len(plan.steps) > 1 else said


def _several_fixes(result: Result, plan: Plan, slipped: frozenset[str]) -> str:
    gains = " + ".join(str(step.gain) for step in plan.smallest)
    exact = (result.score or 0) + sum(step.gain for step in plan.smallest) == plan.score_after_smallest
    sums = f": {result.score} + {gains}" if exact else ""
    together = f"together they make {plan.score_after_smallest}, {_healthy(result)}{sums}"
    return f"{_fallen(plan.smallest, slipped)} No single fix reaches {plan.target}; {together}."


def _healthy(result: Result) -> str:
    """`Healthy`, and what has to go with it while a gate holds."""
    return f"{LABELS[GREEN]} with {_needs_of_gates(result)}" if result.closed_gates else LABELS[GREEN]


def _needs_of_gates(result: Result) -> str:
    return listed([gate.needs for gate in result.closed_gates])


def _fallen(steps: Sequence[Step], slipped: frozenset[str]) -> str:
    names = listed([step.label for step in steps])
    if len(steps) == 1:
        return f"{names} {'slipped' if steps[0].dimension in slipped else 'is'} under its green line."
    verb = "slipped" if all(step.dimension in slipped for step in steps) else "are"
    return f"{names} {verb} under their green lines."


def _no_score(result: Result) -> str:
    if result.is_held_back:
        return (
            f"{_late_words(result)} What is left would be at risk, the last good values are not: no score until then."
        )
    least = f"{result.scorecard.minimum_coverage:.0%}"
    if result.coverage == 0:
        return "No score: nothing the scorecard asks for has been sent yet."
    return f"No score: {result.coverage:.0%} of the scorecard has data, {least} is the least it asks for."


def _late_words(result: Result) -> str:
    left_out = [measure for measure in result.late if _is_left_out_late(measure)]
    held = [measure for measure in result.late if not _is_left_out_late(measure)]
    said = []
    if left_out:
        said.append(f"{_names(left_out)} left out until fresh data comes{_since(left_out)}.")
    if held:
        said.append(f"{_names(held)} counted by the last known band until fresh data comes{_since(held)}.")
    return " ".join(said)


def _is_left_out_late(measure: MeasureResult) -> bool:
    return measure.state is State.LATE and not measure.stands_in


def _names(measures: Sequence[MeasureResult]) -> str:
    return listed(list(dict.fromkeys(measure.label for measure in measures)))


def _since(measures: Sequence[MeasureResult]) -> str:
    at = min((measure.last_good.at for measure in measures if measure.last_good), default=None)
    return f", last good on {day_text(at)}" if at else ""
