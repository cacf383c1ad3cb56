"""Versions: who published what and why, going back, removing; what files do to scorecards that people changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.people.models import AuditEntry
from mainstay.scores import document, published, publishing, selectors
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Health, Scorecard, ScorecardVersion
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast
from tests.scores.cards import TECHCORP
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def shipped(cast: Cast) -> Cast:
    """The shipped scorecards are in force."""
    publishing.ensure_scorecards(NOW)
    return cast


def changed(key: str = "standard", **fields: object) -> document.Document:
    """The document in force with other fields."""
    return publishing.document_of(publishing.get(key)).model_copy(update=fields)


def test_a_version_keeps_its_author_and_reason_and_is_audited(shipped: Cast) -> None:
    made = publishing.publish(changed(green=85), by=shipped.mary, reason="  Green was\ntoo easy ", now=LATER)
    assert (made.version, made.published_by, made.reason, made.is_shipped) == (
        2,
        shipped.mary,
        "Green was too easy",
        False,
    )
    assert selectors.scorecards()[1].scorecard.green == 85
    entry = AuditEntry.objects.get(action="scores.published")
    assert (entry.user, entry.subject) == (shipped.mary, "scorecard:standard")
    assert entry.details == {"version": 2, "reason": "Green was too easy", "changes": ["Healthy from 80 → 85"]}


def test_what_is_in_force_already_makes_no_new_version(shipped: Cast) -> None:
    assert publishing.publish(changed(), by=shipped.mary, reason="Nothing", now=LATER).version == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_version_without_a_reason_is_refused(shipped: Cast, reason: str) -> None:
    with pytest.raises(BadScorecard, match="needs a reason"):
        publishing.publish(changed(green=85), by=shipped.mary, reason=reason, now=LATER)
    assert ScorecardVersion.objects.filter(version=2).count() == 0


def test_only_managers_publish_and_remove(shipped: Cast) -> None:
    with pytest.raises(NotAllowed):
        publishing.publish(changed(green=85), by=shipped.alice, reason="Why not", now=LATER)
    with pytest.raises(NotAllowed):
        publishing.remove("standard", by=shipped.alice, now=LATER)


def test_whoever_has_not_seen_the_version_in_force_does_not_replace_it(shipped: Cast) -> None:
    publishing.publish(changed(green=85), by=shipped.mary, reason="First", now=LATER, over=1)
    with pytest.raises(ChangedMeanwhile, match="Version 2 of 'Standard' was published meanwhile by Mary"):
        publishing.publish(changed(green=90), by=shipped.ada, reason="Second", now=LATER, over=1)
    assert publishing.document_of(publishing.get("standard")).green == 85


def test_going_back_publishes_the_old_document_again(shipped: Cast) -> None:
    publishing.publish(changed(green=85), by=shipped.mary, reason="Try", now=LATER)
    back = publishing.roll_back("standard", 1, by=shipped.mary, reason="Too many yellow", now=LATER + DAY)
    assert (back.version, back.restores, back.is_shipped) == (3, 1, False)
    assert publishing.document_of(publishing.get("standard")).green == 80
    with pytest.raises(NotFound, match="has no version 9"):
        publishing.roll_back("standard", 9, by=shipped.mary, reason="Oops", now=LATER)


def test_a_removed_scorecard_serves_nobody_until_it_is_brought_back(shipped: Cast) -> None:
    write({shipped.acme: TECHCORP, shipped.globex: TECHCORP})
    score_all(NOW)
    publishing.remove("enterprise", by=shipped.mary, now=LATER)
    score_all(LATER)
    assert Health.objects.get(account=shipped.acme).scorecard_version.scorecard.key == "standard"
    assert [card.scorecard.key for card in published.in_force(NOW)] == ["enterprise", "standard"]
    publishing.bring_back("enterprise", by=shipped.mary)
    score_all(LATER)
    assert Health.objects.get(account=shipped.acme).scorecard_version.scorecard.key == "enterprise"


def test_an_account_that_no_scorecard_serves_has_no_score(shipped: Cast) -> None:
    write({shipped.acme: TECHCORP, shipped.globex: TECHCORP})
    score_all(NOW)
    publishing.remove("standard", by=shipped.mary, now=LATER)
    score_all(LATER)
    assert [row.account for row in Health.objects.all()] == [shipped.acme]


def test_removed_publishing_makes_the_next_version(shipped: Cast) -> None:
    kept = changed()
    publishing.remove("standard", by=shipped.mary, now=LATER)
    made = publishing.publish(kept, by=shipped.mary, reason="Needed after all", now=LATER, over=0)
    assert made.version == 2
    assert publishing.get("standard").archived_at is None


def test_the_product_does_not_bring_back_what_a_person_removed(shipped: Cast, tmp_path: Path) -> None:
    publishing.remove("standard", by=shipped.mary, now=LATER)
    text = (document.SHIPPED / "standard.yaml").read_text()
    (tmp_path / "standard.yaml").write_text(text.replace("position: 100", "position: 90"))
    assert publishing.ensure_scorecards(LATER, shipped=tmp_path) == 0
    assert Scorecard.objects.get(key="standard").archived_at is not None


def test_a_file_is_published_again_only_when_the_file_changes(shipped: Cast, settings: LazySettings) -> None:
    path = settings.MAINSTAY_HOME / "scorecards" / "standard.yaml"
    path.parent.mkdir()
    text = (document.SHIPPED / "standard.yaml").read_text()
    path.write_text(text.replace("position: 100", "position: 90"))
    assert publishing.ensure_scorecards(LATER) == 1
    publishing.publish(changed(green=85), by=shipped.mary, reason="By hand", now=LATER)
    assert publishing.ensure_scorecards(LATER + DAY) == 0
    assert publishing.document_of(publishing.get("standard")).green == 85
    path.write_text(text.replace("position: 100", "position: 80"))
    assert publishing.ensure_scorecards(LATER + DAY) == 1
    assert [v.is_from_file for v in ScorecardVersion.objects.filter(scorecard__key="standard")] == [
        False, True, False, True,
    ]  # fmt: skip


def test_a_place_between_two_scorecards_is_found(shipped: Cast) -> None:
    assert publishing.position_after("") == 0
    assert publishing.position_after("enterprise") == 55
    assert publishing.position_after("standard") == 110
    assert publishing.position_after("enterprise", moving="standard") == 20
    publishing.publish(changed(position=11), by=shipped.mary, reason="Closer", now=LATER)
    with pytest.raises(BadScorecard, match=r"no position between 'Enterprise' \(10\) and 'Standard' \(11\)"):
        publishing.position_after("enterprise")


def test_each_version_says_what_it_changed(shipped: Cast) -> None:
    publishing.publish(changed(green=85), by=shipped.mary, reason="Try", now=LATER)
    publishing.publish(changed(green=85, name="Default"), by=shipped.mary, reason="A name", now=LATER)
    versions = ScorecardVersion.objects.filter(scorecard__key="standard").select_related("scorecard")
    assert publishing.said_of(versions) == {
        1: [],
        2: ["Healthy from 80 → 85"],
        3: ["Name “Standard” → “Default”"],
    }


def test_what_a_new_rule_changes_by_itself_is_no_change_of_the_account(shipped: Cast) -> None:
    today = NOW.date()
    for days in (8, 1):
        keep(today - days * DAY, {shipped.globex: TECHCORP})
    backfill([today - 8 * DAY])
    write({shipped.globex: TECHCORP})
    score_all(NOW)
    content = changed().model_dump(mode="json")
    content["dimensions"][0]["weight"], content["dimensions"][1]["weight"] = 60, 5
    harder = document.Document.model_validate(content)
    publishing.publish(harder, by=shipped.mary, reason="Usage decides", now=LATER)
    score_all(LATER)
    row = Health.objects.get(account=shipped.globex)
    assert (row.score, row.score_7d_ago, row.change_7d, row.cause) == (59, 69, 0, "")
    write({shipped.globex: TECHCORP | {"daily_active_rate": 10.0}})
    score_all(LATER)
    row = Health.objects.get(account=shipped.globex)
    assert (row.score, row.change_7d) == (29, -30)
    assert row.cause.startswith("Daily active rate 65% → 10%")
