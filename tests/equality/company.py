"""A random company that comes in through the public doors, and the instants it is looked at.

Forty accounts: their events through the inbox (so that the lake has files of whole months, of single days and of the
part of a day), their records in the SQL database with dates around every edge. Some accounts have only records, some
only events, some nothing. Everything is derived from one seed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.core.management import call_command
from django.db import models

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.common.time import midnight
from mainstay.facts.services import load_features, refresh_rollups
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.metrics import histories
from mainstay.metrics.declaring import save_metric
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics
from mainstay.subscriptions.models import Invoice, Subscription
from tests.equality import own
from tests.facts.sending import NOW, load, track

ACCOUNTS = 40
# In the middle of a day, at a midnight, early on a day whose later events are known, at a month's first instant, before
# anything was known.
MOMENTS: tuple[datetime, ...] = (
    NOW,
    midnight(NOW.date()),
    NOW - timedelta(days=9, hours=4, minutes=17),
    midnight(date(2026, 10, 1)),
    midnight(date(2024, 1, 1)),
)
_EDGES = (0, 1, 2, 3, 4, 7, 8, 14, 27, 28, 29, 30, 56, 57, 63, 89, 90, 91, 180, 181, 364, 365, 366, 399)
_EVENTS = ("Signed In", "Report Viewed", "Export Made", "Invite Sent", "Übersicht geöffnet", "Einkauf's Liste",
           "Exported", "Printed", "Viewed")  # fmt: skip
_FEATURES = """
logins: [Signed In]
features:
  - {key: reports, label: Reports, core: true, events: [Report Viewed]}
  - {key: exports, label: Exports, premium: true, events: [Export Made], plans: [Pro, ÉLITE]}
  - {key: invites, label: Invites, core: true, events: [Invite Sent, "Übersicht geöffnet"], plans: [Team]}
  - {key: lists, label: Lists, events: ["Einkauf's Liste"]}
