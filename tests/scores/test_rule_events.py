"""What happened to the rules is dated, with who and why."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.scores import drafts, publishing, shadows
from mainstay.scores.models import ScorecardVersion
from mainstay.scores.rule_events import rule_events, week_marks
from tests.builders import Cast

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def history(cast: Cast) -> Cast:
    """Standard is published, rolled back, run as a shadow; Enterprise is removed."""
    publishing.ensure_scorecards(NOW - 100 * DAY)
    read = publishing.document_of(publishing.get("standard"))
    publishing.publish(read.model_copy(update={"green": 85}), by=cast.mary, reason="A try", now=NOW - 20 * DAY)
    publishing.roll_back("standard", 1, by=cast.ada, reason="Not so", now=NOW - 10 * DAY)
    draft = drafts.begin("standard", by=cast.mary, now=NOW)
    shadow = shadows.start(draft, by=cast.mary, now=NOW - 5 * DAY)
    shadows.stop(shadow, by=cast.ada, now=NOW - 2 * DAY)
    publishing.remove("enterprise", by=cast.mary, now=NOW - DAY)
    return cast


def test_events_are_told_in_order_with_who_and_why(history: Cast) -> None:
    found = rule_events(date(2026, 1, 1), date(2026, 12, 1))
    assert [(event.title, event.text, event.changes_scores) for event in found] == [
        ("Standard v2", "Mary: A try", True),
        ("Standard v3, back to an earlier version", "Ada: Not so", True),
        ("Standard: shadow started", "Mary", False),
        ("Standard: shadow ended", "Ada: Stopped", False),
        ("Enterprise: removed", "", True),
    ]
    assert rule_events(date(2026, 11, 20), date(2026, 11, 21), keys={"standard"})[0].title == "Standard: shadow ended"
    assert rule_events(date(2026, 1, 1), date(2026, 12, 1), keys={"enterprise"})[0].title == "Enterprise: removed"


def test_a_row_of_weeks_is_marked_where_the_rule_changed(history: Cast) -> None:
    marks = week_marks(NOW)
    versions = dict(ScorecardVersion.objects.values_list("pk", "scorecard__key"))
    assert {versions[pk]: found for pk, found in marks.items()} == {"standard": (9, 10)}


@pytest.mark.parametrize(("days", "at"), [(0, 11), (1, 11), (7, 11), (8, 10), (14, 10), (15, 9), (80, 0)])
def test_the_mark_stands_before_the_first_score_of_the_new_rule(cast: Cast, days: int, at: int) -> None:
    publishing.ensure_scorecards(NOW - 100 * DAY)
    read = publishing.document_of(publishing.get("standard"))
    publishing.publish(read.model_copy(update={"green": 85}), by=cast.mary, reason="A try", now=NOW - days * DAY)
    assert set(week_marks(NOW).values()) == {(at,)}
