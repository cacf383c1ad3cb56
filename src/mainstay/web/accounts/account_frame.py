"""What every page of an account has: its facts, its tabs, and the instant it is shown as of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from mainstay.accounts.models import Account
from mainstay.accounts.selectors import account_by_key, team_of
from mainstay.accounts.team import TEAM_ROLES
from mainstay.common.time import DAY
from mainstay.interactions.selectors import last_contact_at
from mainstay.metrics.selectors import profile
from mainstay.people.models import Role, User
from mainstay.scores.selectors import HistoryPoint, history
from mainstay.subscriptions.models import Subscription
from mainstay.subscriptions.selectors import is_in_force, subscriptions_of
from mainstay.web.accounts.account_corrections import corrections_of
from mainstay.web.http import user_of
from mainstay.web.moment import Moment, moment_of, with_query

HISTORY_DAYS = 365
TABS = {
    "account": "Overview",
    "account-usage": "Usage",
    "account-timeline": "Timeline",
    "account-people": "People",
    "account-renewal": "Renewal",
}


@dataclass(frozen=True)
class Tab:
    """A section of the account."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Frame:
    """An account as of a moment. `values` are its metrics, empty before the first profile."""

    account: Account
    moment: Moment
    values: Mapping[str, float | None]
    contracts: Sequence[Subscription]
    last_contact: datetime | None
    tabs: Sequence[Tab]
    url: str
    may_edit: bool
    may_reassign: bool

    @cached_property
    def history(self) -> Sequence[HistoryPoint]:
        """The kept scores of the twelve months that end with the last day known, read once."""
        until = self.moment.day + DAY
        return history(self.account.pk, until - timedelta(days=HISTORY_DAYS), until, known=self.moment.known)

    @cached_property
    def corrected(self) -> Mapping[str, str]:
        """Of a past day: for `score` and each metric that was corrected since, what it was and why it is another."""
        return corrections_of(self.account.pk, self.moment)

    @cached_property
    def team(self) -> Sequence[tuple[str, User]]:
        """Who of us works with it beside its owner, each with what she is."""
        return [(TEAM_ROLES[role], user) for role, user in team_of(self.account).items()]

    @property
    def title(self) -> str:
        """The name of the account."""
        return self.account.name

    @property
    def subscription(self) -> Subscription | None:
        """The contract in force, the latest if there are several."""
        return next((one for one in self.contracts if is_in_force(one, self.moment.day)), None)

    @property
    def is_past(self) -> bool:
        """True when it is shown as it was known at an earlier instant: read-only."""
        return self.moment.is_past

    @property
    def back(self) -> str:
        """For forms that are pages of their own: come back here."""
        return urlencode({"next": self.url})

    @property
    def days_to_renewal(self) -> float | None:
        """Days; negative when it is over."""
        return self.values.get("days_to_renewal")

    @property
    def renewal_on(self) -> date | None:
        """The day of the next decision."""
        days = self.days_to_renewal
        return None if days is None else self.moment.at.date() + DAY * round(days)


def frame_of(request: HttpRequest, key: str, tab: str) -> Frame:
    """The frame of a page; `?as_of=` shows it as it was known then. Raises NotFound, and Invalid for a bad date."""
    user, account, moment = user_of(request), account_by_key(key), moment_of(request)
    return Frame(
        account=account,
        moment=moment,
        values=profile(account.pk, moment.as_of, known=moment.known),
        contracts=list(subscriptions_of(account, before=moment.day + DAY)),
        last_contact=last_contact_at(account, before=moment.at),
        tabs=[
            Tab(label, with_query(reverse(name, args=[key]), moment.query), name == tab) for name, label in TABS.items()
        ],
        url=request.get_full_path(),
        may_edit=user.has_role(Role.CSM),
        may_reassign=user.has_role(Role.MANAGER),
    )
