"""Scoring all accounts: what is written, what is left alone, what the history tells."""

from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from django.conf import LazySettings

from mainstay.accounts.models import Account
from mainstay.ingest.sources import record_arrival
from mainstay.lake.days import Corrected, Known, Reason, no_notes
from mainstay.lake.models import DataFile
from mainstay.metrics import past
from mainstay.scores import document, selectors
from mainstay.scores.errors import BadScorecard
from mainstay.scores.models import Health, ScorecardVersion, ScoringRun
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, table, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _health(of: object) -> Health:
    return Health.objects.get(account=of)


def test_each_account_is_scored_by_the_scorecard_that_serves_it(cast: Cast) -> None:
    techcorp = account("TechCorp", tier="mid-market")
    write({cast.acme: HEALTHY, cast.globex: SICK, cast.initech: HEALTHY, techcorp: TECHCORP})
    run = score_all(NOW)
    found = {
        row.account.key: (row.scorecard_version.scorecard.key, row.score, row.band) for row in Health.objects.all()
    }
    assert found == {
        "acme": ("enterprise", 100, "green"),
        "globex": ("standard", 0, "red"),
        "techcorp": ("standard", 69, "yellow"),
    }
    assert (run.accounts, run.changed) == (3, 3)


def test_techcorp_explains_itself(cast: Cast) -> None:
    techcorp = account("TechCorp", tier="mid-market")
    keep(date(2026, 11, 14), {techcorp: TECHCORP | {"daily_active_rate": 71.0, "feature_coverage": 64.0}})
    backfill([date(2026, 11, 14)])
    write({techcorp: TECHCORP})
    score_all(NOW)
    view = selectors.health(techcorp.pk)
    assert view is not None
    assert (view.score, view.band, view.label, view.coverage, view.version) == (69, "yellow", "Moderate", 1.0, 1)
    assert (view.score_7d_ago, view.change_7d, view.previous_band) == (89, -20, "")
    assert view.cause == "Daily active rate 71% → 65%, under the 70% line"
    assert view.sentence.startswith("Product usage slipped under its green line. Bringing it back is enough: 69 + 20")
    assert view.as_of == NOW
    assert view.weeks[-2:] == (89, 69)
    assert view.as_dict()["dimensions"][0]["measures"][0]["value"] == 65.0


def test_an_unchanged_account_is_not_written_again(cast: Cast) -> None:
    write({cast.acme: HEALTHY, cast.globex: SICK})
    score_all(NOW)
    assert score_all(NOW + timedelta(seconds=10)).changed == 0
    assert _health(cast.acme).as_of == NOW
    write({cast.acme: HEALTHY | {"nps_latest": 9.5}, cast.globex: SICK})
    assert score_all(NOW + timedelta(seconds=20)).changed == 1
    view = selectors.health(cast.globex.pk)
    assert view is not None
    assert view.as_of == NOW + timedelta(seconds=20)


def test_on_a_new_day_every_row_is_written_since_trends_move_with_the_day(cast: Cast) -> None:
    write({cast.acme: HEALTHY, cast.globex: SICK})
    score_all(NOW)
    assert score_all(NOW + DAY).changed == 2


def test_a_changed_band_remembers_when_and_from_where(cast: Cast) -> None:
    write({cast.globex: HEALTHY})
    score_all(NOW)
    row = _health(cast.globex)
    assert (row.band, row.band_since, row.previous_band) == ("green", NOW, "")
    write({cast.globex: SICK})
    score_all(NOW + DAY)
    row = _health(cast.globex)
    assert (row.band, row.band_since, row.previous_band) == ("red", NOW + DAY, "green")
    score_all(NOW + 2 * DAY)
    assert _health(cast.globex).band_since == NOW + DAY


def test_history_tells_how_long_an_account_stands_where_it_stands(cast: Cast) -> None:
    write({cast.globex: SICK})
    score_all(NOW)
    assert _health(cast.globex).band_since == NOW
    days = [date(2026, 11, 10) + DAY * offset for offset in range(11)]
    for day in days:
        keep(day, {cast.globex: TECHCORP if day < date(2026, 11, 15) else SICK})
    assert backfill(days) == 11
    score_all(NOW + timedelta(seconds=10))
    row = _health(cast.globex)
    assert row.band_since == datetime(2026, 11, 16, tzinfo=UTC)
    assert row.previous_band == "yellow"
    assert [(point.day.day, point.score, point.band) for point in selectors.history(
        cast.globex.pk, date(2026, 11, 13), date(2026, 11, 17))
    ] == [(13, 69, "yellow"), (14, 69, "yellow"), (15, 0, "red"), (16, 0, "red")]  # fmt: skip


