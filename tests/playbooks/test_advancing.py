"""Runs on their way: what they wait for, what ends them, what stops them."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.accounts.models import Account
from mainstay.common.errors import NotAllowed
from mainstay.interactions.models import Interaction
from mainstay.playbooks import effects, services
from mainstay.playbooks.advancing import advance_these
from mainstay.playbooks.commands import Awaited, OpenTask, WaitFor
from mainstay.playbooks.errors import CannotMove
from mainstay.playbooks.machine import Truths
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, StepRun, Task
from mainstay.playbooks.step import Params, StepType
from mainstay.playbooks.steps import step_types
from mainstay.signals.models import Signal
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

CONDITION = wait("big", condition="tier = 'enterprise'", time_out={"days": 5})
ASKED = {
    "id": "asked",
    "type": "branch",
    "branches": [{"after": {"step": "big", "outcome": "timed_out"}, "steps": [task("remind")]}],
    "else": [task("thank")],
}


def steps_of(**found: Any) -> list[str]:
    return list(StepRun.objects.filter(**found).order_by("pk").values_list("step", flat=True))


def results() -> dict[str, str]:
    return dict(StepRun.objects.values_list("step", "result"))


def test_a_run_that_waits_for_a_condition_goes_on_when_it_holds(cast: Cast) -> None:
    publish(play(CONDITION, ASKED))
    signal(cast.globex)
    assert refresh() == (1, 1)
    assert refresh(NOW + DAY) == (0, 0)
    Account.objects.filter(pk=cast.globex.pk).update(tier="enterprise")
    assert refresh(NOW + 2 * DAY) == (0, 3)
    assert results() == {"big": "happened", "asked": "else", "thank": ""}


def test_a_run_that_waits_in_vain_goes_on_after_its_time_out(cast: Cast) -> None:
    publish(play(CONDITION, ASKED))
    signal(cast.globex)
    refresh()
    assert refresh(NOW + 5 * DAY) == (0, 3)
    assert results() == {"big": "timed_out", "asked": "1", "remind": ""}


def test_an_exit_ends_a_run_while_it_waits_and_dismisses_its_tasks(cast: Cast) -> None:
    exits = [{"when": "condition", "where": "tier = 'enterprise'", "tasks": "dismiss"}]
    publish(play(task(), wait(days=30), task("late"), exit=exits))
    signal(cast.globex)
    refresh()
    Account.objects.filter(pk=cast.globex.pk).update(tier="enterprise")
    refresh(NOW + DAY)
    run, opened = Run.objects.get(), Task.objects.get()
    assert (run.state, run.ended_because, run.wake_at) == (RunState.EXITED, "A condition to leave holds", None)
    assert opened.dismissed_at == NOW + DAY


def test_a_signal_that_closes_ends_a_run_while_it_waits(cast: Cast) -> None:
    publish(play(wait(days=30), task(), exit=[{"when": "signal_closed"}]))
    opened = signal(cast.acme)
    refresh()
    opened.closed_at = NOW + DAY
    opened.save(update_fields=["closed_at"])
    refresh(NOW + DAY)
    assert Run.objects.get().ended_because == "The signal closed"


def test_a_churned_account_leaves(cast: Cast) -> None:
    publish(play(wait(days=30), task(), exit=[{"when": "churned"}]))
    signal(cast.acme)
    refresh()
    Account.objects.filter(pk=cast.acme.pk).update(churned_on=(NOW + DAY).date())
    refresh(NOW + DAY)
    assert Run.objects.get().ended_because == "The account churned"


def test_an_exit_that_cannot_be_asked_hides_no_other(cast: Cast) -> None:
    publish(play(wait(days=30), exit=[{"when": "churned"}, {"when": "condition", "where": "tier = 'enterprise'"}]))
    signal(cast.globex)
    refresh()
    Account.objects.filter(pk=cast.globex.pk).update(stage="churned")
    broken = PlaybookVersion.objects.get()
    broken.document["exit"].reverse()
    broken.document["exit"][0]["where"] = "gone > 1"
    broken.save(update_fields=["document"])
    refresh(NOW + DAY)
    run = Run.objects.get()
    assert (run.state, "gone" in run.error) == (RunState.FAILED, True), "it does not wait on in silence"


def test_goals_are_noted_for_the_held_out_too_and_only_in_time(cast: Cast) -> None:
    publish(play(wait(days=90), goal={"where": "tier = 'enterprise'", "within_days": 30}, holdout=50))
    for number in range(20):
        signal(account(f"A{number:02}", tier="smb"))
    refresh()
    Account.objects.filter(name__lt="A10").update(tier="enterprise")
    refresh(NOW + DAY)
    Account.objects.update(tier="enterprise")
    refresh(NOW + 31 * DAY)
    assert set(Run.objects.exclude(goal_at=None).values_list("goal_at", flat=True)) == {NOW + DAY}
    assert Run.objects.exclude(goal_at=None).count() == 10
    assert {True, False} == set(Run.objects.exclude(goal_at=None).values_list("is_held_out", flat=True))


def test_goals_are_noted_while_a_playbook_is_paused(cast: Cast) -> None:
    """Nothing goes on then, but what it began is still measured: whoever ends a trial waits for what came of it."""
    publish(play(task(), goal={"where": "tier = 'enterprise'", "within_days": 30}, holdout=50))
    for number in range(4):
        signal(account(f"A{number:02}", tier="smb"))
    refresh()
    services.pause("play", by=cast.mary, now=NOW)
    Account.objects.update(tier="enterprise")
    refresh(NOW + DAY)
    assert set(Run.objects.values_list("goal_at", flat=True)) == {NOW + DAY}


def test_a_note_and_a_change_reach_the_account_once(cast: Cast) -> None:
    note = {"id": "note", "type": "note", "with": {"title": "In", "text": "{{ run.why }}"}}
    move = {"id": "move", "type": "change", "with": {"field": "stage", "value": "renewal"}}
    named = {"id": "named", "type": "change", "with": {"field": "greeted", "value": "{{ owner.name }}"}}
    publish(play(note, move, named))
    signal(cast.acme)
    refresh()
    cast.acme.refresh_from_db()
    assert (cast.acme.stage, cast.acme.attributes) == ("renewal", {"greeted": "Alice"})
    assert Interaction.objects.get().title == "In"


def test_a_step_that_fails_stops_its_run_there_and_can_be_tried_again(cast: Cast) -> None:
    """What came before it is done, other runs go on; once it is mended, a retry goes on from there."""
    publish(play(task("first"), {"id": "fragile", "type": "fragile"}, task("last")))
    signal(cast.acme)
    signal(cast.globex)
    refresh()
    failed, well = Run.objects.get(account=cast.acme), Run.objects.get(account=cast.globex)
    assert (failed.state, failed.position) == (RunState.FAILED, "fragile")
    assert failed.error == "An error of Mainstay (ZeroDivisionError: division by zero). Please report it."
    assert steps_of(run=failed) == ["first"]
    assert (well.state, steps_of(run=well)) == (RunState.DONE, ["first", "fragile", "last"])
    FRAGILE.clear()
    assert services.retry(failed.playbook, step="fragile", by=cast.alice) == 1
    assert refresh(NOW + DAY) == (0, 2)
    failed.refresh_from_db()
    assert (failed.state, failed.error) == (RunState.DONE, "")


FRAGILE: set[str] = set()


@pytest.fixture(autouse=True)
def more_step_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that breaks on an account, and one that waits for its own task: a step type of one file each."""

    def break_down(params: Params, context: Any) -> list[Any]:
        return [1 / 0] if context.account.name in FRAGILE else []

    def ask(params: Params, context: Any) -> list[Any]:
        until = context.now + 7 * DAY
        return [OpenTask(owner_id=None, title="Approve?", why="", due_at=until), WaitFor(Awaited.TASKS, until)]

    FRAGILE.add("Acme")
    more = {
        "fragile": StepType(kind="fragile", label="F", meaning="F.", params=Params, run=break_down),
        "approve": StepType(
            kind="approve", label="A", meaning="A.", params=Params, run=ask, outcomes=("done", "dismissed", "timed_out")
        ),
    }
    known = {**step_types(), **more}
    monkeypatch.setattr("mainstay.playbooks.tree.step_types", lambda: known)


