"""What the demo company's CRM, billing, help desk and survey tool would export: rows of plain columns. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from random import Random

from mainstay.demo.cast import SEED, Customer
from mainstay.demo.milestones import LIMITS, Row, milestone_rows, reading_rows, stage_rows

_GIVEN = (
    "Anna Ben Chloe Dev Elif Farid Grace Hugo Ines Jack Kira Liam Mina Noah Olga Pablo Quinn Rosa Sven Tara "
    "Uma Victor Wei Ximena Yara Zoe"
).split()
_FAMILY = (
    "Adler Brandt Castro Duarte Eriksen Fischer Garcia Haddad Ivanov Jensen Khan Lopez Moreau Novak Osei Patel "
    "Quist Rossi Santos Tanaka Ueda Vargas Walsh Xu Young Zimmer"
).split()
_SUBJECTS = (
    "Cannot export the report", "Segment does not refresh", "Invitation not received", "API returns 429",
    "Slow dashboard", "Question on billing", "Import stopped half-way", "Wrong time zone", "Template looks broken",
)  # fmt: skip
_DEPARTMENTS = ("Marketing", "Marketing", "Marketing", "Brand", "Sales", "Marketing", "Product")
_NEW_DEPARTMENT = "Customer success"
_PLANS = {"enterprise": "Enterprise", "mid-market": "Business", "smb": "Starter"}


@dataclass
class Rows:
    """The rows of each kind of file."""

    contacts: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    stages: list[Row] = field(default_factory=list)
    milestones: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    interactions: list[Row] = field(default_factory=list)
    responses: list[Row] = field(default_factory=list)

    def extend(self, other: "Rows") -> None:
        """Take the rows of `other` in."""
        for one in fields(self):
            getattr(self, one.name).extend(getattr(other, one.name))


def account_rows(customers: Sequence[Customer]) -> list[Row]:
    """One row an account, as a CRM would export it."""
    return [
        {
            "key": one.key,
            "name": one.name,
            "domain": one.domain,
            "industry": one.industry,
            "country": one.country,
            "tier": one.tier,
            "stage": stage_rows(one)[-1]["stage"],
            "stage_on": stage_rows(one)[-1]["since"],
            "owner_email": one.owner,
            "signed_on": str(one.signed_on),
            "churned_on": str(one.churned_on or ""),
        }
        for one in customers
    ]


def records_of(one: Customer, *, first: date, today: date) -> Rows:
    """Everything known of one account but its use, from the day `first` on."""
    random = Random(f"{SEED}:{one.key}:records")
    start, end = max(first, one.signed_on), min(today, one.churned_on or today)
    days = [start + timedelta(days=number) for number in range(max(0, (end - start).days))]
    return Rows(
        contacts=list(_contacts(one, random)),
        subscriptions=list(_subscriptions(one, today)),
        stages=stage_rows(one),
        milestones=list(milestone_rows(one, today)),
        readings=list(reading_rows(one, first=first, today=today)),
        invoices=list(_invoices(one, random, today)),
        tickets=list(_tickets(one, random, days, today)),
        interactions=list(_interactions(one, random, days, today)),
        responses=list(_responses(one, random, days)),
    )


def person(random: Random) -> str:
    """A name."""
    return f"{random.choice(_GIVEN)} {random.choice(_FAMILY)}"


def department(number: int, *, of: int, newcomers: int = 0) -> str:
    """Where the person of this number works; the last ones may be of a department that came lately."""
    return _NEW_DEPARTMENT if number > of - newcomers else _DEPARTMENTS[number % len(_DEPARTMENTS)]


def _contacts(one: Customer, random: Random) -> Iterator[Row]:
    for number in range(1, one.people + 1):
        name = person(random)
        roles, persona, title = "", "end user", "Marketing specialist"
        if number == 1:
            persona, title = "administrator", "Marketing operations"
            roles = "champion" if random.random() < 0.5 + 0.05 * one.story.mood else ""
        elif number == 2:
            persona, title = "executive", "Chief Marketing Officer"
            roles = "executive_sponsor" if random.random() < 0.09 * one.story.mood else ""
        yield {
            "key": f"{one.key}-u{number:03d}",
            "account_key": one.key,
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}.{number}@{one.domain}",
            "title": title,
            "persona": persona,
            "department": department(number, of=one.people, newcomers=one.newcomers),
            "roles": roles,
            "roles_on": str(one.signed_on),
            "left_on": "",
        }


def _subscriptions(one: Customer, today: date) -> Iterator[Row]:
    expanded_on = today - timedelta(days=140)
    grew = one.seats_before != one.seats
    terms: list[tuple[date, date | None, int]] = [(one.signed_on, expanded_on, one.seats_before)] if grew else []
    terms.append((expanded_on if grew else one.signed_on, one.churned_on, one.seats))
    random = Random(f"{SEED}:{one.key}:prices")
    off = random.choice((0, 0, 0.05, 0.1, 0.2)) if one.tier != "smb" else 0
    gigabytes, calls = LIMITS[one.tier]
    for number, (starts_on, ends_on, seats) in enumerate(terms):
        yield {
            "key": f"{one.key}-s{number}",
            "account_key": one.key,
            "plan": _PLANS[one.tier],
            "seats": seats,
            "amount": f"{seats * one.price_minor / 100:.2f}",
            "list_amount": f"{seats * one.price_minor / 100 / (1 - off):.2f}",
            "currency": "USD",
            "period_months": 12,
            "data_limit_gb": gigabytes,
            "api_call_limit": calls,
            "starts_on": str(starts_on),
            "ends_on": str(ends_on or ""),
            "renews_on": str(one.renews_on),
            "auto_renews": "true" if one.tier == "smb" else "false",
        }


def _invoices(one: Customer, random: Random, today: date) -> Iterator[Row]:
    late = 0.02 if one.story.mood >= 8 else 0.25
    due = one.signed_on + timedelta(days=30)
    number = 0
    while due < min(today + timedelta(days=20), one.churned_on or date.max):
        number += 1
        paid = due + timedelta(days=random.randint(3, 40) if random.random() < late else -random.randint(1, 20))
        if due > today - timedelta(days=430):
            yield {
                "key": f"{one.key}-inv{number}",
                "account_key": one.key,
                "amount": f"{one.seats_before * one.price_minor / 400:.2f}",
                "currency": "USD",
                "issued_on": str(due - timedelta(days=30)),
                "due_on": str(due),
                "paid_on": str(paid) if paid <= today else "",
            }
        due += timedelta(days=91)


def _instant(day: date, random: Random) -> datetime:
    return datetime(day.year, day.month, day.day, random.randint(7, 17), random.randint(0, 59))  # noqa: DTZ001 (written with Z)


def _z(moment: datetime | None, today: date) -> str:
    """As ISO text in UTC; nothing for what has not happened yet."""
    return f"{moment.isoformat()}Z" if moment and moment.date() < today else ""


def _tickets(one: Customer, random: Random, days: list[date], today: date) -> Iterator[Row]:
    daily = 0.012 * one.seats**0.7
    more = Random(f"{SEED}:{one.key}:tickets")
    for number, day in enumerate(days):
        # An unquiet story shows in the last quarter of its days.
        unrest = one.story.unrest if number > len(days) * 0.75 else 1.0
        if day.weekday() >= 5 or random.random() > daily * unrest:
            continue
        opened = _instant(day, random)
        solved = opened + timedelta(hours=random.expovariate(1 / (30 * unrest)) + 1)
        rating = max(1, min(5, round(random.gauss(one.story.mood / 2 + 0.4, 0.7)))) if random.random() < 0.55 else ""
        done = _z(solved, today)
        again = more.random() < 0.03 * unrest
        yield {
            "key": f"{one.key}-t{number}",
            "account_key": one.key,
            "contact_key": f"{one.key}-u{random.randint(1, one.people):03d}",
            "subject": random.choice(_SUBJECTS),
            "severity": random.choices(("low", "normal", "high", "urgent"), (4, 8, 2, unrest))[0],
            "opened_at": _z(opened, today),
            "first_response_at": _z(opened + timedelta(minutes=random.randint(5, 240)), today),
            "solved_at": done,
            "csat": rating if done else "",
            "rated_at": done if rating else "",
            "channel": more.choices(("email", "chat", "portal", "phone"), (5, 3, 2, 1))[0],
            "sentiment": sentiment(more, one.story.mood) if more.random() < 0.7 else "",
            "reopened_at": _z(opened + (solved - opened) / 2, today) if again and done else "",
        }


def sentiment(random: Random, mood: int) -> float:
    """What a text sounds like, -1 to 1, around a mood of 0 to 10."""
    return round(max(-1.0, min(1.0, random.gauss((mood - 6) / 5, 0.3))), 2)


def _interactions(one: Customer, random: Random, days: list[date], today: date) -> Iterator[Row]:
    cadence = {"enterprise": 9, "mid-market": 20, "smb": 45}[one.tier]
    more = Random(f"{SEED}:{one.key}:talks")
    # Some customers are reached through one person only.
    spread = (1,) if more.random() < 0.3 else (3, 3, 2) if one.tier != "smb" else (3, 1)
    for number, day in enumerate(days):
        kind, title, attended, direction = "", "", "", ""
        if number in (12, 26):
            kind, title, attended = "training", "Onboarding training", "true"
        elif number % 120 == 60 and one.adopted > 12:
            kind, title = "certification", "Campaign specialist"
            attended = "true" if more.random() < 0.8 else "false"
        elif number % 91 == 70 and one.tier != "smb":
            kind, title = "business_review", "Quarterly business review"
            attended = "true" if random.random() < one.story.mood / 9.5 else "false"
        elif one.tier == "enterprise" and number % 28 == 9:
            kind, title, attended = "meeting", "Monthly meeting", "true"
        elif day.weekday() < 5 and number % cadence == 5:
            kind, direction = random.choice(("email", "email", "call")), "outbound"
            title = random.choice(("Check-in", "Your last month in numbers", "New: Calendar", "Tips for reports"))
        if not kind:
            continue
        moment = _instant(day, random)
        answered = moment + timedelta(hours=random.randint(1, 60)) if random.random() < one.story.mood / 10 else None
        yield {
            "key": f"{one.key}-i{number}",
            "account_key": one.key,
            "contact_key": f"{one.key}-u{more.choices(range(1, len(spread) + 1), spread)[0]:03d}",
            "kind": kind,
            "title": title,
            "body": "",
            "occurred_at": _z(moment, today),
            "direction": direction,
            "attended": attended,
            "answered_at": _z(answered, today) if direction else "",
            "sentiment": sentiment(more, one.story.mood) if kind in ("call", "meeting") else "",
        }


def _responses(one: Customer, random: Random, days: list[date]) -> Iterator[Row]:
    more = Random(f"{SEED}:{one.key}:effort")
    for number, day in enumerate(days):
        if number % 75 == 33 and more.random() < 0.5:
            # How easy it was to get help, 1 to 7.
            ease = max(1, min(7, round(more.gauss(one.story.mood * 0.7, 1))))
            yield _response(one, f"e{number}", more, kind="ces", score=ease, at=_instant(day, more))
        if number % 60 != 45 or random.random() > 0.75:
            continue
        score = max(0, min(10, round(random.gauss(one.story.mood, 1.1))))
        who = random.randint(1, 3)
        yield _response(one, f"r{number}", more, kind="nps", score=score, at=_instant(day, random), who=who)


def _response(one: Customer, key: str, more: Random, *, kind: str, score: int, at: datetime, who: int = 1) -> Row:
    return {
        "key": f"{one.key}-{key}",
        "account_key": one.key,
        "contact_key": f"{one.key}-u{who:03d}",
        "kind": kind,
        "score": score,
        "comment": "",
        "answered_at": f"{at.isoformat()}Z",
        "sentiment": sentiment(more, score) if kind == "nps" and more.random() < 0.4 else "",
    }
