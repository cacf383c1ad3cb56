"""A synthetic company for the benchmark of metrics: records in the SQL database, a year of roll-ups in the lake.

About 15 users an account, 17,000 user-days a day for 20,000 accounts (6 million a year), five events a user-day.
Everything is derived from numbers by a hash: the same every time.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random

from django.db import transaction

from mainstay.accounts.models import Account, Contact, ContactRole, Milestone, StageChange
from mainstay.facts.meaning import Meaning
from mainstay.facts.models import Feature, LoginEvent
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket, TicketReopening
from mainstay.lake import engine
from mainstay.lake.store import Lake
from mainstay.subscriptions.models import Invoice, Reading, Subscription

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
USERS_PER_ACCOUNT = 15
# Roll-ups of users go back as far as they are read; those of single events as far as any feature metric reads them.
USER_DAYS, USAGE_DAYS = 400, 62


def make(accounts: int, *, usage_days: int = USAGE_DAYS) -> None:
    """Records and roll-ups of this many accounts; events by name `usage_days` back."""
    with transaction.atomic():
        _records(accounts)
    _roll_ups(accounts, usage_days)


def _records(accounts: int) -> None:
    dice = Random(7)
    ids = range(1, accounts + 1)
    LoginEvent.objects.get_or_create(name="signed in")
    Feature.objects.all().delete()
    Feature.objects.bulk_create(
        Feature(
            key=f"f{i}",
            label=f"Feature {i}",
            is_core=i < 4,
            is_premium=i > 8,
            is_integration=i in (7, 10),
            events=[f"event {k}" for k in range(i * 4, i * 4 + 4)],
        )
        for i in range(12)
    )
    _store(Account, (Account(pk=i, key=f"a{i}", name=f"Account {i}", signed_on=_day(dice, 900)) for i in ids))
    _store(Contact, (Contact(pk=i * 100, key=f"c{i}", account_id=i) for i in ids))
    _store(ContactRole, (
        ContactRole(contact_id=i * 100, role=dice.choice(["champion", "executive_sponsor"]), since=_day(dice, 400),
                    until=dice.choice([None, _day(dice, 200)]))
        for i in ids
    ))  # fmt: skip
    _store(Subscription, (_subscription(dice, f"s{i}.{k}", i) for i in ids for k in range(2)))
    _store(Reading, (
        Reading(key=f"g{i}.{k}", account_id=i, limit=("data_gb", "api_calls")[k % 2], used=dice.randrange(900),
                measured_on=_day(dice, 60)) for i in ids for k in range(3)
    ))  # fmt: skip
    _store(StageChange, (StageChange(account_id=i, stage="adoption", since=_day(dice, 500)) for i in ids))
    _store(Milestone, (
        Milestone(key=f"m{i}.{k}", account_id=i, name="m", agreed_on=_day(dice, 300), due_on=_day(dice, 200),
                  reached_on=dice.choice([None, _day(dice, 200)])) for i in ids for k in range(2)
    ))  # fmt: skip
    _store(Invoice, (_invoice(dice, f"i{i}.{k}", i) for i in ids for k in range(4)))
    _store(Ticket, (_ticket(dice, f"t{i}.{k}", i) for i in ids for k in range(3)))
    _store(TicketReopening, (
        TicketReopening(ticket_id=pk, at=_instant(dice, 150))
        for pk in Ticket.objects.values_list("pk", flat=True)[:accounts]
    ))  # fmt: skip
    _store(Pulse, (
        Pulse(account_id=i, score=dice.randrange(100), reason="r", given_at=_instant(dice, 90),
              expires_on=_day(dice, 60) + timedelta(days=30)) for i in ids
    ))  # fmt: skip
    _store(Response, (
        Response(key=f"r{i}.{k}", account_id=i, contact_id=i * 100, kind=("nps", "nps", "csat", "ces")[k],
                 score=dice.randrange(1, 6), answered_at=_instant(dice, 400), sentiment=dice.choice([None, 0.5]))
        for i in ids for k in range(4)
    ))  # fmt: skip
    _store(Interaction, (_interaction(dice, f"x{i}.{k}", i) for i in ids for k in range(4)))


def _store(model, rows) -> None:
    model.objects.bulk_create(rows, batch_size=2_000)


def _day(dice: Random, most: int) -> date:
    return NOW.date() - timedelta(days=dice.randrange(1, most))


def _instant(dice: Random, most: int) -> datetime:
    return NOW - timedelta(seconds=dice.randrange(1, most * 86_400))


def _subscription(dice: Random, key: str, account: int) -> Subscription:
    starts = _day(dice, 900)
    return Subscription(
        key=key,
        account_id=account,
        plan="pro",
        seats=dice.randrange(5, 40),
        amount_minor=dice.randrange(10**6, 10**7),
        starts_on=starts,
        ends_on=dice.choice([None, None, starts + timedelta(days=300)]),
        renews_on=NOW.date() + timedelta(days=dice.randrange(300)),
        list_amount_minor=dice.choice([None, 10**7]),
        data_limit_gb=dice.choice([None, 900.0]),
        api_call_limit=dice.choice([None, 1000]),
    )


def _invoice(dice: Random, key: str, account: int) -> Invoice:
    due = _day(dice, 400)
    paid = dice.choice([None, due, due + timedelta(days=9)])
    return Invoice(key=key, account_id=account, amount_minor=100, issued_on=due - timedelta(days=30), due_on=due,
                   paid_on=paid)  # fmt: skip


def _ticket(dice: Random, key: str, account: int) -> Ticket:
    opened = _instant(dice, 200)
    solved = dice.choice([None, opened + timedelta(days=2)])
    return Ticket(key=key, account_id=account, severity=dice.choice(["normal", "urgent"]), opened_at=opened,
                  solved_at=solved, csat=dice.choice([None, 3, 5]), rated_at=solved,
                  first_response_at=opened + timedelta(minutes=dice.randrange(1, 900)),
                  sentiment=dice.choice([None, -0.5, 1]))  # fmt: skip


def _interaction(dice: Random, key: str, account: int) -> Interaction:
    at = _instant(dice, 300)
    return Interaction(
        key=key,
        account_id=account,
        contact_id=account * 100,
        kind=dice.choice(["business_review", "training", "email", "certification", "meeting", "note"]),
        title="t",
        occurred_at=at,
        direction=dice.choice(["", "outbound", "inbound"]),
        sentiment=dice.choice([None, 0.25]),
        attended=dice.choice([True, False, None]),
        answered_at=dice.choice([None, at + timedelta(days=1)]),
    )


def _roll_ups(accounts: int, usage_days: int) -> None:
    """Files as the product leaves them: one a month, one a day in the month that goes on."""
    lake, first = Lake(), NOW.date() - timedelta(days=USER_DAYS)
    start = first
    while start <= NOW.date():
        month_ends = (start.replace(day=1) + timedelta(days=31)).replace(day=1)
        end = month_ends if month_ends <= NOW.date() else start + timedelta(days=1)
        with engine.cursor() as cursor:
            staged = [lake.write_query(cursor, _user_days(accounts, start, end), "user_days", start, ends_on=end)]
            if end > NOW.date() - timedelta(days=usage_days):
                staged.append(lake.write_query(cursor, _usage(accounts, start, end), "usage", start, ends_on=end))
                staged.append(lake.write_query(cursor, _meanings(accounts, start, end), "meanings", start, ends_on=end))
        with transaction.atomic():
            lake.commit([file for file in staged if file], key=f"benchmark {start}")
        start = end


def active_users(accounts: int, start: date, end: date) -> str:
    """Users and the days on which they were active: on one weekday in 14, seldom on weekends."""
    return f"""
        SELECT user // {USERS_PER_ACCOUNT} + 1 AS account_id, user + 1 AS contact_id, day,
          hash(user, day) >> 8 AS chance
        FROM range({accounts * USERS_PER_ACCOUNT}) AS u(user),
          (SELECT CAST(unnest(range(DATE '{start}', DATE '{end}', INTERVAL 1 DAY)) AS DATE) AS day)
        WHERE hash(user, day) % 1000 < CASE WHEN isodow(day) < 6 THEN 72 ELSE 12 END"""


def _user_days(accounts: int, start: date, end: date) -> str:
    return f"""SELECT account_id, contact_id, day, CAST(1 + chance % 16 AS BIGINT) AS n,
          CAST(chance // 16 % 3 AS BIGINT) AS logins
        FROM ({active_users(accounts, start, end)}) ORDER BY account_id, contact_id, day"""


def _usage(accounts: int, start: date, end: date) -> str:
    return f"""SELECT account_id, contact_id, day, 'event ' || (chance + k * 7) % 50 AS event,
          CAST(1 + (chance >> k) % 4 AS BIGINT) AS n
        FROM ({active_users(accounts, start, end)}), range(9) AS e(k) WHERE k <= chance // 64 % 9
        ORDER BY account_id, contact_id, day"""


def _meanings(accounts: int, start: date, end: date) -> str:
    """About one event in thirty says more than use."""
    names = ", ".join(f"'{meaning}'" for meaning in Meaning)
    return f"""SELECT account_id, contact_id, day,
          [{names}][CAST(1 + (chance >> 20) % {len(Meaning)} AS BIGINT)] AS meaning, CAST(1 + chance % 3 AS BIGINT) AS n
        FROM ({active_users(accounts, start, end)}) WHERE chance % 6 = 0 ORDER BY account_id, contact_id, day"""
