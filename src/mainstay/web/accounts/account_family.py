"""The Child accounts card of a parent: its children and what they come to together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from mainstay.scores.parents import Family, Member, family
from mainstay.scores.selectors import HealthView
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.moment import with_query

RULES = {"arr_weighted_mean": "mean by ARR", "worst": "the worst", "off": ""}
SHOWN = 12


@dataclass(frozen=True)
class MemberLine:
    """A child account and the way to it."""

    member: Member
    url: str

    @property
    def percent(self) -> float:
        """Its share of the mean, 0 to 100."""
        return self.member.weight * 100


@dataclass(frozen=True)
class FamilyCard:
    """The context of the card. `shown`: those that hold it back first; `rest` are folded away."""

    family: Family
    shown: Sequence[MemberLine]
    rest: Sequence[MemberLine]
    is_own: bool

    @property
    def rule(self) -> str:
        """How they are rolled up; empty: not at all."""
        return RULES[self.family.rolled.rule]


def family_card(frame: Frame, view: HealthView | None) -> FamilyCard | None:
    """The card; None for an account without children, and without a scorecard."""
    if view is None:
        return None
    found = family(frame.account.pk, view.result.scorecard, as_of=frame.moment.as_of, now=frame.moment.now)
    if found is None:
        return None
    lines = [
        MemberLine(one, with_query(reverse("account", args=[one.key]), frame.moment.query)) for one in found.members
    ]
    return FamilyCard(found, lines[:SHOWN], lines[SHOWN:], is_own=view.result.rolled is None)