def test_backfill_can_be_repeated_and_makes_one_file_of_a_month(cast: Cast) -> None:
    days = [date(2026, 10, 30) + DAY * offset for offset in range(4)]
    for day in days:
        keep(day, {cast.globex: SICK})
    assert backfill(days) == 4
    assert backfill([*days, date(2026, 9, 1)]) == 0
    assert backfill([*days, date(2026, 9, 1)], again=True) == 4
    live = DataFile.objects.filter(table="health", removed_by=None)
    assert sorted((file.starts_on, file.rows) for file in live) == [(date(2026, 10, 30), 4), (date(2026, 11, 1), 4)]
    assert len(selectors.history(cast.globex.pk, days[0], days[-1] + DAY)) == 4


def test_the_day_that_is_over_is_kept_once(cast: Cast) -> None:
    write({cast.globex: SICK})
    keep(date(2026, 11, 21), {cast.globex: TECHCORP})
    score_all(NOW)
    score_all(NOW + timedelta(hours=1))
    points = selectors.history(cast.globex.pk, date(2026, 1, 1), date(2027, 1, 1))
    assert [(point.day, point.score, point.version) for point in points] == [(date(2026, 11, 21), 69, 1)]


def test_a_late_source_freezes_its_measures_and_no_change_is_claimed(cast: Cast) -> None:
    record_arrival("product", at=datetime(2026, 11, 17, 9, tzinfo=UTC), rows=5)
    keep(date(2026, 11, 17), {cast.globex: TECHCORP})
    keep(date(2026, 11, 14), {cast.globex: TECHCORP})
    backfill([date(2026, 11, 14)])
    write({cast.globex: TECHCORP | {"daily_active_rate": 3.0, "days_since_last_activity": 5.0}})
    score_all(NOW)
    row = _health(cast.globex)
    assert (row.score, row.has_late, row.change_7d) == (81, True, None)
    view = selectors.health(cast.globex.pk)
    assert view is not None
    usage = view.result.dimensions[0]
    assert usage.points is None
    active = usage.measures[0]
    assert (active.state, active.value) == ("late", None)
    assert active.last_good is not None
    assert (active.last_good.value, active.last_good.at) == (65.0, datetime(2026, 11, 17, 9, tzinfo=UTC))
    assert view.coverage == pytest.approx(0.6)


def test_a_late_source_turns_no_account_red(cast: Cast) -> None:
    record_arrival("product", at=datetime(2026, 11, 17, 9, tzinfo=UTC), rows=5)
    values = HEALTHY | {"response_rate": 0.0, "csat_90d": 1.0, "nps_latest": 7.0}
    keep(date(2026, 11, 17), {cast.globex: values})
    write({cast.globex: values | {"daily_active_rate": 0.0}, cast.acme: SICK})
    score_all(NOW)
    row = _health(cast.globex)
    assert (row.score, row.band) == (None, "unknown")
    view = selectors.health(cast.globex.pk)
    assert view is not None
    assert (view.score, view.band, view.result.is_held_back) == (None, "unknown", True)


def test_a_past_instant_is_scored_from_what_was_known_then(cast: Cast) -> None:
    keep(date(2026, 11, 1), {cast.globex: HEALTHY})
    write({cast.globex: SICK})
    score_all(NOW)
    view = selectors.health(cast.globex.pk, date(2026, 11, 2))
    assert view is not None
    assert (view.score, view.band, view.as_of) == (100, "green", datetime(2026, 11, 2, tzinfo=UTC))


def test_a_late_source_of_then_holds_its_measures_back_in_the_past_too(cast: Cast) -> None:
    record_arrival("product", at=datetime(2026, 11, 17, 9, tzinfo=UTC), rows=5)
    values = HEALTHY | {"daily_active_rate": 0.0}
    keep(date(2026, 11, 21), {cast.globex: values})
    write({cast.globex: values})
    score_all(NOW)
    then = selectors.health(cast.globex.pk, date(2026, 11, 22))
    assert then is not None
    assert [measure.metric for measure in then.result.late][:1] == ["daily_active_rate"]
    assert then.band != "red"
    (point,) = selectors.history(cast.globex.pk, date(2026, 11, 21), date(2026, 11, 22))
    assert point.score == then.score


def test_the_past_is_explained_by_the_version_it_was_scored_with(cast: Cast) -> None:
    keep(date(2026, 11, 1), {cast.globex: TECHCORP})
    backfill([date(2026, 11, 1)])
    ScorecardVersion.objects.filter(scorecard__key="standard").update(published_at=NOW)
    latest = ScorecardVersion.objects.get(scorecard__key="standard")
    ScorecardVersion.objects.create(
        scorecard=latest.scorecard, version=2, document=latest.document, published_at=datetime(2026, 10, 1, tzinfo=UTC)
    )
    view = selectors.health(cast.globex.pk, date(2026, 11, 2))
    assert view is not None
    assert view.version == 1


