"""Versions, drafts, and what changed between them."""

from typing import Any

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.people.models import AuditEntry
from mainstay.playbooks import drafts, services
from mainstay.playbooks.differences import changes
from mainstay.playbooks.errors import BadPlaybook, ChangedMeanwhile, UnknownPlaybook
from mainstay.playbooks.models import Draft, Playbook, PlaybookVersion, Run, RunState
from mainstay.playbooks.reading import content_of
from mainstay.playbooks.selectors import get_playbook, versions
from mainstay.playbooks.trying import would_enter
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait


def numbers(key: str = "play") -> list[tuple[int, str]]:
    return list(versions(Playbook.objects.get(key=key)).values_list("version", "reason"))


def test_each_change_is_a_version_with_author_and_reason_and_is_on_record(cast: Cast) -> None:
    publish(play())
    made = services.publish(play(task(title="Write")), by=cast.mary, reason=" Calls do  not help ", now=NOW + DAY)
    assert made is not None
    assert (made.version, made.by, made.reason) == (2, cast.mary, "Calls do not help")
    assert services.publish(play(task(title="Write")), by=cast.mary, now=NOW + DAY) is None
    entry = AuditEntry.objects.get(user=cast.mary)
    assert (entry.action, entry.details) == ("playbooks.published", {"version": 2, "reason": "Calls do not help"})


