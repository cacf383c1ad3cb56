"""The door to the writes of playbooks: definitions, runs, tasks."""

from mainstay.playbooks.advancing import advance, advance_these
from mainstay.playbooks.backlog import begin_with, leave, let_in_all, remind_again
from mainstay.playbooks.by_hand import start_by_hand, start_many
from mainstay.playbooks.entering import start_runs
from mainstay.playbooks.publishing import (
    GALLERY,
    ensure_playbooks,
    pause,
    publish,
    remove,
    resume,
    roll_back,
    stop,
)
from mainstay.playbooks.selectors import document_of
from mainstay.playbooks.steering import move_runs, pause_run, resume_run, retry, stop_run
from mainstay.playbooks.tasks import (
    complete_task,
    create_task,
    dismiss_task,
    postpone_task,
    reassign_task,
    reopen_task,
    restore_task,
    snooze_task,
    tick_item,
)
from mainstay.playbooks.watching import look

__all__ = [
    "GALLERY",
    "advance",
    "advance_these",
    "begin_with",
    "complete_task",
    "create_task",
    "dismiss_task",
    "document_of",
    "ensure_playbooks",
    "leave",
    "let_in_all",
    "look",
    "move_runs",
    "pause",
    "pause_run",
    "postpone_task",
    "publish",
    "reassign_task",
    "remind_again",
    "remove",
    "reopen_task",
    "restore_task",
    "resume",
    "resume_run",
    "retry",
    "roll_back",
    "snooze_task",
    "start_by_hand",
    "start_many",
    "start_runs",
    "stop",
    "stop_run",
    "tick_item",
]
