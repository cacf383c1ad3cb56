"""TechCorp: the account every page of the documentation shows.

65 % daily active and 55 % feature coverage over the last four weeks, last review attended, trained, responsive, tickets
stable, CSAT 4.2, a strong champion, no executive sponsor since June, NPS 8, pays on time, no expansion: 69, yellow.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mainstay.demo.cast import SEED, Customer, story
from mainstay.demo.milestones import Row, milestone_rows, reading_rows, stage_rows
from mainstay.demo.records import Rows, department, person
from mainstay.demo.telemetry import WEEKEND_SHARE, Event, day_of_users, user_keys

KEY = "techcorp"
SEATS = 300
ADOPTED = 11
# Two more features were in use until four weeks ago: a week ago product usage was green, and the account at 89.
ADOPTED_BEFORE = 13
# 15 weekdays of 213 and the last 5 of 141 make 195 a weekday: 65 % of 300 seats.
USUAL, LATELY, STEADY = 213, 141, 195


def customer(today: date) -> Customer:
    """TechCorp as an account; its use is scripted below and does not follow its story."""
    renews_on = today + timedelta(days=84)
    return Customer(
        key=KEY,
        name="TechCorp",
        industry="Marketing software",
        country="US",
        tier="mid-market",
        story=story("steady"),
        seats=SEATS,
        seats_before=SEATS,
        price_minor=49333,
        owner="maya@orchard.example",
        signed_on=renews_on.replace(year=renews_on.year - 3),
        churned_on=None,
        renews_on=renews_on,
        adopted=ADOPTED,
    )


def active_users(day: date, *, today: date) -> int:
    """How many people used it on `day`, as the story goes; after `today` the four weeks' mean goes on."""
    age = (today - day).days
    if age <= 0:
        count = STEADY
    elif age <= 7:
        count = LATELY
    elif age <= 220:
        count = USUAL
    else:
        count = max(120, USUAL - (age - 220) // 3)
    return count if day.weekday() < 5 else round(count * WEEKEND_SHARE)


def events_of_day(day: date, *, today: date) -> Iterator[Event]:
    """TechCorp's events of one day."""
    random = Random(f"{SEED}:{KEY}:{day}")
    users = user_keys(customer(today))
    present = sorted(random.sample(users, active_users(day, today=today)))
    adopted = ADOPTED if (today - day).days <= 28 else ADOPTED_BEFORE
    yield from day_of_users(KEY, day, present, adopted, random)


def records(today: date) -> Rows:
    """Everything known of TechCorp but its use, one row a record."""
    return Rows(
        contacts=list(_contacts(today)),
        subscriptions=_subscription(today),
        stages=stage_rows(customer(today)),
        milestones=list(milestone_rows(customer(today), today)),
        readings=list(reading_rows(customer(today), first=today - timedelta(days=400), today=today)),
        invoices=_invoices(today),
        tickets=_tickets(today),
        interactions=_interactions(today),
        responses=_responses(today),
    )


def _ago(today: date, days: int, hour: int = 10) -> str:
    return f"{today - timedelta(days=days)}T{hour:02d}:00:00Z"


_PEOPLE = (
    ("u001", "Tom Becker", "Head of Marketing Operations", "administrator", "champion"),
    ("u002", "Elena Ruiz", "Chief Operating Officer", "executive", ""),
    ("u003", "Hugh Tran", "Finance Partner", "executive", "economic_buyer"),
    ("u004", "Ada Moreau", "Campaign Lead", "end user", ""),
    ("u005", "Luis Ortega", "IT Administrator", "administrator", ""),
)


def _contacts(today: date) -> Iterator[Row]:
    random = Random(f"{SEED}:{KEY}:people")
    others = [
        (key.removeprefix(f"{KEY}-"), person(random), "Marketing specialist", "end user", "")
        for key in user_keys(customer(today))[len(_PEOPLE) :]
    ]
    everybody = (*_PEOPLE, *others)
    for number, name, title, persona, role in everybody:
        yield {
            "key": f"{KEY}-{number}",
            "account_key": KEY,
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}.{number}@techcorp.example",
            "title": title,
            "persona": persona,
            "department": department(int(number[1:]), of=len(everybody)),
            "roles": role,
            "roles_on": str(today - timedelta(days=700)),
            "left_on": "",
        }
    yield {
        "key": f"{KEY}-dana",
        "account_key": KEY,
        "name": "Dana Whitfield",
        "email": "dana.whitfield@techcorp.example",
        "title": "Chief Marketing Officer",
        "persona": "executive",
        "department": "Marketing",
        "roles": "executive_sponsor",
        "roles_on": str(today - timedelta(days=700)),
        "left_on": str(today - timedelta(days=160)),
    }