APPROVED = {
    "id": "approved",
    "type": "branch",
    "branches": [{"after": {"step": "approve", "outcome": "done"}, "steps": [task("go")]}],
    "else": [task("leave")],
}


@pytest.mark.parametrize(
    ("close", "walked"),
    [(services.complete_task, "go"), (services.dismiss_task, "leave"), (None, "leave")],
    ids=["done", "dismissed", "timed out"],
)
def test_a_run_may_wait_for_the_task_of_its_step(cast: Cast, close: Any, walked: str) -> None:
    publish(play({"id": "approve", "type": "approve"}, APPROVED))
    signal(cast.acme)
    refresh()
    assert refresh(NOW + DAY) == (0, 0)
    if close is not None:
        close(Task.objects.get(), by=cast.alice, now=NOW + DAY)
    refresh(NOW + (DAY if close else 7 * DAY))
    assert steps_of() == ["approve", "approved", walked]


def test_an_answer_that_is_taken_back_at_once_was_none(cast: Cast) -> None:
    """Whoever undoes a slip of the hand before the next round has approved nothing."""
    publish(play({"id": "approve", "type": "approve"}, APPROVED))
    signal(cast.acme)
    refresh()
    asked = Task.objects.get()
    for close in (services.complete_task, services.dismiss_task):
        close(asked, by=cast.alice, now=NOW + DAY)
        services.reopen_task(asked, by=cast.alice, now=NOW + DAY)
        assert refresh(NOW + DAY) == (0, 0)
    services.complete_task(asked, by=cast.alice, now=NOW + 2 * DAY)
    refresh(NOW + 2 * DAY)
    assert steps_of() == ["approve", "approved", "go"]


