"""Laws that hold for every scorecard and every account."""

from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from mainstay.scores.arithmetic import LEVELS, capped, total
from mainstay.scores.bulk import score_columns
from mainstay.scores.explaining import Result, State
from mainstay.scores.sentences import coverage_text, sentence
from tests.scores.anything import VALUES, Case, cases, columns


@given(cases())
def test_points_stay_within_weights_and_everything_can_be_said(case: Case) -> None:
    result = case.score()
    assert 0 <= result.coverage <= 1 + 1e-9
    assert result.score is None or 0 <= result.score <= 100
    for part in result.dimensions:
        assert part.points is None or 0 <= part.points <= part.weight
        assert (part.points is None) == (part.band == "unknown")
    assert (result.score is None) == (result.band == "unknown")
    assert sentence(result)
    assert coverage_text(result)


@given(cases(), st.data())
def test_a_better_value_never_lowers_the_score(case: Case, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(case.scorecard.measures))
    value = case.values[chosen.metric]
    if value is None or chosen.metric == "arr":
        return
    step = data.draw(st.floats(0, 100)) * (1 if chosen.direction == "up" else -1)
    before, after = case.score(), case.score(**{chosen.metric: value + step})
    if before.is_held_back or after.is_held_back:
        return
    assert (after.score or 0) >= (before.score or 0)
    assert after.coverage == before.coverage


@given(cases())
def test_a_gate_only_ever_lowers_the_band_and_leaves_the_score(case: Case) -> None:
    with_gates, without = case.score(), replace(case, scorecard=replace(case.scorecard, gates=())).score()
    if with_gates.score is None or without.score is None:
        return
    assert with_gates.score == without.score
    assert with_gates.earned_band == without.band
    allowed = [without.band, *(gate.at_most for gate in with_gates.closed_gates)]
    assert with_gates.band == min(allowed, key=LEVELS.index)


@given(cases(), st.data())
def test_a_gate_that_holds_does_not_rest_on_what_is_unknown(case: Case, data: st.DataObject) -> None:
    timely = replace(case, late=frozenset())
    unknown = [metric for metric, value in case.values.items() if value is None]
    filled = {metric: data.draw(VALUES.filter(lambda value: value is not None)) for metric in unknown}
    before, after = timely.score(), timely.score(**filled)
    for then, now in zip(before.gates, after.gates, strict=True):
        assert now.holds or not then.holds


@given(cases())
def test_a_late_source_turns_nothing_red(case: Case) -> None:
    """What was not red when all sources were last on time is not red because some of them are late."""
    last = {metric: case.last_good.get(metric, value) for metric, value in case.values.items()}
    late_now = {metric for metric, source in case.scorecard.inputs.items() if source in case.late}
    then = {metric: last[metric] if metric in late_now else value for metric, value in case.values.items()}
    on_time = replace(case, values=then, late=frozenset(), last_good={})
    late = replace(case, last_good={metric: then[metric] for metric in late_now if then[metric] is not None})
    assert late.score().band != "red" or on_time.score().band == "red"


@given(cases())
def test_a_late_measure_is_left_out_or_keeps_its_band_and_never_counts_as_worse(case: Case) -> None:
    policies = {part.key: part.unknown for part in case.scorecard.dimensions}
    for part in case.score().dimensions:
        for measure in part.measures:
            if measure.state is State.LATE:
                assert measure.value is None
                assert measure.counts_as == "unknown" or policies[part.key] == "last_known"


@given(st.lists(cases(), min_size=1, max_size=3))
def test_many_accounts_at_once_come_out_as_one_by_one(drawn: list[Case]) -> None:
    first, *others = drawn
    accounts = [first, *(replace(first, values=one.values, last_good=one.last_good, tier=one.tier) for one in others)]
    card = first.scorecard
    scored = score_columns(
        card,
        list(range(len(accounts))),
        columns([one.values for one in accounts], list(card.inputs)),
        late_sources=first.late,
        last_good=columns([dict(one.last_good) for one in accounts], list(card.inputs)),
        fields={"tier": [one.tier for one in accounts]},
    )
    for account, totals, marks in zip(accounts, scored.totals, scored.marks, strict=True):
        result = account.score()
        assert (totals.score, totals.band, totals.is_held_back) == (result.score, result.band, result.is_held_back)
        assert totals.coverage == result.coverage
        assert totals.points == tuple(part.points for part in result.dimensions)
        assert [card.gates[at].key for at in totals.gates] == [gate.key for gate in result.closed_gates]
        assert marks == tuple(measure.mark for part in result.dimensions for measure in part.measures)


@given(cases())
def test_the_path_to_the_next_band_is_the_shortest_there_is(case: Case) -> None:
    result = case.score()
    path = result.path()
    if result.score is None or result.band == "green":
        assert path is None
        return
    assert path is not None
    assert path.target == LEVELS[LEVELS.index(result.band) + 1]
    assert _reaches(result, [(fix.kind, fix.key) for fix in path.smallest], path.target)
    assert len(path.climb) == len(path.smallest)
    fixes = _all_fixes(result)
    for size in range(len(path.smallest)):
        assert not any(_reaches(result, chosen, path.target) for chosen in combinations(fixes, size))
    for fix in path.fixes:
        assert fix.is_enough == _reaches(result, [(fix.kind, fix.key)], path.target)
    enough = {(fix.kind, fix.key) for fix in path.fixes if fix.is_enough}
    assert enough == {fix for fix in fixes if _reaches(result, [fix], path.target)}


def _all_fixes(result: Result) -> list[tuple[str, str]]:
    found = [
        ("measure", measure.metric)
        for part in result.dimensions
        for measure in part.measures
        if measure.mark is not None and measure.mark < 2
    ]
    blocking = [gate.key for gate in result.closed_gates if LEVELS.index(gate.at_most) <= LEVELS.index(result.band)]
    return found + [("gate", key) for key in blocking]


def _reaches(result: Result, fixes: list[tuple[str, str]] | tuple[tuple[str, str], ...], target: str) -> bool:
    """By the arithmetic itself: the account with these measures at their green line and these gates taken away."""
    card = result.scorecard
    opened = {key for kind, key in fixes if kind == "gate"}
    fixed = {key for kind, key in fixes if kind == "measure"}
    measures = [measure for part in result.dimensions for measure in part.measures]
    healed = {measure.metric: measure.green for measure in measures if measure.metric in fixed}
    marks = tuple(2.0 if measure.metric in fixed else measure.mark for measure in measures)
    gates = tuple(
        at
        for at, (gate, found) in enumerate(zip(card.gates, result.gates, strict=True))
        if gate.key not in opened
        and gate.holds({name: healed.get(name, value) for name, value in found.values.items()})
    )
    band = capped(replace(card, minimum_coverage=0.0), total(replace(card, minimum_coverage=0.0), marks), gates).band
    return LEVELS.index(band) >= LEVELS.index(target)
