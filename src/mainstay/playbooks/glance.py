"""A playbook at a glance: how long it takes, and what it does how often. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainstay.playbooks.document import Document
from mainstay.playbooks.step import Duration
from mainstay.playbooks.steps.wait import WaitParams
from mainstay.playbooks.tree import Action, AnyStep, below

_WORKING_DAY = 1.4
"""Days that a working day takes, over a week."""
_USUAL_TIME_OUT = 30.0


@dataclass(frozen=True)
class Glance:
    """`days`: of the longest way through it, waiting as long as it may; None: a date of the account says how long.

    `does`: how often it does what, by the label of the step type; waits, branches and splits left out.
    """

    days: float | None
    does: Mapping[str, int]


def glance(document: Document) -> Glance:
    """What there is to say in a line."""
    actions = [step for step in document.all_steps if isinstance(step, Action) and step.type not in ("wait", "end")]
    return Glance(_days(document.steps), Counter(step.step_type.label for step in actions))


def _days(steps: Sequence[AnyStep]) -> float | None:
    total = 0.0
    for step in steps:
        found = _days_of(step)
        if found is None:
            return None
        total += found
    return total


def _days_of(step: AnyStep) -> float | None:
    ways = [_days(inner) for _, inner in below(step)]
    if ways:
        return None if None in ways else max(one for one in ways if one is not None)
    if not isinstance(step, Action):
        return 0.0
    params = step.typed_params
    if not isinstance(params, WaitParams):
        time_out = getattr(params, "time_out", None)  # an answer is waited for
        return _length(time_out) if isinstance(time_out, Duration) else 0.0
    if params.until is not None or params.date_of is not None:
        return None
    if params.condition.strip() or params.event:
        return _length(params.time_out) if params.time_out else _USUAL_TIME_OUT
    return _length(params)


def _length(duration: Duration) -> float:
    return duration.days + duration.hours / 24 + duration.working_days * _WORKING_DAY