def test_what_was_known_then_and_is_known_now_are_two_answers(cast: Cast) -> None:
    day = date(2026, 11, 1)
    keep(day, {cast.globex: HEALTHY})
    backfill([day])
    notes = no_notes([cast.globex.pk], Reason.LATE)
    past.KEPT.correct([Corrected(day, table({cast.globex: SICK}), notes)], at=NOW)
    assert backfill([day], at=NOW, again=True) == 1
    views = {known: selectors.health(cast.globex.pk, day + DAY, known=known) for known in Known}
    assert {known: view and view.score for known, view in views.items()} == {Known.THEN: 100, Known.NOW: 0}


def test_an_account_without_a_profile_or_never_scored_is_unknown(cast: Cast) -> None:
    assert selectors.health(cast.acme.pk) is None
    write({})
    score_all(NOW)
    view = selectors.health(cast.acme.pk)
    assert view is not None
    assert (view.score, view.band, view.coverage) == (None, "unknown", 0)
    assert view.sentence == "No score: nothing the scorecard asks for has been sent yet."


def test_an_account_that_churned_keeps_the_score_it_left_with(cast: Cast) -> None:
    write({cast.globex: TECHCORP})
    score_all(NOW)
    cast.globex.churned_on = NOW.date()
    cast.globex.save(update_fields=["churned_on"])
    write({cast.globex: SICK})
    score_all(NOW + DAY)
    assert _health(cast.globex).score == 69


def test_shipped_scorecards_are_published_once_and_again_when_they_change(db: None, tmp_path: document.Path) -> None:
    content = yaml.safe_load((document.SHIPPED / "standard.yaml").read_text())
    (tmp_path / "standard.yaml").write_text(yaml.safe_dump(content))
    assert ensure_scorecards(NOW, shipped=tmp_path) == 1
    assert ensure_scorecards(NOW, shipped=tmp_path) == 0
    content["dimensions"][0]["measures"][0]["green"] = 75
    (tmp_path / "standard.yaml").write_text(yaml.safe_dump(content))
    assert ensure_scorecards(NOW + DAY, shipped=tmp_path) == 1
    assert list(ScorecardVersion.objects.values_list("version", "is_shipped")) == [(1, True), (2, True)]
    latest = selectors.scorecards()[0].scorecard
    assert (latest.version, latest.measures[0].green) == (2, 75)


def test_a_scorecard_that_a_person_published_is_left_alone(db: None) -> None:
    ensure_scorecards(NOW)
    version = ScorecardVersion.objects.get(scorecard__key="standard")
    own = version.document | {"name": "Ours"}
    ScorecardVersion.objects.create(scorecard=version.scorecard, version=2, document=own, published_at=NOW)
    assert ensure_scorecards(NOW) == 0


def test_an_own_scorecard_takes_the_place_of_a_shipped_one(cast: Cast, settings: LazySettings) -> None:
    ensure_scorecards(NOW)
    own = settings.MAINSTAY_HOME / "scorecards"
    own.mkdir()
    text = (document.SHIPPED / "standard.yaml").read_text()
    (own / "standard.yaml").write_text(text.replace("green: 70 ", "green: 60 "))
    assert ensure_scorecards(NOW + DAY) == 1
    assert ensure_scorecards(NOW + DAY) == 0
    write({cast.globex: TECHCORP | {"feature_coverage": 64.0}})
    score_all(NOW + DAY)
    assert (_health(cast.globex).score, _health(cast.globex).scorecard_version.version) == (89, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [(("weight: 40", "weight: 50"), "add up to 110"), (("nps_latest", "nps"), "'nps', which is no metric"),
     (("position: 100", 'condition: "score > 1"'), "no field 'score'")],
)  # fmt: skip
def test_a_wrong_own_scorecard_is_refused_and_nothing_is_published(
    db: None, settings: LazySettings, change: tuple[str, str], said: str
) -> None:
    own = settings.MAINSTAY_HOME / "scorecards"
    own.mkdir()
    (own / "standard.yaml").write_text((document.SHIPPED / "standard.yaml").read_text().replace(*change))
    with pytest.raises(BadScorecard, match=said):
        ensure_scorecards(NOW)
    assert not ScorecardVersion.objects.exists()


