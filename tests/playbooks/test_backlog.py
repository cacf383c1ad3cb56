"""Signals that stood at the first look start nothing by themselves: somebody lets them in, or some, or leaves them."""

from datetime import timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Account
from mainstay.common.errors import NotAllowed
from mainstay.people.models import AuditEntry
from mainstay.playbooks import backlog, entering, services
from mainstay.playbooks.dry_run import dry_run
from mainstay.playbooks.errors import CannotStart
from mainstay.playbooks.models import Playbook, Run, RunState, Task
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version
from mainstay.playbooks.standing import standing_of
from mainstay.playbooks.trying import would_enter
from mainstay.signals.models import Signal
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def scene(cast: Cast) -> Cast:
    """A playbook that runs, then two accounts whose signals stand, and one whose signal has just opened."""
    publish(play(), now=NOW - DAY)
    for one in (cast.acme, cast.globex):
        signal(one, is_standing=True)
    signal(account("fresh"))
    return cast


def _began() -> set[str]:
    return set(Run.objects.values_list("account__key", flat=True))


def _waiting(key: str = "play") -> set[str]:
    version = newest_version(get_playbook(key))
    return set(backlog.waiting(version, document_of(version), now=LATER).values_list("account__key", flat=True))


def _signal_of(account: Any) -> int:
    return Signal.objects.get(account=account).pk


def test_what_stood_waits_and_what_opens_begins(scene: Cast) -> None:
    assert refresh()[0] == 1
    assert refresh(LATER)[0] == 0
    assert _began() == {"fresh"}
    assert _waiting() == {"acme", "globex"}
    told = standing_of(scene.acme, newest_version(get_playbook("play")), now=LATER)
    assert told.says == "Its signal stood already when it was first looked at: it begins when somebody says so."


def test_let_in_all_of_them_enter_by_the_rules_and_caps_and_later_ones_wait_again(cast: Cast) -> None:
    publish(play(caps={"starts_a_day": 1}), now=NOW - DAY)
    for one in (cast.acme, cast.globex):
        signal(one, is_standing=True)
    refresh()
    assert services.let_in_all("play", by=cast.mary, now=LATER) == 2
    assert _waiting() == set()
    assert [refresh(LATER + day * DAY)[0] for day in range(3)] == [1, 1, 0]
    assert Task.objects.count() == 2
    signal(account("later"), is_standing=True, opened_at=LATER + DAY)
    assert refresh(LATER + 4 * DAY)[0] == 0, "it came with accounts that were brought in since"
    assert AuditEntry.objects.get(action="playbooks.standing_let_in").details["accounts"] == 2


