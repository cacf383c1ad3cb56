"""Which alerts go out at once and which wait: the most valuable first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WEIGHTS = {"critical": 3, "warning": 2, "info": 1}


@dataclass(frozen=True)
class Decision:
    """About one candidate, by its place in what was asked. `reason` is a sentence for the person."""

    index: int
    goes_out: bool
    reason: str


def value_of(at_stake_minor: int | None, severity: str) -> int:
    """What an alert is worth: the money at stake times the weight of its severity. Without money, the weight alone."""
    weight = WEIGHTS.get(severity, 1)
    return (at_stake_minor or 0) * weight or weight


def decide(values: Sequence[int], *, sent: Sequence[int], budget: int) -> list[Decision]:
    """Who goes out of candidates worth `values`, after alerts worth `sent` went out today; most valuable first.

    Once the budget is used, what is worth more than everything that went out today still goes, up to twice the budget.
    """
    gone, decisions = list(sent), []
    for index in sorted(range(len(values)), key=lambda at: (-values[at], at)):
        value = values[index]
        if len(gone) < budget:
            reason = f"Within the day's budget of {budget}."
        elif budget and len(gone) < 2 * budget and value > max(gone):
            reason = f"Worth more than everything that went out today, so beyond the budget of {budget}."
        else:
            decisions.append(Decision(index, goes_out=False, reason=_held(budget)))
            continue
        gone.append(value)
        decisions.append(Decision(index, goes_out=True, reason=reason))
    return decisions


def _held(budget: int) -> str:
    if budget == 0:
        return "Your budget lets nothing go out at once."
    return f"The day's budget of {budget} was used by more valuable or earlier ones."