def test_an_answer_that_is_taken_back_leaves_the_time_out_as_it_was(cast: Cast) -> None:
    publish(play({"id": "approve", "type": "approve"}, APPROVED))
    signal(cast.acme)
    refresh()
    asked = Task.objects.get()
    services.complete_task(asked, by=cast.alice, now=NOW + DAY)
    services.reopen_task(asked, by=cast.alice, now=NOW + DAY)
    refresh(NOW + 7 * DAY)
    assert steps_of() == ["approve", "approved", "leave"]


def test_a_paused_playbook_carries_nothing_out_until_it_is_resumed(cast: Cast) -> None:
    publish(play(wait(), task()))
    signal(cast.acme)
    refresh()
    assert services.pause("play", by=cast.mary, now=NOW)
    signal(cast.globex)
    assert refresh(NOW + 2 * DAY) == (0, 0)
    assert services.resume("play", by=cast.mary, now=NOW + 3 * DAY)
    assert refresh(NOW + 3 * DAY) == (1, 2)


def test_a_run_can_be_paused_resumed_and_stopped(cast: Cast) -> None:
    publish(play(wait(), task()))
    signal(cast.acme)
    refresh()
    run = Run.objects.get()
    assert services.pause_run(run, by=cast.alice, now=NOW)
    assert refresh(NOW + 2 * DAY) == (0, 0)
    assert services.resume_run(run, by=cast.alice, now=NOW + 3 * DAY)
    assert services.stop_run(run, by=cast.alice, now=NOW + 3 * DAY)
    assert refresh(NOW + 3 * DAY) == (0, 0)
    assert (run.state, run.ended_because) == (RunState.STOPPED, "Stopped by Alice")
    with pytest.raises(NotAllowed):
        services.stop_run(run, by=cast.vera, now=NOW)


def test_a_retry_cuts_no_wait_short(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run may fail while it waits, where an exit cannot be asked any more: tried again, it waits on."""
    broken = [{"when": "condition", "where": "tier = 'enterprise'"}, {"when": "signal_closed"}]
    publish(play(CONDITION, ASKED, exit=broken))
    signal(cast.globex)
    refresh()
    run = Run.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr("mainstay.playbooks.advancing.truths_of", lambda document, ids: _unknown_to(ids))
        advance_these([run.pk], now=NOW + DAY)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert services.retry(run.playbook, by=cast.alice) == 1
    assert refresh(NOW + DAY) == (0, 0)
    assert refresh(NOW + 5 * DAY) == (0, 3)


def _unknown_to(ids: Any) -> dict[int, Truths]:
    return {pk: Truths(problems={"tier = 'enterprise'": "There is no tier."}) for pk in ids}


def test_an_effect_that_breaks_fails_its_run_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it breaks with: the other runs of the batch, and the other playbooks, go on."""
    publish(play(task()))
    signal(cast.acme)
    signal(cast.globex)

    def fragile(run: Run, *args: Any, **kwargs: Any) -> Any:
        if run.account_id == cast.acme.pk:
            raise ValueError("no such letter")
        return whole(run, *args, **kwargs)

    whole = effects._task
    monkeypatch.setattr(effects, "_task", fragile)
    assert refresh() == (2, 2)
    failed, well = Run.objects.get(account=cast.acme), Run.objects.get(account=cast.globex)
    assert (failed.state, well.state) == (RunState.FAILED, RunState.DONE)
    assert "ValueError: no such letter" in failed.error


def test_stopping_a_playbook_ends_its_runs_for_good(cast: Cast) -> None:
    publish(play(wait(), task()))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    assert services.stop("play", by=cast.mary, now=NOW) == 2
    services.resume("play", by=cast.mary, now=NOW + DAY)
    assert refresh(NOW + 2 * DAY) == (0, 0)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.STOPPED}


