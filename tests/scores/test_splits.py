"""What changed since then: an exact split into usage, records, rule and freshness."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from mainstay.common.errors import Invalid
from mainstay.ingest.sources import record_arrival
from mainstay.interactions.models import Response
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import past
from mainstay.scores import document
from mainstay.scores.arithmetic import Scorecard
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.scoring import score
from mainstay.scores.selectors import health as scores_of
from mainstay.scores.services import backfill, score_all
from mainstay.scores.since import what_changed
from mainstay.scores.splits import Cause, Side, Split, split
from tests.builders import Cast, account
from tests.scores.anything import VALUES, Case, cases
from tests.scores.cards import HEALTHY, SICK, TECHCORP, shipped
from tests.scores.profiles import Values, keep, table, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEN = datetime(2026, 11, 15, tzinfo=UTC)
DAY = timedelta(days=1)
BEFORE = HEALTHY | {"expansion_12m": 0.0}


def _side(values: Values, total: int | None, card: Scorecard | None = None) -> Side:
    return Side(card or shipped("standard"), total, "yellow", values, {})


def _points(found: Split) -> dict[str, int]:
    return {str(cause): points for cause, points in found.points.items() if points}


@pytest.mark.parametrize(
    ("now", "total_then", "total_now", "points"),
    [
        (TECHCORP, 97, 69, {"usage": -20, "records": -8}),
        (TECHCORP, 97, 61, {"usage": -20, "records": -8, "freshness": -8}),
        (TECHCORP, 90, 69, {"usage": -20, "records": -8, "freshness": 7}),
        (BEFORE, 97, 97, {}),
        (BEFORE, 97, None, {}),
        (BEFORE, None, 97, {}),
    ],
)
def test_points_go_to_what_moved_them_and_add_up(
    now: Values, total_then: int | None, total_now: int | None, points: dict[str, int]
) -> None:
    found = split(_side(BEFORE, total_then), _side(now, total_now))
    assert _points(found) == points
    if found.change is not None:
        assert sum(found.points.values()) == found.change


def test_a_change_of_the_rule_is_no_change_of_the_account() -> None:
    there = score(shipped("enterprise"), TECHCORP).score
    assert there == 72
    found = split(_side(TECHCORP, 69), _side(TECHCORP, there, shipped("enterprise")))
    assert _points(found) == {"rule": 3}
    assert found.moved[Cause.USAGE] == ()


def test_the_measures_that_moved_are_named_those_that_changed_colour_first() -> None:
    now = BEFORE | {"daily_active_rate": 60.0, "feature_coverage": 90.0, "csat_90d": None}
    found = split(_side(BEFORE, 97), _side(now, 77))
    assert [(one.label, one.then, one.now, one.band_now) for one in found.moved[Cause.USAGE]] == [
        ("Daily active rate", 80.0, 60.0, "yellow"),
        ("Feature coverage", 80.0, 90.0, "green"),
    ]
    assert [(one.metric, one.now) for one in found.moved[Cause.RECORDS]] == [("csat_90d", None)]


@given(cases(), cases(), st.data())
def test_the_parts_always_add_up_to_the_whole(then: Case, now: Case, data: st.DataObject) -> None:
    """Other values, another scorecard, other sources late: nothing is left over and nothing counted twice."""
    values = {metric: data.draw(VALUES) for metric in now.scorecard.inputs} | then.values
    now = replace(now, values=values)
    before, after = then.score(), now.score()
    sides = (
        Side(case.scorecard, result.score, result.band, case.values, {})
        for case, result in ((then, before), (now, after))
    )
    found = split(*sides)
    if before.score is None or after.score is None:
        assert not found.is_exact
        assert sum(found.points.values()) == 0
    else:
        assert sum(found.points.values()) == after.score - before.score


def test_an_account_explains_what_changed_since_a_day(cast: Cast) -> None:
    techcorp = account("TechCorp", tier="mid-market")
    keep(THEN.date() - DAY, {techcorp: BEFORE})
    backfill([THEN.date() - DAY])
    write({techcorp: TECHCORP})
    score_all(NOW)
    found = what_changed(techcorp.pk, THEN.date(), now=NOW)
    assert found is not None
    assert (found.split.score_then, found.split.score_now) == (97, 69)
    assert _points(found.split) == {"usage": -20, "records": -8}
    assert (found.rule_then, found.rule_now) == ("Standard v1", "Standard v1")
    assert (found.since, found.until) == (THEN, NOW)


def test_a_late_source_is_told_apart_from_the_account(cast: Cast) -> None:
    keep(THEN.date() - DAY, {cast.globex: TECHCORP})
    backfill([THEN.date() - DAY])
    record_arrival("product", at=datetime(2026, 11, 17, 9, tzinfo=UTC), rows=5)
    write({cast.globex: TECHCORP})
    score_all(NOW)
    found = what_changed(cast.globex.pk, THEN, now=NOW)
    assert found is not None
    assert (found.split.change, _points(found.split), found.late_now) == (12, {"freshness": 12}, ["product"])


def test_what_came_late_for_the_earlier_day_is_freshness(cast: Cast) -> None:
    day = THEN.date() - DAY
    keep(day, {cast.globex: SICK})
    backfill([day])
    past.KEPT.correct([Corrected(day, table({cast.globex: TECHCORP}), no_notes([cast.globex.pk], Reason.LATE))], at=NOW)
    write({cast.globex: TECHCORP})
    score_all(NOW)
    found = what_changed(cast.globex.pk, THEN, now=NOW)
    assert found is not None
    assert (found.split.score_then, found.split.score_now) == (0, 69)
    assert _points(found.split) == {"freshness": 69}


def test_a_day_nobody_recorded_is_told_as_it_is_known_now(cast: Cast) -> None:
    ensure_scorecards(THEN - 30 * DAY)
    for key, kind, answer in (("a1", "nps", 3.0), ("a2", "csat", 2.0)):
        answered = THEN - 20 * DAY
        Response.objects.create(key=key, account=cast.globex, kind=kind, score=answer, answered_at=answered)
    Response.objects.update(created_at=NOW)  # imported long after both instants
    found = what_changed(cast.globex.pk, THEN - 7 * DAY, as_of=THEN, now=NOW)
    assert found is not None
    shown = scores_of(cast.globex.pk, THEN - 7 * DAY)
    assert shown is not None
    assert (found.split.score_then, found.split.points[Cause.FRESHNESS]) == (shown.score, 0)


def test_a_new_version_of_the_scorecard_is_the_rule(cast: Cast, settings: LazySettings) -> None:
    day = THEN.date() - DAY
    keep(day, {cast.globex: TECHCORP})
    ensure_scorecards(THEN - 5 * DAY)
    backfill([day])
    folder = settings.MAINSTAY_HOME / "scorecards"
    folder.mkdir()
    changed = yaml.safe_load((document.SHIPPED / "standard.yaml").read_text())
    changed["dimensions"][0]["measures"][0]["green"] = 60
    changed["dimensions"][0]["measures"][1]["green"] = 50
    (folder / "standard.yaml").write_text(yaml.safe_dump(changed))
    ensure_scorecards(NOW)
    write({cast.globex: TECHCORP})
    score_all(NOW)
    found = what_changed(cast.globex.pk, THEN, now=NOW)
    assert found is not None
    assert (_points(found.split), found.rule_then, found.rule_now) == ({"rule": 20}, "Standard v1", "Standard v2")


def test_two_past_instants_can_be_compared(cast: Cast) -> None:
    days = [date(2026, 11, 9), date(2026, 11, 14)]
    keep(days[0], {cast.globex: BEFORE})
    keep(days[1], {cast.globex: TECHCORP})
    backfill(days)
    found = what_changed(cast.globex.pk, date(2026, 11, 10), as_of=THEN, now=NOW)
    assert found is not None
    assert (found.split.change, _points(found.split)) == (-28, {"usage": -20, "records": -8})
    with pytest.raises(Invalid, match="choose an instant before"):
        what_changed(cast.globex.pk, THEN, as_of=date(2026, 11, 10), now=NOW)


def test_a_parent_with_the_score_of_its_children_names_those_that_moved(cast: Cast) -> None:
    group = account("Umbrella")
    for child in (cast.globex, cast.acme):
        child.parent = group
        child.save(update_fields=["parent"])
    day = THEN.date() - DAY
    keep(day, {cast.globex: HEALTHY | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}})
    backfill([day])
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}})
    score_all(NOW)
    found = what_changed(group.pk, THEN, now=NOW)
    assert found is not None
    assert (found.split.score_then, found.split.score_now) == (100, 75)
    assert [(one.name, one.then, one.now) for one in found.children] == [("Globex", 100, 0)]
    assert (found.is_rolled_up, _points(found.split)) == (True, {})