def _subscription(today: date) -> list[Row]:
    signed_on = customer(today).signed_on
    return [
        {
            "key": f"{KEY}-business",
            "account_key": KEY,
            "plan": "Business",
            "seats": SEATS,
            "amount": "148000.00",
            "list_amount": "160000.00",
            "currency": "USD",
            "period_months": 12,
            "data_limit_gb": 500,
            "api_call_limit": 1_000_000,
            "starts_on": str(signed_on),
            "ends_on": "",
            "renews_on": str(today + timedelta(days=84)),
            "auto_renews": "false",
        }
    ]


def _invoices(today: date) -> list[Row]:
    # Four quarters, each paid six days before it was due.
    return [
        {
            "key": f"{KEY}-inv-{quarter}",
            "account_key": KEY,
            "amount": "37000.00",
            "currency": "USD",
            "issued_on": str(today - timedelta(days=30 + 91 * quarter + 30)),
            "due_on": str(today - timedelta(days=30 + 91 * quarter)),
            "paid_on": str(today - timedelta(days=36 + 91 * quarter)),
        }
        for quarter in range(4)
    ]


def _tickets(today: date) -> list[Row]:
    # The same six days of every four weeks: however one looks at it, the volume is stable.
    subjects = (
        "Export to CSV is slow",
        "Segment count differs",
        "Invite bounced",
        "Calendar sync",
        "Template font",
        "SSO",
    )
    ages = [2 + 28 * block + offset for block in range(14) for offset in (0, 5, 9, 14, 19, 23)]
    # Rated 5, 4, 4, 4, 4 in the last ninety days: CSAT 4.2.
    ratings = {0: 5, 3: 4, 6: 4, 9: 4, 12: 4} | dict.fromkeys(range(23, len(ages), 6), 4)
    return [
        {
            "key": f"{KEY}-t{number}",
            "account_key": KEY,
            "contact_key": f"{KEY}-u{1 + number % 5:03d}",
            "subject": subjects[number % 6],
            "severity": ("normal", "low", "normal", "high")[number % 4],
            "opened_at": _ago(today, age, 9),
            "first_response_at": _ago(today, age, 10),
            "solved_at": _ago(today, age - 1, 15),
            "csat": ratings.get(number, ""),
            "rated_at": _ago(today, age - 1, 16) if number in ratings else "",
            "channel": ("email", "portal", "chat")[number % 3],
            "sentiment": ("", "0.2", "0.4", "-0.3")[number % 4],
            "reopened_at": _ago(today, age - 1, 12) if number % 17 == 4 else "",
        }
        for number, age in enumerate(ages)
    ]


def _interactions(today: date) -> list[Row]:
    def row(key: str, kind: str, title: str, days: int, **more: str) -> Row:
        known = {
            "key": f"{KEY}-{key}",
            "account_key": KEY,
            "kind": kind,
            "title": title,
            "occurred_at": _ago(today, days),
        }
        return {
            "contact_key": f"{KEY}-u001",
            "body": "",
            "direction": "",
            "attended": "",
            "answered_at": "",
            "sentiment": "",
            **known,
            **more,
        }

    rows = [
        row("qbr-1", "business_review", "Quarterly business review", 48, attended="true"),
        row("qbr-0", "business_review", "Quarterly business review", 139, attended="true"),
        row("training-1", "training", "Administrator training", 300, attended="true"),
        row("training-2", "training", "Campaign builder for teams", 296, attended="true"),
        row("cert-1", "certification", "Campaign specialist", 200, contact_key=f"{KEY}-u004", attended="true"),
        row("call-1", "call", "Monthly check-in", 12, direction="outbound", answered_at=_ago(today, 12),
            sentiment="-0.4", body="Ops lead leaving; onboarding of 40 new seats slipped to December."),
    ]  # fmt: skip
    titles = (
        "Reporting rollout for the Berlin team", "Adoption review: three ideas", "Your month in numbers",
        "Agenda for the review", "Approval workflows for regions", "Welcome to the new contacts",
    )  # fmt: skip
    for number in range(28):
        # One a fortnight; every sixth stays without an answer.
        days = 5 + 14 * number
        answer = "" if number % 6 == 4 else _ago(today, days - 1, 16)
        title = titles[number % len(titles)]
        rows.append(row(f"mail-{number}", "email", title, days, direction="outbound", answered_at=answer))
    return rows


def _responses(today: date) -> list[Row]:
    return [
        {
            "key": f"{KEY}-nps-{number}",
            "account_key": KEY,
            "contact_key": f"{KEY}-{who}",
            "kind": "nps",
            "score": score,
            "comment": comment,
            "answered_at": _ago(today, days),
            "sentiment": mood,
        }
        for number, (who, score, days, comment, mood) in enumerate(
            (("u001", 8, 26, "Great for campaigns; reporting needs more filters.", "0.5"), ("u004", 8, 205, "", ""))
        )
    ]
