"""The machine: what a run does next. Pure: state in, commands out."""

from dataclasses import dataclass
from datetime import datetime

from mainstay.playbooks.commands import Command, End, Ending
from mainstay.playbooks.context import Context
from mainstay.playbooks.document import Document
from mainstay.playbooks.steps import step_types


@dataclass(frozen=True)
class RunState:
    """An active run: its document, the step it stands before, and whether its signal is still open."""

    document: Document
    next_step: int
    wake_at: datetime | None
    is_signal_open: bool
    context: Context


def advance(run: RunState, now: datetime) -> list[Command]:
    """The commands of the next step, or the end; nothing while the run waits.

    A signal that has closed ends the run before its next step when the playbook says `exit: signal_closed`; what was
    done stays done (open tasks too: somebody may be in the middle of them).
    """
    if run.wake_at is not None and now < run.wake_at:
        return []
    if run.next_step >= len(run.document.steps):
        return [End(Ending.DONE)]
    if run.document.exit == "signal_closed" and not run.is_signal_open:
        return [End(Ending.EXITED)]
    step = run.document.steps[run.next_step]
    commands: list[Command] = step_types()[step.type].run(step.typed_params, run.context)
    return commands