def test_they_are_let_in_though_all_others_rest(scene: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.playbooks.resting.FEW", 0)
    refresh()
    services.let_in_all("play", by=scene.mary, now=NOW)
    assert refresh(NOW + timedelta(seconds=1))[0] == 2


def test_somebody_begins_with_some_and_the_signal_is_their_reason(scene: Cast) -> None:
    fresh = Signal.objects.get(account__key="fresh").pk
    started = services.begin_with("play", [_signal_of(scene.acme), fresh, 0], by=scene.alice, now=LATER)
    run = Run.objects.get()
    assert (len(started.runs), run.account, run.signal_id) == (1, scene.acme, _signal_of(scene.acme))
    assert (run.started_by, run.why) == (scene.alice, "Health turned red: The score fell from 71 to 42.")
    assert _waiting() == {"globex"}
    again = services.begin_with("play", [_signal_of(scene.acme)], by=scene.alice, now=LATER)
    assert (again.runs, again.judged.verdicts) == ([], [])
    assert refresh(LATER)[0] == 1, "the one whose signal has just opened"


def test_begun_with_some_the_holdout_and_the_caps_count_as_ever(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "share", lambda *parts: 0.0)
    publish(play(holdout=10, caps={"starts_a_day": 1}), now=NOW - DAY)
    ids = [signal(one, is_standing=True).pk for one in (cast.acme, cast.globex)]
    started = services.begin_with("play", ids, by=cast.alice, now=LATER)
    assert [one.state for one in started.runs] == [RunState.HELD_OUT]
    assert started.judged.refused == {"the caps of the playbook leave no room": 1}


def test_who_was_left_is_not_reminded_of_and_still_waits(scene: Cast) -> None:
    Account.objects.filter(key="globex").update(owner=scene.bob)

    def reminded() -> list[tuple[str, int]]:
        return [(one.signal, one.accounts) for one in backlog.reminders(now=LATER)]

    assert reminded() == [("Health turned red", 2)]
    assert [one.accounts for one in backlog.reminders(now=LATER, owner=scene.alice)] == [1]
    former = services.leave("play", by=scene.mary, now=LATER)
    assert reminded() == []
    assert _waiting() == {"acme", "globex"}
    services.remind_again("play", former, by=scene.mary, now=LATER)
    assert reminded() == [("Health turned red", 2)]
    Signal.objects.update(closed_at=LATER)
    assert reminded() == [], "what closed by itself waits no more"


def test_nobody_is_reminded_of_a_playbook_that_is_paused_or_cannot_be_asked(scene: Cast) -> None:
    services.pause("play", by=scene.mary, now=NOW)
    assert backlog.reminders(now=LATER) == []
    with pytest.raises(CannotStart, match="is paused"):
        services.let_in_all("play", by=scene.mary, now=NOW)
    services.resume("play", by=scene.mary, now=NOW)
    version = newest_version(get_playbook("play"))
    version.document["for"] = {"where": "gone = 1"}
    version.save(update_fields=["document"])
    assert backlog.reminders(now=LATER) == []


def test_csms_begin_with_some_and_managers_decide_for_all(scene: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.let_in_all("play", by=scene.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.leave("play", by=scene.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.begin_with("play", [], by=scene.vera, now=NOW)


def test_whoever_publishes_a_playbook_lets_in_what_stands_and_whoever_mends_its_text_does_not(cast: Cast) -> None:
    services.ensure_playbooks(NOW - DAY)
    signal(cast.acme, is_standing=True)
    services.publish(play(key="ours"), by=cast.mary, now=NOW)
    changed = document_of(newest_version(get_playbook("risk_outreach"))).model_copy(update={"description": "Ours."})
    services.publish(changed, by=cast.mary, now=NOW)
    refresh()
    assert [run.playbook.key for run in Run.objects.select_related("playbook")] == ["ours"]
    other = play(key="risk_outreach", entry={"by": "signal", "kind": "score_drop"})
    signal(cast.acme, "score_drop", is_standing=True)
    assert [one.refusal for one in would_enter(other, now=NOW).verdicts] == [None], "told before it is published"
    services.publish(other, by=cast.mary, now=NOW)
    assert refresh(LATER)[0] == 1


def test_whoever_starts_a_play_of_the_gallery_lets_in_what_stands_but_resuming_decides_nothing(cast: Cast) -> None:
    services.ensure_playbooks(NOW - DAY)
    signal(cast.acme, "key_role_vacated", is_standing=True)
    signal(cast.acme, is_standing=True)
    services.resume("sponsor_left", by=cast.mary, now=NOW)
    services.pause("risk_outreach", by=cast.mary, now=NOW)
    services.resume("risk_outreach", by=cast.mary, now=NOW)
    refresh(LATER)
    assert [run.playbook.key for run in Run.objects.select_related("playbook")] == ["sponsor_left"]
    since = Playbook.objects.get(key="sponsor_left").takes_standing_until
    services.pause("sponsor_left", by=cast.mary, now=LATER)
    services.resume("sponsor_left", by=cast.mary, now=LATER + DAY)
    assert Playbook.objects.get(key="sponsor_left").takes_standing_until == since == NOW


def test_a_dry_run_tells_who_enters_by_itself(scene: Cast) -> None:
    in_force = document_of(newest_version(get_playbook("play")))
    assert dry_run(in_force, now=LATER).days[0].begins == 1
    assert dry_run(play(task(), key="other"), now=LATER).days[0].begins == 3