"""


def make() -> None:
    """Make the company in the database and the lake of the settings."""
    call_command("migrate", verbosity=0)
    dice = Random(11)
    load_features(_FEATURES)
    accounts = [
        Account(key=f"a{number}", name=f"Account {number}", tier=dice.choice(["", "smb", "enterprise"]),
                stage=dice.choice(["onboarding", "adoption", "churned"]), signed_on=_perhaps(dice, _day(dice)),
                churned_on=dice.choice([None, None, None, _day(dice)]))
        for number in range(ACCOUNTS)
    ]  # fmt: skip
    _store(Account, accounts)
    contacts = [
        Contact(
            key=f"u{account.pk}.{number}",
            account=account,
            department=("", "Sales", "Übersee")[number % 3],
            left_on=dice.choice([None, None, None, _day(dice)]),
        )
        for account in accounts
        for number in range(dice.choice([0, 1, 2, 8, 40]))
    ]
    _store(Contact, contacts)
    for document in own.one_of_each():
        save_metric(document, by=None, now=NOW)
    _records(dice, accounts[: ACCOUNTS - 4], contacts)
    _send(dice, [contact for contact in contacts if contact.account_id != accounts[0].pk])


def _send(dice: Random, contacts: list[Contact]) -> None:
    calls = [call for contact in contacts for call in _calls(dice, contact)]
    calls += [
        track(None, "Report Viewed", at=NOW - timedelta(hours=hours), anonymousId="b1", account="a3")
        for hours in range(60)
    ]
    calls.sort(key=lambda call: call["timestamp"])
    for start in range(0, len(calls), 5_000):
        load(*calls[start : start + 5_000])
    refresh_rollups(NOW)
    histories.prepare(needs_of(all_metrics()), first_day=MOMENTS[-2].date(), today=NOW.date())


def _calls(dice: Random, contact: Contact) -> Iterator[dict[str, Any]]:
    habit = dice.choice([0, 1, 4, 20])
    days = {dice.choice(_EDGES) for _ in range(habit)} | {dice.randrange(70) for _ in range(habit)}
    for age in days:
        for event in dice.sample(_EVENTS, dice.choice([1, 2, 4])):
            for _ in range(dice.choice([1, 1, 3])):
                at = NOW - timedelta(days=age, seconds=dice.choice([0, 1, 3600, 12 * 3600, 15 * 3600]))
                properties = {
                    "pages": dice.choice([1, 2.5, 1000, None]), "seats": dice.choice([5, 7, "9", None]),
                    "format": dice.choice(["pdf", "csv", None]),
                }  # fmt: skip
                yield track(contact.key, event, at=at, properties=properties)


def _records(dice: Random, accounts: list[Account], contacts: list[Contact]) -> None:
    _store(ContactRole, (_role(dice, contact) for contact in contacts if dice.random() < 0.5))
    _store(Subscription, (_subscription(dice, f"s{key}", account) for key, account in _several(dice, accounts, 4)))
    _store(Invoice, (_invoice(dice, f"i{key}", account) for key, account in _several(dice, accounts, 8)))
    _store(Ticket, (_ticket(dice, f"t{key}", account) for key, account in _several(dice, accounts, 40)))
    _store(Interaction, (_interaction(dice, f"x{key}", account) for key, account in _several(dice, accounts, 12)))
    _store(Response, (
        Response(key=f"r{key}", account=account, kind=dice.choice(["nps", "csat"]), score=dice.randrange(11),
                 answered_at=_instant(dice)) for key, account in _several(dice, accounts, 6)
    ))  # fmt: skip


def _several(dice: Random, accounts: list[Account], most: int) -> Iterator[tuple[str, Account]]:
    for account in accounts:
        for number in range(dice.choice([0, 1, 2, most])):
            yield f"{account.pk}.{number}", account


def _role(dice: Random, contact: Contact) -> ContactRole:
    since = _day(dice)
    role = dice.choice(["champion", "executive_sponsor", "economic_buyer", "detractor"])
    return ContactRole(contact=contact, role=role, since=since, until=dice.choice([None, _after(dice, since)]))


def _subscription(dice: Random, key: str, account: Account) -> Subscription:
    starts = _day(dice)
    return Subscription(
        key=key, account=account, plan=dice.choice(["pro", "Pro", "élite", "Team", "", "free"]),
        seats=dice.choice([None, 0, 5, 512, 640]), amount_minor=dice.choice([0, 99, 10_000, 1_234_567]),
        currency=dice.choice(["USD", "USD", "USD", "EUR"]), period_months=dice.choice([1, 12, 36]), starts_on=starts,
        ends_on=dice.choice([None, _after(dice, starts)]), renews_on=dice.choice([None, _after(dice, starts)]),
        is_trial=dice.random() < 0.2,
    )  # fmt: skip


def _invoice(dice: Random, key: str, account: Account) -> Invoice:
    due = _day(dice)
    return Invoice(
        key=key, account=account, amount_minor=dice.randrange(10**6), currency=dice.choice(["USD", "EUR"]),
        issued_on=due - timedelta(days=30), due_on=due, paid_on=dice.choice([None, due, due + timedelta(days=1)]),
    )  # fmt: skip


def _ticket(dice: Random, key: str, account: Account) -> Ticket:
    opened = _instant(dice)
    solved = dice.choice([None, opened + timedelta(hours=dice.choice([1, 30, 700]))])
    return Ticket(
        key=key, account=account, severity=dice.choice(["low", "normal", "high", "urgent"]), opened_at=opened,
        solved_at=solved, csat=dice.choice([None, 1, 3.5, 5]), rated_at=dice.choice([None, solved]),
    )  # fmt: skip


def _interaction(dice: Random, key: str, account: Account) -> Interaction:
    at = _instant(dice)
    return Interaction(
        key=key, account=account, kind=dice.choice(["business_review", "training", "email", "meeting", "call"]),
        title="A title", occurred_at=at, direction=dice.choice(["", "outbound", "inbound"]),
        attended=dice.choice([True, False, None]),
        answered_at=dice.choice([None, at + timedelta(hours=dice.choice([1, 100]))]),
    )  # fmt: skip


def _store(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    model._default_manager.bulk_create(list(rows), batch_size=500)


def _day(dice: Random) -> date:
    return NOW.date() - timedelta(days=dice.choice([*_EDGES, dice.randrange(800)]))


def _after(dice: Random, day: date) -> date:
    return day + timedelta(days=dice.choice([1, 28, 30, 365, 366, 700]))


def _instant(dice: Random) -> datetime:
    return midnight(_day(dice)) + timedelta(seconds=dice.choice([0, 1, 43_200, 86_399]))


def _perhaps(dice: Random, value: Any) -> Any:
    return value if dice.random() < 0.8 else None
