"""Dry runs are asked for, carried out in the background, cancelled, and kept for a while."""

from uuid import uuid4

import pytest

from mainstay.accounts.models import StageChange
from mainstay.common.errors import Invalid, NotAllowed
from mainstay.playbooks import trials
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Trial, TrialState
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, signal
from tests.scores.profiles import keep


def state_of(trial: Trial) -> tuple[str, str]:
    trial.refresh_from_db()
    return trial.state, trial.error


def test_one_is_done_with_its_result(cast: Cast) -> None:
    signal(cast.acme)
    trial = trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW)
    with pytest.raises(Invalid, match="not done yet"):
        trials.dry_run_of(trial)
    trials.carry_out(trial.pk, now=NOW)
    assert state_of(trial) == (TrialState.DONE, "")
    assert (trials.dry_run_of(trial).entering, trial.done, trial.steps) == (1, 1, 1)
    assert trials.document_of(trial) == play()
    assert trials.latest("play", trials.DRY_RUN) == trial


def test_the_accounts_it_would_be_started_on_are_tried_alone(cast: Cast) -> None:
    signal(cast.acme)
    trial = trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW, chosen=[cast.globex.pk])
    trials.carry_out(trial.pk, now=NOW)
    trial.refresh_from_db()
    assert [one.account_id for one in trials.dry_run_of(trial).entrants] == [cast.globex.pk]


def test_one_that_is_cancelled_ends_at_its_next_step(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.playbooks.dry_run.BATCH", 1)
    for number in range(3):
        signal(account(f"A{number}"))
    trial = trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW)
    tell = trials._telling

    def cancelling(pk: object) -> object:
        def told(done: int, of: int) -> None:
            if done == 2:
                assert trials.cancel(trial, by=cast.alice, now=NOW)
            tell(trial.pk)(done, of)

        return told

    monkeypatch.setattr(trials, "_telling", cancelling)
    trials.carry_out(trial.pk, now=NOW)
    assert state_of(trial) == (TrialState.CANCELLED, "")
    assert (trial.done, trial.results) == (1, None)
    assert not trials.cancel(trial, by=cast.alice, now=NOW)
    trials.note_fault(trial.pk, ValueError("x"), now=NOW)
    assert state_of(trial)[0] == TrialState.CANCELLED
    assert trials.latest("play", trials.DRY_RUN) is None


def test_what_it_names_may_have_gone_meanwhile(cast: Cast) -> None:
    trial = trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW)
    Trial.objects.update(document={**trial.document, "for": {"where": "gone > 1", "segment": ""}})
    trials.carry_out(trial.pk, now=NOW)
    state, error = state_of(trial)
    assert (state, "gone" in error) == (TrialState.FAILED, True)


def test_who_may_ask_for_what(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        trials.ask(play(), trials.DRY_RUN, by=cast.vera, now=NOW)
    with pytest.raises(BadPlaybook):
        trials.ask(play(**{"for": {"where": "gone > 1"}}), trials.DRY_RUN, by=cast.mary, now=NOW)


def test_old_ones_go_and_what_is_gone_is_nothing_to_do(cast: Cast) -> None:
    trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW - 91 * DAY)
    young = trials.ask(play(), trials.DRY_RUN, by=cast.alice, now=NOW - 89 * DAY)
    assert trials.prune(NOW) == 1
    trials.carry_out(uuid4(), now=NOW)
    trials.note_fault(young.pk, ValueError("x"), now=NOW)
    assert state_of(young)[1].startswith("It broke off: x.")


def test_a_replay_is_done_with_its_result_or_says_why_there_is_none(cast: Cast) -> None:
    StageChange.objects.create(account=cast.acme, stage="onboarding", since=NOW.date() - 3 * DAY)
    document = play(entry={"by": "stage", "stage": "onboarding"})
    nothing = trials.ask(document, trials.REPLAY, by=cast.alice, now=NOW)
    trials.carry_out(nothing.pk, now=NOW)
    assert state_of(nothing)[1].startswith("No day of the past year is kept.")
    for back in (9, 2):
        keep(NOW.date() - back * DAY, {cast.acme: {"arr": 1.0}})
    trial = trials.ask(document, trials.REPLAY, by=cast.alice, now=NOW)
    trials.carry_out(trial.pk, now=NOW)
    assert state_of(trial) == (TrialState.DONE, "")
    assert trials.replay_of(trial).entries == 1
    with pytest.raises(Invalid):
        trials.dry_run_of(trial)
    assert trials.latest("play", trials.DRY_RUN) is None
