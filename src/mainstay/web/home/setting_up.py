"""What is left to be set up in a new installation, once data comes: for administrators, in its first month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.urls import reverse

from mainstay.accounts.models import Account
from mainstay.deliveries.policies import policy_in_force
from mainstay.facts.models import EventType
from mainstay.ingest.models import Source
from mainstay.metrics import past
from mainstay.people.models import Role, User

FIRST_MONTH = timedelta(days=30)
# So far back the past of events tells enough to be worth computing.
_WORTH = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """One thing to set up: what for, and where. `url` is empty for what is no page. Those not needed can wait."""

    label: str
    why: str
    url: str
    is_done: bool
    is_needed: bool = True


@dataclass(frozen=True)
class SetUp:
    """The steps of a new installation."""

    steps: Sequence[Step]

    @property
    def left(self) -> Sequence[Step]:
        """Those not done yet."""
        return [step for step in self.steps if not step.is_done]

    @property
    def done(self) -> int:
        """How many are done."""
        return len(self.steps) - len(self.left)


def what_is_left(user: User, now: datetime) -> SetUp | None:
    """What is left for `user` to set up; None for whoever may not, later on, and when all that is needed is done."""
    if not user.has_role(Role.ADMINISTRATOR):
        return None
    began = User.objects.aggregate(began=Min("created_at"))["began"]
    if began is None or now - began > FIRST_MONTH:
        return None
    steps = [*_data(now), *_people(), *_mail()]
    return SetUp(steps) if any(step.is_needed and not step.is_done for step in steps) else None


def _data(now: datetime) -> list[Step]:
    came = set(Source.objects.exclude(last_received_at=None).values_list("key", flat=True))
    steps = [
        Step("Send events", "Usage, adoption and most of health come from them.", reverse("settings-keys"),
             "product" in came),
        Step("Import contracts", "They say what renews when, and how much it is.",
             f"{reverse('imports')}?kind=subscriptions", "contracts" in came),
    ]  # fmt: skip
    first = EventType.objects.aggregate(first=Min("first_day"))["first"]
    if first is not None and first < now.date() - _WORTH:
        kept = past.first_day()
        steps.append(
            Step("Compute past days", f"Your events go back to {first:%-d %B %Y}: trends and replays need those days.",
                 reverse("settings-history"), kept is not None and kept < now.date() - _WORTH)
        )  # fmt: skip
    return steps


def _people() -> list[Step]:
    return [
        Step("Invite your team", "Tasks, alerts and accounts go to people.", reverse("settings-users"),
             User.objects.filter(is_active=True).count() > 1),
        Step("Give accounts their owners", "In the Portfolio, or with a column of e-mail addresses in a file.",
             reverse("portfolio"), Account.objects.exclude(owner=None).exists()),
    ]  # fmt: skip


def _mail() -> list[Step]:
    return [
        Step("Let mails leave", "Set MAINSTAY_SMTP_HOST; until then they are files in MAINSTAY_HOME/mail.", "",
             bool(settings.SMTP_HOST or settings.MAIL_PROVIDER), is_needed=False),
        Step("Say who writes", "Company, postal address and the links that playbooks lead to.",
             f"{reverse('message-rules')}#h-who", bool(policy_in_force().company), is_needed=False),
    ]  # fmt: skip
