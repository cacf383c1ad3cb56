"""Plan and apply: what is made, changed and removed, what it does, and what was changed elsewhere meanwhile."""

from datetime import UTC, datetime

import pytest

from mainstay.common.errors import MainstayError, NotAllowed
from mainstay.declared import services
from mainstay.declared.errors import BadFile, CannotApply, Drift, PlanChanged
from mainstay.declared.kind import Action
from mainstay.declared.models import Applied
from mainstay.declared.reporting import report
from mainstay.facts import catalogue
from mainstay.facts.meaning import Meaning
from mainstay.facts.models import Feature
from mainstay.facts.services import remove_feature, save_feature
from mainstay.people.models import AuditEntry
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.scores.services import score_all
from mainstay.signals import selectors
from mainstay.signals.detection import detect
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
REPORTS = "key: reports\nlabel: Reports\nevents: [Report Viewed]\ncore: true\n"
CARD = """
key: simple
name: Simple
position: 1
minimum_coverage: 0.1
dimensions:
  - key: usage
    label: Usage
    weight: 100
    measures:
      - {metric: daily_active_rate, green: GREEN, yellow: 20}
"""


def card(green: int = 60) -> str:
    return CARD.replace("GREEN", str(green))


def done(plan: services.Plan) -> list[tuple[str, str, str]]:
    return [(line.change.action.value, line.kind.name, line.change.key) for line in plan.changes]


def apply(cast: Cast, texts: dict[str, str], **options: bool) -> services.Plan:
    return services.apply(texts, by=cast.mary, reason="From git.", now=NOW, **options)


def test_files_make_things_and_a_second_time_there_is_nothing_to_do(cast: Cast) -> None:
    texts = {"features/reports.yaml": REPORTS, "scorecards/simple.yaml": card()}
    assert done(apply(cast, texts)) == [("create", "features", "reports"), ("create", "scorecards", "simple")]
    assert Feature.objects.get().is_core
    version = ScorecardVersion.objects.get(scorecard__key="simple")
    assert (version.published_by, version.reason) == (cast.mary, "From git.")
    again = services.make_plan(texts, now=NOW)
    assert (again.changes, again.count(Action.KEEP)) == ([], 2)


def test_a_change_is_said_place_by_place(cast: Cast) -> None:
    apply(cast, {"scorecards/simple.yaml": card()})
    made = services.make_plan({"scorecards/simple.yaml": card(70)}, now=NOW)
    (line,) = made.changes
    assert [str(one) for one in line.differences] == ["dimensions.usage.measures.daily_active_rate.green: 60.0 → 70.0"]


def test_the_effect_of_a_scorecard_is_counted_in_accounts(cast: Cast) -> None:
    for account, rate in ((cast.acme, 65.0), (cast.globex, 90.0)):
        builders.profile(account, daily_active_rate=rate)
    apply(cast, {"scorecards/simple.yaml": card()})
    score_all(NOW)
    made = services.make_plan({"scorecards/simple.yaml": card(70)}, now=NOW)
    effect = made.effects["scorecards"]
    assert effect.numbers is not None
    assert (effect.numbers["changing"], effect.numbers["green_to_yellow"]) == (1, 1)
    assert "Healthy → Moderate: 1" in effect.sentences


def test_what_left_the_files_is_removed_and_what_was_never_in_them_stays(cast: Cast) -> None:
    save_feature(catalogue.read("key: own\nevents: [X]", origin="own"), by=cast.mary)
    apply(cast, {"features/reports.yaml": REPORTS})
    assert done(apply(cast, {})) == [("remove", "features", "reports")]
    assert list(Feature.objects.values_list("key", flat=True)) == ["own"]
    assert not Applied.objects.exists()


def test_what_went_everywhere_is_forgotten_and_somebody_elses_thing_of_its_key_stays(cast: Cast) -> None:
    apply(cast, {"features/reports.yaml": REPORTS})
    remove_feature("reports", by=cast.mary)
    assert done(apply(cast, {})) == []
    save_feature(catalogue.check({"key": "reports", "events": ["Report Viewed"]}, origin="The browser"), by=cast.mary)
    assert services.make_plan({}, now=NOW).changes == []