def test_runs_are_moved_on_purpose_and_go_on_before_the_same_step(cast: Cast) -> None:
    first = publish(play(wait(), task()))
    signal(cast.acme)
    refresh()
    second = publish(play(wait(), task(title="Write"), task("more")), now=NOW + DAY)
    assert services.move_runs(first.runs.all(), second, by=cast.mary, now=NOW + DAY) == 1
    refresh(NOW + 2 * DAY)
    assert steps_of() == ["pause", "call", "more"]
    assert Task.objects.filter(title="Write").exists()


def test_runs_are_not_moved_to_a_version_without_their_step(cast: Cast) -> None:
    first = publish(play(wait(), task()))
    signal(cast.acme)
    refresh()
    second = publish(play(task("other")), now=NOW + DAY)
    with pytest.raises(CannotMove, match="has no step Task “Call account name”"):
        services.move_runs(first.runs.all(), second, by=cast.mary, now=NOW + DAY)


def test_a_run_that_waits_is_not_moved_to_where_its_step_is_another_one(cast: Cast) -> None:
    first = publish(play(CONDITION, ASKED))
    signal(cast.globex)
    refresh()
    second = publish(play(task("big"), task("more")), now=NOW + DAY)
    with pytest.raises(CannotMove, match="stand at a wait that is Task “Call account name” in version 2"):
        services.move_runs(first.runs.all(), second, by=cast.mary, now=NOW + DAY)


def test_what_does_not_fit_into_one_batch_is_done_in_the_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.playbooks.advancing.BATCH", 3)
    publish(play())
    publish(play(key="other"))
    for number in range(7):
        signal(account(f"A{number}"))
    assert refresh() == (14, 14)
    assert Task.objects.count() == 14


@given(st.data())
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_killed_anywhere_and_begun_again_every_effect_happens_once(cast: Cast, data: st.DataObject) -> None:
    """A worker dies at any write of any round; the next one goes on. In the end nothing is missing or there twice."""
    Run.objects.all().delete()
    Task.objects.all().delete()
    Playbook.objects.all().delete()
    publish(play(task("one"), wait(), task("two"), wait("again"), task("three")))
    for one in (cast.acme, cast.globex):
        Signal.objects.filter(account=one).delete()
        signal(one)
    deaths = data.draw(st.lists(st.sampled_from(["_note_steps", "_move_runs", None]), max_size=6))
    now = NOW
    for death in deaths:
        with pytest.MonkeyPatch.context() as patch:
            if death is not None:
                patch.setattr(effects, death, die)
            with contextlib.suppress(KeyboardInterrupt):
                refresh(now)
        now += timedelta(hours=data.draw(st.integers(0, 60)))
    for _ in range(4):
        refresh(now)
        now += 2 * DAY
    assert Task.objects.count() == 6
    assert StepRun.objects.count() == 10
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.DONE}


@given(jumps=st.lists(st.integers(-400, 400), max_size=8))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_clock_that_jumps_repeats_nothing_and_leaves_nothing_out(cast: Cast, jumps: list[int]) -> None:
    Run.objects.all().delete()
    Task.objects.all().delete()
    Playbook.objects.all().delete()
    Signal.objects.all().delete()
    publish(play(task("one"), wait(), task("two"), wait("again"), task("three")))
    signal(cast.acme)
    for days in (0, *jumps, 0, 400, 800):
        refresh(NOW + days * DAY)
    assert list(StepRun.objects.order_by("pk").values_list("step", flat=True)) == [
        "one", "pause", "two", "again", "three",
    ]  # fmt: skip
    assert Task.objects.count() == 3


def die(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt
