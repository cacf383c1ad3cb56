"""The machine: what a run does next. Pure: state in, commands out, and where the run then stands.

A run stands before a step, or at one that waits. `advance` gives its next move, `walk` all of them until it waits or
ends. The tree of steps has no way back, so both end, and no step comes twice.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from mainstay.common.frozen import changed
from mainstay.playbooks.commands import (
    HAPPENED,
    TIMED_OUT,
    Awaited,
    ChangeAccount,
    Command,
    Effect,
    End,
    Ending,
    OpenOpportunity,
    OpenTask,
    RequestDelivery,
    SendToTarget,
    StartPlaybook,
    WaitFor,
    WaitUntil,
    WriteNote,
)
from mainstay.playbooks.context import Context
from mainstay.playbooks.document import Document, Exit
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.flow import END
from mainstay.playbooks.tree import Action, Branch, Split


@dataclass(frozen=True)
class Truths:
    """Which conditions hold for the account now, by their text; and why others cannot be asked any more."""

    holding: frozenset[str] = frozenset()
    problems: Mapping[str, str] = field(default_factory=dict)

    def hold(self, condition: str) -> bool:
        """False where it is unknown, too. Raises StepFailed."""
        if condition in self.problems:
            raise StepFailed(f"The condition '{condition}' cannot be asked any more. {self.problems[condition]}")
        return condition in self.holding


@dataclass(frozen=True)
class RunState:
    """An active run. `position` END: behind the last step. `awaits`: what its step waits for; `heard`: what came of it.

    `subject` names whom the run is about, the same in all of her runs: shares of splits go by it.
    """

    document: Document
    position: str
    context: Context
    wake_at: datetime | None = None
    awaits: Awaited | None = None
    heard: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    truths: Truths = Truths()
    is_signal_open: bool = True
    has_churned: bool = False
    has_replied: bool = False
    subject: str = ""


@dataclass(frozen=True)
class Move:
    """What a run does, and where it then stands.

    `step` is the step that was carried out, empty for an end between steps; `resumed` one that had waited and is over.
    `outcome` is what it came to, empty for a step that only does something. `left`: what becomes of open tasks.
    """

    position: str
    step: str = ""
    kind: str = ""
    effects: tuple[Effect, ...] = ()
    outcome: str = ""
    resumed: bool = False
    wake_at: datetime | None = None
    wait: WaitFor | None = None
    end: End | None = None
    dismisses_tasks: bool = False


def advance(run: RunState, now: datetime) -> Move | None:
    """The next move; None while the run waits and no exit holds. Raises StepFailed, and whatever its step raises.

    Order: what it waited for; the end behind the last step (an exit changes nothing there); exits; the step.
    """
    if run.wake_at is not None and now < run.wake_at and not run.heard:
        return _exit_of(run)
    if run.position == END:
        return Move(END, end=End(Ending.DONE))
    if (left := _exit_of(run)) is not None:
        return left
    step = run.document.flow.steps.get(run.position)
    if step is None:
        raise StepFailed(f"This version has no step '{run.position}'. Move the run to a version that has.")
    match step:
        case Branch():
            outcome = _way(step, run)
            return Move(run.document.flow.ways[step.id][outcome], step=step.id, kind=step.type, outcome=outcome)
        case Split():
            outcome = _part(step, run)
            return Move(run.document.flow.ways[step.id][outcome], step=step.id, kind=step.type, outcome=outcome)
        case Action():
            return _resumed(step, run) if run.awaits else _carried_out(step, run, now)
        case _:
            assert_never(step)


def after(run: RunState, move: Move) -> RunState:
    """The run when the move is made."""
    outcomes = {**run.outcomes, move.step: move.outcome} if move.outcome else run.outcomes
    wake_at = move.wait.until if move.wait else move.wake_at
    awaits = move.wait.what if move.wait else None
    return changed(run, position=move.position, wake_at=wake_at, awaits=awaits, heard="", outcomes=outcomes)


def walk(run: RunState, now: datetime) -> Iterator[tuple[Move, RunState]]:
    """Every move until the run waits or ends, each with the run after it."""
    for _ in range(2 * len(run.document.flow.steps) + 2):  # each step once, once more when it has waited, and the end
        move = advance(run, now)
        if move is None:
            return
        run = after(run, move)
        yield move, run
        if move.end is not None:
            return
    raise StepFailed(f"The run goes round in circles at '{run.position}'. Please report it.")


def _exit_of(run: RunState) -> Move | None:
    for exit in run.document.exit:
        if _holds(exit, run):
            return Move(
                run.position, end=End(Ending.EXITED, _EXITS[exit.when]), dismisses_tasks=exit.tasks == "dismiss"
            )
    return None


_EXITS = {
    "signal_closed": "The signal closed",
    "goal": "The goal is reached",
    "churned": "The account churned",
    "replied": "An answer came by mail",
    "condition": "A condition to leave holds",
}


def _holds(exit: Exit, run: RunState) -> bool:
    match exit.when:
        case "signal_closed":
            return not run.is_signal_open
        case "churned":
            return run.has_churned
        case "replied":
            return run.has_replied
        case "goal":
            return run.document.goal is not None and run.truths.hold(run.document.goal.where)
        case "condition":
            return run.truths.hold(exit.where)
        case _:
            assert_never(exit.when)


def _way(step: Branch, run: RunState) -> str:
    for number, arm in enumerate(step.branches, 1):
        if arm.after is not None:
            is_taken = run.outcomes.get(arm.after.step) == arm.after.outcome
        else:
            is_taken = run.truths.hold(arm.when)
        if is_taken:
            return str(number)
    return "else"


def _part(step: Split, run: RunState) -> str:
    at = share(run.document.key, step.id, run.subject)
    for part in step.parts:
        at -= part.share
        if at < 0:
            return part.name
    return step.parts[-1].name


def share(*parts: object) -> float:
    """A number in [0, 100) that depends on nothing but these: the same for the same, spread evenly over different."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100


def _carried_out(step: Action, run: RunState, now: datetime) -> Move:
    commands = step.step_type.run(step.typed_params, run.context)
    move = _move(step, run, commands)
    if move.wait is None or move.end is not None:
        return move
    # A condition that holds already, or a time that is over already, is not waited for.
    if move.wait.what is Awaited.CONDITION and run.truths.hold(move.wait.name):
        return _join(move, _over(step, run, HAPPENED))
    return _join(move, _over(step, run, TIMED_OUT)) if move.wait.until <= now else move


def _resumed(step: Action, run: RunState) -> Move:
    return changed(_over(step, run, run.heard or TIMED_OUT), resumed=True)


def _over(step: Action, run: RunState, outcome: str) -> Move:
    commands = step.step_type.resume(step.typed_params, run.context, outcome)
    return changed(_move(step, run, commands), outcome=outcome)


def _join(first: Move, second: Move) -> Move:
    return changed(second, effects=first.effects + second.effects)


def _move(step: Action, run: RunState, commands: list[Command]) -> Move:
    """Commands sorted: effects, when to go on, what to wait for, the end."""
    effects: list[Effect] = []
    move = Move(run.document.flow.nexts[step.id], step=step.id, kind=step.type)
    for command in commands:
        match command:
            case (
                OpenTask()
                | OpenOpportunity()
                | RequestDelivery()
                | SendToTarget()
                | WriteNote()
                | ChangeAccount()
                | StartPlaybook()
            ):
                effects.append(command)
            case WaitUntil(until):
                move = changed(move, wake_at=max(until, move.wake_at or until))
            case WaitFor():
                move = changed(move, wait=command, position=step.id)
            case End():
                move = changed(move, end=command)
            case _:
                assert_never(command)
    return changed(move, effects=tuple(effects))