def test_history_marks_the_version_of_the_scorecard(cast: Cast) -> None:
    ensure_scorecards(datetime(2026, 11, 1, tzinfo=UTC))
    version = ScorecardVersion.objects.get(scorecard__key="standard")
    ScorecardVersion.objects.create(
        scorecard=version.scorecard,
        version=2,
        document=version.document,
        published_at=datetime(2026, 11, 10, 8, tzinfo=UTC),
    )
    days = [date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 10)]
    for day in days:
        keep(day, {cast.globex: TECHCORP})
    backfill(days)
    assert [point.version for point in selectors.history(cast.globex.pk, days[0], days[-1] + DAY)] == [1, 1, 2]


def test_runs_of_long_ago_are_forgotten(cast: Cast) -> None:
    write({})
    for hours in (0, 1, 80):
        score_all(NOW + timedelta(hours=hours))
    assert ScoringRun.objects.count() == 1


OWN = """
key: own
name: Own
position: 1
minimum_coverage: 0
unknown: last_known
hold_days: 30
dimensions:
  - {key: usage, label: Usage, weight: 60, measures: [{metric: seat_use, green: 70, yellow: 50}]}
  - {key: feedback, label: Feedback, weight: 40, measures: [{metric: nps_latest, green: 9, yellow: 7}]}
gates:
  - {key: urgent, condition: "open_urgent_tickets > 0 and tier = 'smb'", label: "{open_urgent_tickets} urgent open"}
"""


def _own(settings: LazySettings, text: str = OWN) -> None:
    folder = settings.MAINSTAY_HOME / "scorecards"
    folder.mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(text)
    ensure_scorecards(NOW)


def test_a_last_known_band_is_held_and_said_with_its_day(cast: Cast, settings: LazySettings) -> None:
    _own(settings)
    keep(date(2026, 11, 3), {cast.globex: {"nps_latest": 7.0}, cast.acme: {"nps_latest": 3.0}})
    keep(date(2026, 10, 3), {cast.initech: {"nps_latest": 3.0}})
    write({cast.globex: {"seat_use": 80.0}, cast.acme: {"seat_use": 80.0, "nps_latest": 10.0}})
    score_all(NOW)
    view = selectors.health(cast.globex.pk)
    assert view is not None
    assert (view.score, view.band, view.coverage) == (80, "green", pytest.approx(0.6))
    held = view.result.dimensions[1].measures[0]
    assert (held.state, held.value, held.counts_as) == ("held", None, "yellow")
    assert held.last_good is not None
    assert (held.last_good.value, held.last_good.at) == (7.0, datetime(2026, 11, 4, tzinfo=UTC))
    past = selectors.health(cast.globex.pk, datetime(2026, 11, 20, tzinfo=UTC))
    assert past is not None
    assert past.result.dimensions[1].measures[0].counts_as == "yellow"
    long_after = selectors.health(cast.globex.pk, datetime(2026, 12, 20, tzinfo=UTC))
    assert long_after is not None
    assert long_after.result.dimensions[1].points is None
    acme = selectors.health(cast.acme.pk)
    assert acme is not None
    assert acme.score == 100


def test_a_gate_caps_and_follows_the_fields_of_the_account(cast: Cast, settings: LazySettings) -> None:
    _own(settings)
    small = account("Small", tier="smb")
    values = {"seat_use": 80.0, "nps_latest": 9.0}
    keep(date(2026, 11, 14), {small: values | {"open_urgent_tickets": 0.0}})
    write({small: values | {"open_urgent_tickets": 2.0}})
    Account.objects.update(updated_at=NOW - DAY)
    score_all(NOW)
    row = _health(small)
    assert (row.score, row.band, row.cause) == (100, "yellow", "Capped at Moderate: 2 urgent open")
    view = selectors.health(small.pk)
    assert view is not None
    assert view.sentence.startswith("Capped at Moderate: 2 urgent open; the score alone, 100, would be Healthy.")
    Account.objects.filter(pk=small.pk).update(tier="enterprise", updated_at=NOW + timedelta(seconds=5))
    score_all(NOW + timedelta(seconds=10))
    assert _health(small).band == "green"
    assert score_all(NOW + timedelta(seconds=20)).changed == 0


def test_the_days_that_are_over_are_scored_with_gates_and_held_bands(cast: Cast, settings: LazySettings) -> None:
    _own(settings)
    small = account("Small", tier="smb")
    keep(date(2026, 11, 14), {small: {"seat_use": 80.0, "nps_latest": 7.0}})
    keep(date(2026, 11, 15), {small: {"seat_use": 80.0, "open_urgent_tickets": 1.0}})
    backfill([date(2026, 11, 14), date(2026, 11, 15)])
    points = selectors.history(small.pk, date(2026, 11, 1), date(2026, 11, 30))
    assert [(point.score, point.band) for point in points] == [(80, "green"), (80, "yellow")]
