"""The segments an account is in, since when, and the ones it was in before."""

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.people.models import User
from mainstay.segments.models import Membership
from mainstay.segments.selectors import stays_of
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.accounts.filters import AT_FIRST

SHOWN_PAST = 12


@dataclass(frozen=True)
class SegmentsCard:
    """The stays that go on, and the latest ones that ended."""

    present: Sequence[Membership]
    past: Sequence[Membership]


def segments_card(frame: Frame, user: User) -> SegmentsCard:
    """As of the moment of the page. The segment of all accounts says nothing about one."""
    stays = [stay for stay in stays_of(frame.account.pk, user, at=frame.moment.at) if stay.segment.key != AT_FIRST]
    past = sorted((stay for stay in stays if stay.left_at), key=lambda stay: str(stay.left_at), reverse=True)
    return SegmentsCard([stay for stay in stays if not stay.left_at], past[:SHOWN_PAST])
