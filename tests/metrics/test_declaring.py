"""Metrics of one's own, from a document to the profile, through the doors that pages and the command line use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.common.errors import NotAllowed
from mainstay.common.time import DAY, midnight
from mainstay.config.cli.metrics import metrics as command
from mainstay.config.fingerprint import fingerprint
from mainstay.facts.models import Tally
from mainstay.metrics import engine, past, registry, selectors, services, stored, uses
from mainstay.metrics.errors import BadMetric, MetricInUse, UnknownMetric
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.own.reading import check, read
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import AuditEntry
from mainstay.segments.fields import condition_fields
from mainstay.segments.models import Segment
from mainstay.segments.selectors import condition
from tests import builders
from tests.builders import Cast
from tests.metrics import lake

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def document(key: str = "exports", value: dict[str, Any] | None = None, **fields: Any):
    """A document that counts exports, or with this `value`."""
    value = value or {"operation": "count", "events": ["Exported"], "days": 28}
    return check(
        {"key": key, "label": key.title(), "description": f"What {key} are.", "value": value, **fields}, origin="test"
    )


def expression(text: str) -> dict[str, str]:
    return {"operation": "expression", "expression": text}


def value(account: Account, key: str, as_of: date | datetime = NOON) -> float | None:
    """The value of one metric: computing all of them takes a second for each set of definitions."""
    return engine.compute(as_of, keys=[key], account_ids=[account.pk])[key].to_pylist()[0]


@pytest.fixture
def exporting(cast: Cast) -> Cast:
    """Acme exported on three days, Globex did something else."""
    ann = Contact.objects.create(key="ann", account=cast.acme)
    bob = Contact.objects.create(key="bob", account=cast.globex)
    lake.put([
        *lake.every_day(cast.acme.pk, ann.pk, TODAY, range(1, 4), event="Exported"),
        *lake.every_day(cast.acme.pk, ann.pk, TODAY, range(40, 44), event="Exported"),
        *lake.every_day(cast.globex.pk, bob.pk, TODAY, range(1, 9), event="Viewed"),
    ])  # fmt: skip
    return cast


def test_a_saved_metric_is_one_like_any_other(exporting: Cast) -> None:
    services.save_metric(document(unit="count", direction="up"), by=exporting.mary, now=NOON)
    made = all_metrics()["exports"]
    assert (made.label, made.unit, made.direction, made.window_days) == ("Exports", "count", "up", 28)
    assert made.sources == ("product",)
    assert "exports" in condition_fields()
    services.refresh_profiles(NOON)
    assert selectors.profile(exporting.acme.pk)["exports"] == 3
    assert selectors.profile(exporting.globex.pk)["exports"] == 0
    assert value(exporting.acme, "exports", date(2026, 4, 24)) == 4
    assert selectors.sources_of("exports") == ("product",)


def test_metrics_are_made_of_one_another(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    services.save_metric(document("doubled", expression("exports * 2")), by=exporting.mary, now=NOON)
    services.save_metric(document("quadrupled", expression("doubled * 2")), by=exporting.mary, now=NOON)
    assert value(exporting.acme, "doubled") == 6
    assert value(exporting.acme, "quadrupled") == 12


def test_a_change_takes_hold_at_once(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    before, seen = fingerprint(NOON), all_metrics()
    services.save_metric(
        document(value={"operation": "active_days", "events": ["Exported", "Viewed"], "days": 7}),
        by=exporting.mary, now=NOON,
    )  # fmt: skip
    assert all_metrics() is not seen
    assert fingerprint(NOON) != before, "the next refresh computes"
    assert value(exporting.globex, "exports") == 7


def test_saving_the_same_again_changes_nothing(exporting: Cast) -> None:
    first = services.save_metric(document(), by=exporting.mary, now=NOON)
    again = services.save_metric(document(), by=exporting.mary, now=NOON + timedelta(hours=1))
    assert (again.revision, again.changed_at) == (first.revision, NOON)
    assert AuditEntry.objects.count() == 1


def test_every_change_is_audited_with_the_document(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    services.save_metric(document(label="Exports made"), by=exporting.ada, now=NOON)
    services.remove_metric("exports", by=exporting.ada, now=NOON)
    entries = AuditEntry.objects.order_by("pk")
    assert [(entry.action, entry.user, entry.subject) for entry in entries] == [
        ("metrics.added", exporting.mary, "metric:exports"),
        ("metrics.changed", exporting.ada, "metric:exports"),
        ("metrics.removed", exporting.ada, "metric:exports"),
    ]
    assert check(entries[1].details["document"], origin="audit") == document(label="Exports made")


def test_declaring_needs_a_manager(exporting: Cast) -> None:
    for user in (exporting.alice, exporting.vera):
        with pytest.raises(NotAllowed):
            services.save_metric(document(), by=user, now=NOON)
    services.save_metric(document(), by=exporting.mary, now=NOON)
    with pytest.raises(NotAllowed):
        services.remove_metric("exports", by=exporting.alice, now=NOON)


REFUSED = [
    (document("arr"), "'arr' is a metric that comes with Mainstay; choose another key"),
    (document("a", expression("exports + 1")), "value.expression: There is no metric 'exports'"),
    (document("a", expression("seats_usd / 2")), "There is no metric 'seats_usd'; did you mean seats_used?"),
    (document("a", expression("a + 1")), "Metric 'a' would be made of itself: a → a"),
    (document("a", {"operation": "ratio", "part": "seats", "whole": "seatz"}), "value.whole: .* did you mean seats"),
    (document("a", {"operation": "count", "where": "pages > 3"}), "value.where: There is no field 'pages'"),
    (
        document("a", {"operation": "change", "of": {"operation": "count", "where": "event = 3"}}),
        "value.of.where: A text is needed here",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), REFUSED, ids=[says[:40] for _, says in REFUSED])
def test_what_cannot_be_computed_is_refused_with_the_place(db: None, given: Any, says: str) -> None:
    with pytest.raises(BadMetric, match=says) as caught:
        services.save_metric(given, by=None, now=NOON)
    problem = caught.value.details["problems"][0]
    assert problem["path"]
    assert OwnMetric.objects.count() == 0


def test_a_place_in_an_expression_is_given_in_characters(db: None) -> None:
    with pytest.raises(BadMetric) as caught:
        services.check_metric(document("a", expression("seats + seatz")))
    assert caught.value.details["problems"][0]["position"] == 8
    assert caught.value.message.endswith("  seats + seatz\n          ^^^^^")


def test_a_circle_over_several_metrics_is_refused(db: None) -> None:
    services.save_metric(document("a", expression("seats + 1")), by=None, now=NOON)
    services.save_metric(document("b", expression("a + 1")), by=None, now=NOON)
    with pytest.raises(BadMetric, match=r"made of itself: (a → b → a|b → a → b)"):
        services.save_metric(document("a", expression("b + 1")), by=None, now=NOON)


def test_a_change_that_breaks_another_metric_is_refused(db: None) -> None:
    services.save_metric(document("a", expression("seats + 1")), by=None, now=NOON)
    services.save_metric(document("b", expression("a + 1")), by=None, now=NOON)
    with pytest.raises(BadMetric, match=r"With this, the metric 'b' could not be computed any more.* true or false"):
        services.save_metric(document("a", expression("seats + 1"), unit="boolean"), by=None, now=NOON)


def test_a_metric_that_is_used_stays_and_says_by_whom(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    services.save_metric(document("doubled", expression("exports * 2")), by=exporting.mary, now=NOON)
    Segment.objects.create(key="exporters", name="Exporters", condition="exports > 2")
    with pytest.raises(MetricInUse, match=r"used by .*metric 'Doubled'.*") as caught:
        services.remove_metric("exports", by=exporting.mary, now=NOON)
    assert {use["kind"] for use in caught.value.details["used_by"]} == {"metric", "segment"}
    services.remove_metric("doubled", by=exporting.mary, now=NOON)
    assert "doubled" not in all_metrics()
    with pytest.raises(UnknownMetric):
        services.remove_metric("doubled", by=exporting.mary, now=NOON)


def test_a_shipped_metric_cannot_be_removed(db: None) -> None:
    with pytest.raises(BadMetric, match="comes with Mainstay"):
        services.remove_metric("arr", by=None, now=NOON)


def test_a_removed_metric_is_gone_and_comes_back_without_old_values(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    builders.profile(exporting.acme, exports=3)
    services.remove_metric("exports", by=exporting.mary, now=NOON)
    assert "exports" not in selectors.profile(exporting.acme.pk)
    assert "exports" not in condition_fields()
    services.save_metric(document(value={"operation": "users"}), by=exporting.mary, now=NOON)
    assert selectors.profile(exporting.acme.pk)["exports"] is None


def test_another_meaning_never_finds_the_history_of_the_one_before(exporting: Cast) -> None:
    services.save_metric(document(), by=exporting.mary, now=NOON)
    days = [date(2026, 4, 23), date(2026, 5, 31)]
    for day in days:
        past.record([(day, engine.compute(midnight(day + DAY), keys=["exports"]))])
    assert selectors.history(exporting.acme.pk, "exports", days[0], TODAY) == [(days[0], 4.0), (days[1], 3.0)]
    services.save_metric(document(label="Another name"), by=exporting.mary, now=NOON)
    assert len(selectors.history(exporting.acme.pk, "exports", days[0], TODAY)) == 2
    services.save_metric(document(value={"operation": "active_days"}), by=exporting.mary, now=NOON)
    assert [value for _, value in selectors.history(exporting.acme.pk, "exports", days[0], TODAY)] == [None, None]
    services.save_metric(document(), by=exporting.mary, now=NOON)
    assert [value for _, value in selectors.history(exporting.acme.pk, "exports", days[0], TODAY)] == [4.0, 3.0]
    assert past.read_day(days[1])["exports"].to_pylist()[0] == 3.0


def test_the_meaning_of_a_parent_belongs_to_the_meaning_of_the_child(db: None) -> None:
    services.save_metric(document(), by=None, now=NOON)
    services.save_metric(document("doubled", expression("exports * 2")), by=None, now=NOON)
    before = all_metrics()["doubled"].column
    services.save_metric(document(value={"operation": "count", "days": 7}), by=None, now=NOON)
    assert all_metrics()["doubled"].column != before


def test_tallies_are_kept_for_who_needs_them_and_no_longer(db: None) -> None:
    by_pages = {"operation": "count", "where": "pages > 3", "properties": {"pages": "number"}}
    services.save_metric(document(value=by_pages), by=None, now=NOON)
    services.save_metric(document("few", by_pages | {"where": "pages <= 3"}), by=None, now=NOON)
    assert Tally.objects.count() == 1, "equal needs share one"
    services.remove_metric("exports", by=None, now=NOON)
    assert Tally.objects.count() == 1
    services.remove_metric("few", by=None, now=NOON)
    assert Tally.objects.count() == 0


def test_a_metric_without_its_tally_has_no_value_rather_than_a_wrong_one(exporting: Cast) -> None:
    by_pages = {"operation": "count", "where": "pages is null", "properties": {"pages": "number"}}
    services.save_metric(document(value=by_pages), by=None, now=NOON)
    assert value(exporting.acme, "exports") is None


def test_another_process_sees_a_change_when_it_looks(db: None) -> None:
    services.save_metric(document(), by=None, now=NOON)
    other = stored.Stored()
    registry.extend(other)
    try:
        assert "exports" in all_metrics()
        OwnMetric.objects.update(removed_at=NOON, revision=2)
        assert "exports" in all_metrics(), "for a second it may not know"
        assert "exports" not in registry.look_again()
    finally:
        registry.extend(stored.provider)


def test_a_save_that_is_rolled_back_leaves_nothing_behind(transactional_db: None) -> None:
    with transaction.atomic():
        services.save_metric(document(), by=None, now=NOON)
        assert "exports" in all_metrics()
        transaction.set_rollback(True)
    assert "exports" not in registry.look_again()


def test_one_metric_that_cannot_be_built_stops_no_other(db: None) -> None:
    services.save_metric(document(), by=None, now=NOON)
    for key, content in (
        ("future", document("future").as_dict() | {"value": {"operation": "forecast"}}),
        ("orphan", document("orphan", expression("exports / 2")).as_dict() | {"value": expression("gone / 2")}),
    ):
        OwnMetric.objects.create(key=key, document=content, revision=9, changed_at=NOON)
    assert {"exports"} == registry.look_again().keys() - registry.shipped().keys()
    problems = selectors.own_problems()
    assert "there is no operation 'forecast'" in problems["future"]
    assert "There is no metric 'gone'" in problems["orphan"]
    assert uses.of("exports") == ()
    services.save_metric(document("imports"), by=None, now=NOON)
    services.save_metric(document("future"), by=None, now=NOON)
    assert "future" not in selectors.own_problems(), "written anew, it is mended"
    services.remove_metric("orphan", by=None, now=NOON)
    assert selectors.own_problems() == {}


YAML = """\
key: exports
label: Exports
description: Reports exported in four weeks.
value:
  operation: count
  events: [Exported]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "declared"
    made.mkdir()
    (made / "a.yaml").write_text(YAML.replace("exports", "share").replace("  operation: count\n  events: [Exported]",
                                 "  operation: expression\n  expression: exports / seats"))  # fmt: skip
    (made / "b.yaml").write_text(YAML)
    (made / "bad.yaml").write_text(YAML + "  days: 9000\n")
    return made


def run(*words: object) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_files_are_checked_added_shown_listed_and_removed_from_the_command_line(db: None, folder: Path) -> None:
    files = [folder / "a.yaml", folder / "b.yaml"]
    assert "share is right" in run("check", *files).output
    assert OwnMetric.objects.count() == 0
    assert run("add", *files).exit_code == 0
    assert [line.split()[0] for line in run("list", "--own").output.splitlines()] == ["exports", "share"]
    assert read(run("show", "exports").output, origin="shown") == read(YAML, origin="file")
    assert isinstance(run("remove", "exports").exception, MetricInUse)
    assert run("remove", "share").exit_code == 0


def test_a_file_that_is_wrong_says_where_and_nothing_is_added(db: None, folder: Path) -> None:
    refused = run("add", folder / "b.yaml", folder / "bad.yaml").exception
    assert isinstance(refused, BadMetric)
    assert refused.message.startswith(f"{folder / 'bad.yaml'}, line 7, value.days: Input should be less than")
    assert OwnMetric.objects.count() == 0


def test_a_condition_names_a_metric_as_soon_as_it_is_declared(db: None) -> None:
    services.save_metric(document(), by=None, now=NOON)
    assert condition("exports > 3 and arr > 0").fields == {"exports", "arr"}