def test_only_managers_publish(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.publish(play(), by=cast.alice, now=NOW)


def test_going_back_publishes_the_former_version_again(cast: Cast) -> None:
    publish(play())
    publish(play(task(title="Write")))
    services.roll_back("play", 1, by=cast.mary, reason="It was better.", now=NOW + DAY)
    assert numbers() == [(3, "Back to version 1. It was better."), (2, ""), (1, "")]
    rows = versions(get_playbook("play"))
    assert rows[0].document == rows[2].document


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"for": {"where": "scre > 5"}}, "for.where"),
        ({"for": {"segment": "gone"}}, "for.segment"),
        ({"goal": {"where": "score >"}}, "goal.where"),
        ({"exit": [{"when": "condition", "where": "score = 'a'"}]}, "exit.0.where"),
        ({"entry": {"by": "event", "events": ["Paid"], "where": "plan = 'x'"}}, "entry.where"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused_with_its_place(
    cast: Cast, fields: dict[str, Any], place: str
) -> None:
    with pytest.raises(BadPlaybook) as refused:
        services.publish(play(**fields), by=cast.mary, now=NOW)
    assert [one["place"] for one in refused.value.details["problems"]] == [place]
    assert not Playbook.objects.exists()


def test_conditions_of_steps_are_checked_too(cast: Cast) -> None:
    branch = {"id": "b", "type": "branch", "branches": [{"when": "scre > 5"}]}
    with pytest.raises(BadPlaybook, match=r"(?s)steps\.b\.branches\.0\.when: .*steps\.w\.with\.condition: "):
        services.publish(play(branch, wait("w", condition="bnd = 'red'")), by=cast.mary, now=NOW)


def test_what_a_step_objects_to_is_refused_with_its_place_and_what_is_stored_still_runs(cast: Cast) -> None:
    renamed = {"id": "renamed", "type": "change", "with": {"field": "name", "value": "Acme Ltd"}}
    itself = {"id": "itself", "type": "start", "with": {"playbook": "play"}}
    with pytest.raises(BadPlaybook, match=r"(?s)steps\.renamed\.with\.field: .*steps\.itself\.with\.playbook: "):
        services.publish(play(renamed, itself), by=cast.mary, now=NOW)
    version = publish(play())
    version.document = play(renamed).as_dict()
    version.save(update_fields=["document"])
    signal(cast.acme)
    assert refresh() == (1, 1)


def test_a_task_for_somebody_who_is_no_user_is_refused_with_its_place(cast: Cast) -> None:
    publish(play(task(assign="person", person=cast.alice.email.upper())))
    with pytest.raises(BadPlaybook, match=r"steps\.call\.with\.person: 'nobody@x\.example' is not the e-mail"):
        publish(play(task(assign="person", person="nobody@x.example")))


def test_a_removed_playbook_ends_its_runs_and_may_come_back(cast: Cast) -> None:
    publish(play(wait(), task()))
    signal(cast.acme)
    refresh()
    services.remove("play", by=cast.mary, now=NOW)
    assert Run.objects.get().state == RunState.STOPPED
    with pytest.raises(UnknownPlaybook):
        get_playbook("play")
    assert refresh(NOW + DAY) == (0, 0)
    publish(play(wait(), task()), now=NOW + DAY)
    assert [version for version, _ in numbers()] == [2, 1]


def test_what_came_with_mainstay_stays_removed_and_is_not_written_over_when_it_was_changed(cast: Cast) -> None:
    services.ensure_playbooks(NOW)
    services.remove("seat_limit", by=cast.mary, now=NOW)
    services.publish(play(key="score_drop"), by=cast.mary, now=NOW)
    PlaybookVersion.objects.filter(playbook__key="risk_outreach").update(document=play(key="risk_outreach").as_dict())
    assert services.ensure_playbooks(NOW + DAY) == 1
    assert numbers("risk_outreach")[0] == (2, "Came with Mainstay.")


def test_a_draft_begins_from_what_is_in_force_and_becomes_the_next_version(cast: Cast) -> None:
    publish(play())
    draft = drafts.begin("play", by=cast.mary, now=NOW)
    assert drafts.begin("play", by=cast.ada, now=NOW) == draft
    content = content_of(play(task(title="Write")))
    draft = drafts.save(draft, content, revision=1, by=cast.ada, now=NOW + DAY)
    assert (draft.revision, draft.saved_by) == (2, cast.ada)
    made = drafts.publish(draft, by=cast.mary, reason="Try it", now=NOW + DAY)
    assert made is not None
    assert (made.version, made.reason, Draft.objects.count()) == (2, "Try it", 0)


def test_nobody_writes_over_what_she_has_not_seen(cast: Cast) -> None:
    publish(play())
    draft = drafts.begin("play", by=cast.mary, now=NOW)
    drafts.save(draft, {"key": "play"}, revision=1, by=cast.ada, now=NOW)
    with pytest.raises(ChangedMeanwhile, match="saved this draft"):
        drafts.save(draft, {"key": "mine"}, revision=1, by=cast.mary, now=NOW)
    drafts.discard(draft, by=cast.mary)
    draft = drafts.begin("play", by=cast.mary, now=NOW)
    publish(play(task(title="Write")))
    with pytest.raises(ChangedMeanwhile, match="version 2"):
        drafts.publish(draft, by=cast.mary, reason="", now=NOW)
    assert drafts.publish(draft, by=cast.mary, reason="", now=NOW, over=2) is not None


def test_a_draft_keeps_what_is_wrong_and_says_everything_that_is(cast: Cast) -> None:
    draft = drafts.begin_new({"key": "mine", "steps": []}, by=cast.mary, now=NOW)
    places = [one["place"] for one in drafts.problems(draft)]
    assert set(places) == {"name", "entry", "steps"}
    with pytest.raises(BadPlaybook):
        drafts.publish(draft, by=cast.mary, reason="", now=NOW)
    good = drafts.save(draft, content_of(play(key="mine")), revision=1, by=cast.mary, now=NOW)
    assert drafts.problems(good) == []
    assert drafts.publish(good, by=cast.mary, reason="", now=NOW) is not None


def test_a_draft_cannot_take_another_playbooks_key(cast: Cast) -> None:
    publish(play())
    new = drafts.begin_new(content_of(play()), by=cast.mary, now=NOW)
    assert "already" in drafts.problems(new)[0]["reason"]
    draft = drafts.begin("play", by=cast.mary, now=NOW)
    draft = drafts.save(draft, content_of(play(key="other")), revision=1, by=cast.mary, now=NOW)
    assert "stays" in drafts.problems(draft)[0]["reason"]


BRANCH = {"id": "b", "type": "branch", "branches": [{"when": "score > 5", "steps": [task("in")]}]}

PARTS = [{"name": "one", "share": 70, "steps": []}, {"name": "other", "share": 30, "steps": []}]


@pytest.mark.parametrize(
    ("former", "present", "said"),
    [
        (play(), play(), []),
        (play(), play(holdout=10), ["Held out, percent: nothing → 10"]),
        (play(), play(task(title="Write")), ["Step 'call', title: Call {{ account.name }} → Write"]),
        (play(task("a")), play(task("a"), wait("b")), ["Step 'b' (wait): new"]),
        (play(task("a"), task("b")), play(task("a")), ["Step 'b' (task): taken out"]),
        (play(task("a"), task("b")), play(task("b"), task("a")), ["Order of steps: a, b → b, a"]),
        (
            play(BRANCH),
            play({**BRANCH, "branches": [{"when": "score > 9", "steps": [task("in")]}]}),
            ["Step 'b', arm 1: score > 5 → score > 9"],
        ),
        (
            play(subject={"contacts": {"most": 9}}),
            play(subject={"contacts": {"most": 5}}),
            ["About: contacts most 9 → contacts most 5"],
        ),
        (
            play(task(due_in={"working_days": 2})),
            play(task(due_in={"working_days": 3})),
            ["Step 'call', due in: working days 2 → working days 3"],
        ),
        (
            play({"id": "s", "type": "split", "parts": PARTS}),
            play({"id": "s", "type": "split", "parts": PARTS[::-1]}),
            ["Step 's', order of its ways: one, other → other, one"],
        ),
        (
            play(entry={"by": "stage", "stage": "a"}),
            play(entry={"by": "stage", "stage": "b"}),
            ["Starts when: it enters the stage “a” → it enters the stage “b”"],
        ),
    ],
)
def test_the_difference_of_two_versions_is_told_in_sentences(former: Any, present: Any, said: list[str]) -> None:
    assert changes(former, present) == said


def test_who_would_enter_is_counted_and_nothing_is_done(cast: Cast) -> None:
    for one in (cast.acme, cast.globex):
        signal(one)
    found = would_enter(play(**{"for": {"where": "tier = 'smb'"}}), now=NOW)
    assert (found.entering, found.held_out) == (1, 0)
    publish(play())
    assert would_enter(play(), now=NOW).entering == 2
    refresh()
    assert would_enter(play(), now=NOW).entering == 0
    assert Run.objects.count() == 2
