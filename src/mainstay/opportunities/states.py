"""The kinds of opportunities, and how each may end. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What it is about."""

    EXPANSION = "expansion"
    RENEWAL_RISK = "renewal_risk"
    HANDOVER = "handover"


class OpportunityState(StrEnum):
    """Where it stands. All but `open` are decisions."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    ACCEPTED = "accepted"
    DECLINED = "declined"


KIND_NAMES: Mapping[Kind, str] = {
    Kind.EXPANSION: "Expansion",
    Kind.RENEWAL_RISK: "Renewal at risk",
    Kind.HANDOVER: "Hand-over",
}
STATE_NAMES: Mapping[OpportunityState, str] = {one: one.value.capitalize() for one in OpportunityState}
DECISIONS: Mapping[Kind, tuple[OpportunityState, OpportunityState]] = {
    Kind.EXPANSION: (OpportunityState.WON, OpportunityState.LOST),
    Kind.RENEWAL_RISK: (OpportunityState.WON, OpportunityState.LOST),
    Kind.HANDOVER: (OpportunityState.ACCEPTED, OpportunityState.DECLINED),
}
"""How each kind may be decided, the good way first."""
GOOD = (OpportunityState.WON, OpportunityState.ACCEPTED)
