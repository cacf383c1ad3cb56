"""Drafts: kept right or wrong, over what their writer has seen; taken back, made again; problems at their place."""

from datetime import timedelta
from typing import Any

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.playbooks import drafts, history
from mainstay.playbooks.errors import ChangedMeanwhile
from mainstay.playbooks.models import Draft, DraftState
from mainstay.playbooks.pointing import Problem, pointed
from tests.builders import NOW, Cast
from tests.playbooks.plays import task

LATER = NOW + timedelta(minutes=5)


def named(name: str) -> dict[str, Any]:
    return {"key": "play", "name": name, "entry": {"by": "hand"}, "steps": [task()]}


@pytest.fixture
def draft(cast: Cast) -> Draft:
    return drafts.begin_new(named("One"), by=cast.mary, now=NOW)


def save(draft: Draft, name: str, cast: Cast, *, at: int, what: str = "", window: str = "w") -> Draft:
    now = NOW + timedelta(seconds=at)
    return drafts.save(
        draft, named(name), revision=draft.revision, by=cast.mary, now=now, what=what or name, window=window
    )


def test_changes_are_taken_back_and_made_again(cast: Cast, draft: Draft) -> None:
    for number, name in enumerate(("Two", "Three")):
        draft = save(draft, name, cast, at=number)
    assert history.beside(draft) == ("Three", None)
    back = [(draft := drafts.go(draft, -1, revision=draft.revision, by=cast.mary, now=LATER)) for _ in range(3)]
    assert [one.content["name"] for one in back] == ["Two", "One", "One"]
    assert history.beside(draft) == (None, "Two")
    draft = drafts.go(draft, 1, revision=draft.revision, by=cast.mary, now=LATER)
    assert (draft.content["name"], history.beside(draft)) == ("Two", ("Two", "Three"))
    draft = save(draft, "Four", cast, at=900)
    assert history.beside(draft) == ("Four", None)


def test_letters_typed_into_one_text_are_one_change(cast: Cast, draft: Draft) -> None:
    for number, name in enumerate(("T", "Tw", "Two")):
        draft = save(draft, name, cast, at=number, what="the name")
    draft = save(draft, "Twenty", cast, at=900, what="the name")
    assert [state.content["name"] for state in draft.states.all()] == ["One", "Two", "Twenty"]


def test_only_so_many_changes_are_kept(cast: Cast, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST", 3)
    for number in range(8):
        draft = save(draft, f"N{number}", cast, at=number)
    assert DraftState.objects.count() == 4
    assert drafts.go(draft, -1, revision=draft.revision, by=cast.mary, now=LATER).content["name"] == "N6"


def test_nobody_saves_over_what_she_has_not_seen(cast: Cast, draft: Draft) -> None:
    seen = draft
    draft = save(draft, "Two", cast, at=0, window="hers")
    assert save(seen, "Three", cast, at=1, window="hers").content["name"] == "Three"
    for go_on in (
        lambda: save(seen, "Four", cast, at=2, window="another"),
        lambda: drafts.go(seen, -1, revision=seen.revision, by=cast.mary, now=LATER),
    ):
        with pytest.raises(ChangedMeanwhile, match="Mary"):
            go_on()
    with pytest.raises(NotAllowed):
        drafts.go(draft, -1, revision=draft.revision, by=cast.alice, now=LATER)


def test_a_problem_is_told_at_its_step_or_field(cast: Cast) -> None:
    inner = {"id": "pause", "type": "wait", "with": {"days": -1}}
    branch = {
        "id": "size",
        "type": "branch",
        "branches": [{"when": "arr > 5", "steps": [inner]}],
        "else": [task(title="")],
    }
    content = {**named(""), "steps": [{"id": "mail", "type": "email", "with": {"subject": "Hello"}}, branch]}
    draft = drafts.begin_new(content, by=cast.mary, now=NOW)
    found = {(one.step, one.field, one.path): one.reason for one in pointed(content, drafts.problems(draft))}
    assert set(found) == {
        ("", "name", ()),
        ("mail", "", ("text",)),
        ("pause", "", ("days",)),
        ("call", "", ("title",)),
    }
    assert found["mail", "", ("text",)] == "it is missing"
    assert found["call", "", ("title",)] == "it is empty"


def test_an_objection_and_a_condition_are_told_at_their_step(cast: Cast) -> None:
    arms = [{"when": "arr >", "steps": [{"id": "again", "type": "start", "with": {"playbook": "play"}}]}]
    content = {**named("One"), "steps": [{"id": "size", "type": "branch", "branches": arms}]}
    draft = drafts.begin_new(content, by=cast.mary, now=NOW)
    found = {(one.step, one.path) for one in pointed(content, drafts.problems(draft))}
    assert found == {("size", ("branches", "0", "when")), ("again", ("playbook",))}
    assert pointed(content, [{"place": "document", "reason": "no"}]) == [Problem("no")]
    assert pointed(content, [{"place": "key", "reason": "no", "is_needed": True}])[0].is_needed
