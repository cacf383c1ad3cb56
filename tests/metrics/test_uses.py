"""Who names a metric, asked of the rooms above."""

from datetime import UTC, datetime

import pytest

from mainstay.metrics import uses
from mainstay.metrics.uses import Use
from mainstay.playbooks.models import Playbook, PlaybookVersion
from mainstay.playbooks.services import ensure_playbooks
from mainstay.scores.services import ensure_scorecards
from mainstay.segments.models import Segment
from mainstay.segments.services import ensure_segments

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def shipped(db: None) -> None:
    """What comes with Mainstay."""
    ensure_scorecards(NOW)
    ensure_segments()
    ensure_playbooks(NOW)


def test_scorecards_and_signals_that_name_a_metric_are_told(shipped: None) -> None:
    assert ("scorecard", "standard") in {(use.kind, use.key) for use in uses.of("nps_latest")}
    assert ("signal", "seats_filling") in {(use.kind, use.key) for use in uses.of("seats_used")}
    assert uses.of("seat_used") == ()


def test_a_segment_names_the_metrics_of_its_condition_and_no_part_of_a_word(shipped: None) -> None:
    Segment.objects.create(key="big", name="Big ones", condition="arr > 5 and seats_used > 3")
    Segment.objects.create(key="broken", name="Broken", condition="arr > > 5")
    assert Use("segment", "big", "Big ones") in uses.of("arr")
    assert Use("segment", "big", "Big ones") not in uses.of("seats")
    assert "broken" not in {use.key for use in uses.of("arr")}


def test_a_playbook_names_the_metrics_of_its_conditions_until_it_is_removed(shipped: None) -> None:
    version = PlaybookVersion.objects.filter(playbook__is_active=True).first()
    assert version is not None
    version.document["for"] = {"where": "trainings_completed = 0"}
    version.save(update_fields=["document"])
    playbook = version.playbook
    assert Use("playbook", playbook.key, playbook.name) in uses.of("trainings_completed")
    Playbook.objects.update(removed_at=NOW)
    assert "playbook" not in {use.kind for use in uses.of("trainings_completed")}


def test_a_use_reads_as_words() -> None:
    assert str(Use("segment", "big", "Big ones")) == "segment 'Big ones'"
