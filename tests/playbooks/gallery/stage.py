"""A play on a stage: a simulated clock that jumps to what is due next, the worker's stages, a real SMTP server.

Days count from the Monday on which it begins, 9:00 UTC. Acme is the enterprise customer, Globex the small one; both
belong to Alice. Each has an administrator, an executive, an end user, and a champion who is none of them.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.accounts.services import set_stage
from mainstay.connectors.registry import channels
from mainstay.deliveries.models import AccountMessage, Delivery, State
from mainstay.deliveries.policies import policy_in_force, save_policy
from mainstay.deliveries.services import send_due
from mainstay.metrics.models import ProfileRun
from mainstay.playbooks import services
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Playbook, Run, RunState, Task
from mainstay.playbooks.reading import read
from mainstay.scores.models import Health
from mainstay.signals.models import Signal
from tests.builders import NOW, Cast, health, profile
from tests.connectors.smtp_server import Handler

LINKS = ("app", "billing", "book", "help", "survey", "training", "upgrade", "webinar")
_MOST_ROUNDS = 400


@dataclass(frozen=True)
class Mail:
    """A mail as the server took it, and when."""

    at: datetime
    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class Stage:
    """Where a play is performed."""

    cast: Cast
    server: Handler
    now: datetime = NOW
    mails: list[Mail] = field(default_factory=list)
    has_begun: bool = False

    def play(self, key: str, *, holdout: int = 0) -> None:
        """Start a shipped play, as a manager does in the gallery; its holdout is by the hash of ids, which differ."""
        document = _document(key).model_copy(update={"holdout": holdout})
        services.publish(document, by=None, now=self.now, is_shipped=True)
        if not Playbook.objects.get(key=key).is_active:
            services.resume(key, by=self.cast.mary, now=self.now)

    def until(self, day: float) -> None:
        """Let time pass to a day: a round of the worker whenever something is due, and one at the end."""
        end = NOW + timedelta(days=day)
        if self.has_begun:
            self.now += timedelta(minutes=1)  # conditions are looked at once a minute
        self.has_begun = True
        self.round()
        for _ in range(_MOST_ROUNDS):
            due = self._next_due()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.round()
        self.now = end
        self.round()

    def round(self) -> None:
        """What a round of the worker does."""
        services.start_runs(self.now)
        services.look(self.now)
        services.advance(self.now)
        send_due(self.now, channels=channels())
        for raw in self.server.taken[len(self.mails) :]:
            self.mails.append(Mail(self.now, message_from_bytes(raw, policy=policy.default)))  # type: ignore[arg-type]

    def _next_due(self) -> datetime | None:
        runs = Run.objects.filter(state=RunState.ACTIVE, playbook__is_active=True).order_by("wake_at")
        mails = Delivery.objects.filter(state=State.QUEUED, next_attempt_at__gt=self.now).order_by("next_attempt_at")
        found = [*runs.values_list("wake_at", flat=True)[:1], *mails.values_list("next_attempt_at", flat=True)[:1]]
        due = min((one for one in found if one is not None), default=None)
        # What a round began is for the next one, a minute later.
        return due if due is None or due > self.now else self.now + timedelta(minutes=1)

    def day(self, at: datetime) -> int:
        """The day of an instant."""
        return (at - NOW.replace(hour=0)).days

    def sent(self) -> list[tuple[int, str, str]]:
        """Who got what on which day; those of a day by name."""
        return sorted((self.day(mail.at), mail.to, mail.subject) for mail in self.mails)

    def tasks(self) -> list[tuple[int, str]]:
        """Which task was opened on which day."""
        return [(self.day(one.created_at), one.title) for one in Task.objects.order_by("created_at", "title")]

    def prompts(self) -> list[tuple[int, str]]:
        """What is shown in the product to everybody there, and from which day on."""
        return [(self.day(one.created_at), one.subject) for one in AccountMessage.objects.order_by("created_at")]

    def run(self) -> Run:
        """The one run there is."""
        return Run.objects.get()


@cache
def _document(key: str) -> Document:
    return read((services.GALLERY / f"{key}.yaml").read_text(encoding="utf-8"), origin=key)


def set_up(cast: Cast) -> None:
    """The company names itself and its links; the people of Acme and Globex."""
    links = {name: f"https://app.orchard.example/{name}" for name in LINKS}
    rules = policy_in_force().model_copy(update={"company": "Orchard", "postal_address": "1 Tree Lane", "links": links})
    save_policy(rules, by=cast.mary, now=NOW)
    for account, people in ((cast.acme, ("Ann", "Eve", "Uma", "Cem")), (cast.globex, ("Abe", "Edo", "Una", "Cai"))):
        for name, persona in zip(people, ("administrator", "executive", "end user", ""), strict=True):
            role = {"executive": "executive_sponsor", "": "champion"}.get(persona)
            contact(account, name, persona, role)


def contact(account: Account, name: str, persona: str = "", role: str | None = None, **fields: object) -> Contact:
    """`ann@acme.example`, who plays a buying role for a month."""
    key = name.lower()
    values = {"email": f"{key}@{account.key}.example", "persona": persona, **fields}
    made = Contact.objects.create(key=key, name=f"{name} Lee", account=account, **values)
    if role:
        ContactRole.objects.create(contact=made, role=role, since=NOW.date() - timedelta(days=30))
    return made


def known(account: Account, **metrics: float | None) -> None:
    """The present profile of the account, in place of what was known."""
    with connection.cursor() as cursor:
        if "metrics_profile" in connection.introspection.table_names():
            cursor.execute("DELETE FROM metrics_profile WHERE account_id = %s", [account.pk])
    profile(account, **metrics)


def healthy(account: Account, score: int) -> None:
    """The present health."""
    Health.objects.filter(account=account).delete()
    health(account, score)


def enters(account: Account, stage: str, now: datetime) -> None:
    """The account enters a lifecycle stage."""
    set_stage(account, stage, by=None, now=now)


def opens(account: Account, kind: str, now: datetime = NOW, summary: str = "") -> Signal:
    """A signal opens."""
    return Signal.objects.create(account=account, kind=kind, severity="warning", opened_at=now, summary=summary)


def closes(signal: Signal, now: datetime) -> None:
    """It closes."""
    Signal.objects.filter(pk=signal.pk).update(closed_at=now)


def profiles_as_of(now: datetime) -> None:
    """The day the present profiles are of: dates of renewal are counted from it."""
    ProfileRun.objects.all().delete()
    ProfileRun.objects.create(as_of=now, started_at=now, finished_at=now)


def there(at: datetime, zone: str) -> str:
    """`Tue 08:00`, on the clock of a zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}"


def day_of(number: int) -> date:
    """The date of a day of the play."""
    return NOW.date() + timedelta(days=number)