def test_pruning_removes_what_anybody_made(cast: Cast) -> None:
    save_feature(catalogue.read("key: own\nevents: [X]", origin="own"), by=cast.mary)
    assert done(apply(cast, {}, is_pruning=True)) == [("remove", "features", "own")]


def test_a_change_in_the_browser_since_is_not_overwritten_unasked(cast: Cast) -> None:
    apply(cast, {"features/reports.yaml": REPORTS})
    save_feature(catalogue.read(REPORTS.replace("Reports", "Reporting"), origin="r"), by=cast.mary)
    wanted = {"features/reports.yaml": REPORTS.replace("core: true", "core: false")}
    assert [line.change.key for line in services.make_plan(wanted, now=NOW).drifted] == ["reports"]
    with pytest.raises(Drift, match=r"Feature 'reports'.*config export"):
        apply(cast, wanted)
    assert Feature.objects.get().label == "Reporting"
    apply(cast, wanted, overwrite=True)
    assert (Feature.objects.get().label, Feature.objects.get().is_core) == ("Reports", False)


def test_a_change_in_the_browser_that_the_files_took_over_is_no_drift(cast: Cast) -> None:
    apply(cast, {"features/reports.yaml": REPORTS})
    changed = REPORTS.replace("Reports", "Reporting")
    save_feature(catalogue.read(changed, origin="r"), by=cast.mary)
    assert apply(cast, {"features/reports.yaml": changed}).drifted == []
    assert apply(cast, {"features/reports.yaml": REPORTS}).drifted == []


def test_only_the_plan_that_was_seen_is_applied(cast: Cast) -> None:
    seen = services.make_plan({"features/reports.yaml": REPORTS}, now=NOW).digest
    save_feature(catalogue.read(REPORTS.replace("Reports", "Other"), origin="r"), by=cast.mary)
    with pytest.raises(PlanChanged, match="Plan again"):
        services.apply({"features/reports.yaml": REPORTS}, by=cast.mary, reason="x", now=NOW, expected=seen)


def test_all_of_it_is_applied_or_nothing(cast: Cast) -> None:
    bad = card().replace("daily_active_rate", "no_such_metric")
    with pytest.raises(CannotApply, match=r"Scorecard 'simple' was refused, and nothing was applied.*no_such_metric"):
        apply(cast, {"features/reports.yaml": REPORTS, "scorecards/simple.yaml": bad})
    assert not Feature.objects.exists()
    assert not Scorecard.objects.filter(key="simple").exists()


