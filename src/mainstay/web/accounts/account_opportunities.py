"""What is open with an account: chances, renewals at risk, hand-overs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.http import urlencode

from mainstay.opportunities.selectors import of_account
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.opportunity_rows import Row, row_of

MOST = 5


@dataclass(frozen=True)
class OpportunitiesCard:
    """The context of the card. `more`: how many are not shown; `query` of the form that adds one."""

    rows: Sequence[Row]
    more: int
    query: str


def opportunities_card(frame: Frame) -> OpportunitiesCard:
    """Those that are open, the newest first; in the past those that were."""
    found = list(of_account(frame.account, frame.moment.at if frame.is_past else None))
    query = urlencode({"account": frame.account.key})
    return OpportunitiesCard([row_of(one) for one in found[:MOST]], max(len(found) - MOST, 0), query)
