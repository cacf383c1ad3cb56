"""Writes of signals and of their kinds: the door to `detection`, `handling` and `publishing`."""

from mainstay.signals.detection import DetectResult, detect
from mainstay.signals.handling import acknowledge, assign, dismiss, reopen, snooze, take_back_dismissal
from mainstay.signals.publishing import remove_kind, save_kind, switch_kind
from mainstay.signals.replaying import ask_replay

__all__ = [
    "DetectResult",
    "acknowledge",
    "ask_replay",
    "assign",
    "detect",
    "dismiss",
    "remove_kind",
    "reopen",
    "save_kind",
    "snooze",
    "switch_kind",
    "take_back_dismissal",
]