def test_only_managers_apply_and_it_is_on_record(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.apply({}, by=cast.alice, reason="x", now=NOW)
    apply(cast, {"features/reports.yaml": REPORTS})
    entry = AuditEntry.objects.get(action="config.applied")
    assert (entry.user, entry.details["reason"], entry.details["create"]) == (cast.mary, "From git.", 1)


def test_what_is_exported_plans_to_nothing(cast: Cast) -> None:
    score_all(NOW)
    apply(cast, {"features/reports.yaml": REPORTS})
    texts = services.export_texts()
    assert {"features/reports.yaml", "scorecards/standard.yaml"} <= set(texts)
    made = services.make_plan(texts, now=NOW)
    assert made.changes == []
    assert report(made).as_text() == f"Nothing to do: {len(texts)} things are as the files say."


KIND = """
key: shrinking
label: Shrinking
description: "Fewer seats are used than we like."
category: risk
severity: warning
condition: "seat_use < LINE"
summary: "{seat_use.now} of the seats are used."
evidence: [{field: seat_use}]
"""


def test_signals_that_would_open_and_close_are_counted(cast: Cast) -> None:
    for account, use in ((cast.acme, 30.0), (cast.globex, 60.0)):
        builders.profile(account, seat_use=use)
    made = apply(cast, {"signals/shrinking.yaml": KIND.replace("LINE", "50")})
    assert made.effects["signals"].sentences == ("'shrinking': 1 would open, 0 open ones would close.",)
    detect(NOW)
    wider = services.make_plan({"signals/shrinking.yaml": KIND.replace("LINE", "70")}, now=NOW)
    assert wider.effects["signals"].numbers == {"opening": 1, "closing": 0}
    gone = services.make_plan({}, now=NOW)
    assert gone.effects["signals"].numbers == {"opening": 0, "closing": 1}


def test_a_shipped_kind_that_leaves_the_files_is_as_it_was_shipped(cast: Cast) -> None:
    shipped = services.export_texts()["signals/health_red.yaml"]
    apply(cast, {"signals/health_red.yaml": shipped.replace("severity: critical", "severity: warning")})
    assert selectors.document_of("health_red").severity == "warning"
    apply(cast, {})
    assert selectors.document_of("health_red").severity == "critical"


SEGMENT = "key: busy\nname: Busy\ncondition: seat_use >= LINE\n"
METRIC = """
key: exports_7d
label: Exports, 7 days
description: How often anybody exported a report in the last week.
value: {operation: count, events: [Report Exported], days: 7}
"""


def test_accounts_that_would_enter_and_leave_a_segment_are_counted(cast: Cast) -> None:
    for account, use in ((cast.acme, 30.0), (cast.globex, 60.0)):
        builders.profile(account, seat_use=use)
    made = apply(cast, {"segments/busy.yaml": SEGMENT.replace("LINE", "50")})
    assert made.effects["segments"].sentences == ("'busy': 1 accounts would enter, 0 would leave.",)
    changed = services.make_plan({"segments/busy.yaml": SEGMENT.replace("LINE", "90")}, now=NOW)
    assert changed.effects["segments"].numbers == {"entering": 0, "leaving": 1}


def test_a_segment_that_only_its_owner_sees_stands_in_no_file(cast: Cast) -> None:
    with pytest.raises(BadFile, match=r"busy\.yaml, shared: what stands in files is for everybody"):
        apply(cast, {"segments/busy.yaml": SEGMENT.replace("LINE", "50") + "shared: false\n"})


def test_a_metric_and_the_scorecard_that_measures_it_come_together(cast: Cast) -> None:
    texts = {
        "scorecards/simple.yaml": card().replace("daily_active_rate", "exports_7d"),
        "metrics/exports_7d.yaml": METRIC,
    }
    assert [name for _, _, name in done(apply(cast, texts))] == ["exports_7d", "simple"]
    assert services.make_plan(texts, now=NOW).changes == []
    assert services.make_plan(services.export_texts(), now=NOW).changes == []
    assert [name for _, _, name in done(apply(cast, {}))] == ["simple", "exports_7d"]


def test_what_is_always_there_and_as_it_came_leaves_the_files_without_a_change(cast: Cast) -> None:
    text = services.export_texts()["meanings/first_value.yaml"]
    assert done(apply(cast, {"meanings/first_value.yaml": text})) == []
    assert done(apply(cast, {})) == []


def test_what_events_mean_is_declared_as_files_and_goes_back_to_what_it_was(cast: Cast) -> None:
    text = "key: first_value\nevents: [Campaign Sent]\n"
    assert done(apply(cast, {"meanings/first_value.yaml": text})) == [("change", "meanings", "first_value")]
    assert catalogue.meanings()[Meaning.FIRST_VALUE] == ("campaign sent",)
    assert done(apply(cast, {"meanings/first_value.yaml": text})) == []
    assert done(apply(cast, {})) == [("remove", "meanings", "first_value")]
    assert catalogue.meanings()[Meaning.FIRST_VALUE] == ("first value reached",)
    with pytest.raises(MainstayError, match=r"meanings/opened.yaml"):
        apply(cast, {"meanings/opened.yaml": "key: opened\nevents: [X]\n"})
