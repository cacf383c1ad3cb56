"""Drafts: nothing typed is lost, nobody overwrites anybody unseen."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.scores import drafts, publishing
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Draft
from tests.builders import Cast

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shipped(cast: Cast) -> Cast:
    publishing.ensure_scorecards(NOW)
    return cast


def test_one_has_one_draft_of_a_scorecard(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    assert drafts.begin("standard", by=shipped.mary, now=LATER) == draft
    assert drafts.begin("standard", by=shipped.ada, now=LATER) != draft
    assert drafts.check(draft).problems == ()
    with pytest.raises(NotAllowed):
        drafts.begin("standard", by=shipped.alice, now=NOW)


def test_what_is_wrong_is_kept_and_told_at_its_place(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    content = dict(draft.content)
    content["dimensions"][0]["weight"] = "many"
    content["dimensions"][1]["measures"][0]["metric"] = "gone"
    content["condition"] = "tier = "
    draft = drafts.save(draft, content, revision=1, by=shipped.mary, now=LATER)
    assert draft.content["dimensions"][0]["weight"] == "many"
    problems = drafts.check(draft).problems
    assert [(problem.place, problem.text.split(";")[0]) for problem in problems] == [
        (("dimensions", 0, "weight"), "This is not a whole number"),
        (("condition",), "Something is missing at the end, after '='."),
        (("dimensions", 1, "measures", 0, "metric"), "There is no metric 'gone' any more"),
    ]
    with pytest.raises(BadScorecard, match="This is not a whole number"):
        drafts.publish(draft, by=shipped.mary, reason="Anyway", now=LATER)


def test_a_second_window_does_not_overwrite_the_first(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    saved = drafts.save(draft, draft.content | {"green": 85}, revision=1, by=shipped.ada, now=LATER)
    assert saved.revision == 2
    with pytest.raises(ChangedMeanwhile, match="Ada saved this draft"):
        drafts.save(draft, draft.content | {"green": 90}, revision=1, by=shipped.mary, now=LATER)
    assert Draft.objects.get().content["green"] == 85


def test_the_window_that_saved_last_saves_on(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    mine = {"revision": 1, "by": shipped.mary, "now": LATER, "window": "w1"}
    drafts.save(draft, draft.content | {"green": 85}, **mine)
    assert drafts.save(draft, draft.content | {"green": 86}, **mine).revision == 3
    with pytest.raises(ChangedMeanwhile):
        drafts.save(draft, draft.content, **mine | {"window": "w2"})
    with pytest.raises(ChangedMeanwhile):
        drafts.save(draft, draft.content, **mine | {"by": shipped.ada})


def test_a_published_draft_is_over(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    draft = drafts.save(draft, draft.content | {"green": 85}, revision=1, by=shipped.mary, now=LATER)
    made = drafts.publish(draft, by=shipped.mary, reason="Harder", now=LATER)
    assert (made.version, made.document["green"]) == (2, 85)
    with pytest.raises(NotFound, match="published or discarded"):
        drafts.get(draft.pk or 0)


def test_a_draft_that_was_overtaken_asks_before_it_replaces(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    other = publishing.document_of(publishing.get("standard")).model_copy(update={"green": 90})
    assert not drafts.is_overtaken(draft)
    publishing.publish(other, by=shipped.ada, reason="Mine", now=LATER)
    draft = drafts.save(draft, draft.content | {"green": 85}, revision=1, by=shipped.mary, now=LATER)
    assert drafts.is_overtaken(draft)
    with pytest.raises(ChangedMeanwhile, match="published meanwhile by Ada"):
        drafts.publish(draft, by=shipped.mary, reason="Harder", now=LATER)
    assert drafts.publish(draft, by=shipped.mary, reason="Harder", now=LATER, over=2).version == 3


def test_a_new_scorecard_takes_its_key_from_its_name(shipped: Cast) -> None:
    begun = drafts.begin("standard", by=shipped.mary, now=NOW).content
    draft = drafts.begin_new(begun | {"name": "Self-serve, EMEA", "position": 50}, by=shipped.mary, now=NOW)
    assert drafts.publish(draft, by=shipped.mary, reason="New", now=LATER).scorecard.key == "self_serve_emea"
    assert drafts.free_key("Standard") == "standard_2"
    assert (drafts.free_key("2nd"), drafts.free_key("…")) == ("scorecard_2nd", "")


def test_a_discarded_draft_can_be_brought_back(shipped: Cast) -> None:
    draft = drafts.begin("standard", by=shipped.mary, now=NOW)
    draft = drafts.save(draft, draft.content | {"green": 85}, revision=1, by=shipped.mary, now=LATER)
    kept = drafts.discard(draft, by=shipped.mary)
    assert not Draft.objects.exists()
    restored = drafts.restore(kept, by=shipped.mary, now=LATER)
    assert (restored.content["green"], restored.author, restored.base_id) == (85, shipped.mary, kept["base"])
    with pytest.raises(BadScorecard, match="newer draft"):
        drafts.restore(kept, by=shipped.mary, now=LATER)
