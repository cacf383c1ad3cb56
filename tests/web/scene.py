"""A customer worth opening: TechCorp, whose daily actives fell the day before yesterday, with everything around it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.common.time import utc_now
from mainstay.facts.services import refresh_rollups
from mainstay.ingest.sources import record_arrival
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.metrics.models import ProfileRun
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.services import create_task
from mainstay.scores.services import backfill, score_all
from mainstay.signals.models import Signal
from mainstay.subscriptions.models import Invoice, Subscription
from tests import builders
from tests.builders import Cast
from tests.facts import sending
from tests.scores.cards import HEALTHY, TECHCORP
from tests.scores.profiles import keep, write

DAY = timedelta(days=1)
BEFORE = TECHCORP | {"daily_active_rate": 71.0, "feature_coverage": 64.0}
MONEY = {"arr": 148_000.0, "seats": 300.0, "seats_used": 195.0, "seat_use": 65.0, "days_to_renewal": 83.0}


@dataclass(frozen=True)
class Scene:
    """What was set up."""

    cast: Cast
    techcorp: Account
    tom: Contact
    signal: Signal
    task: Task
    now: datetime


def scene() -> Scene:
    """Orchard with TechCorp, yellow at 69 since yesterday, 89 before."""
    cast, now = builders.cast(), utc_now()
    techcorp = builders.account(
        "TechCorp",
        owner=cast.alice,
        tier="mid-market",
        stage="adoption",
        domain="techcorp.example",
        signed_on=now.date() - 400 * DAY,
    )
    _scores(cast, techcorp, now)
    tom = _people(techcorp, now)
    _records(techcorp, tom, cast.alice, now)
    return Scene(
        cast=cast,
        techcorp=techcorp,
        tom=tom,
        signal=signal(techcorp, opened_at=now - timedelta(hours=3)),
        task=create_task(
            account=techcorp,
            owner=cast.alice,
            title="Call Tom about usage",
            why="Daily actives 71% → 65%.",
            due_at=now + DAY,
            by=cast.alice,
            now=now,
        ),
        now=now,
    )


def signal(account: Account, kind: str = "score_fell", **fields: object) -> Signal:
    """An open signal with evidence."""
    defaults = {
        "severity": "warning",
        "opened_at": utc_now(),
        "summary": "Health fell from 89 to 69.",
        "at_stake_minor": 14_800_000,
        "evidence": [
            {"field": "daily_active_rate", "label": "Daily active rate", "then": 71.0, "now": 65.0, "unit": "percent"}
        ],
    }
    return Signal.objects.create(account=account, kind=kind, **defaults | fields)


def _scores(cast: Cast, techcorp: Account, now: datetime) -> None:
    today = now.date()
    for source in ("product", "crm", "contracts", "billing", "support", "surveys", "interactions"):
        record_arrival(source, at=now - timedelta(hours=2), rows=1)
    days = [today - back * DAY for back in (40, 8, 2)]
    for day in days:
        keep(day, {techcorp: BEFORE, cast.acme: HEALTHY})
    keep(today - DAY, {techcorp: TECHCORP | MONEY, cast.acme: HEALTHY})
    backfill([*days, today - DAY])
    write({techcorp: TECHCORP | MONEY, cast.acme: HEALTHY | {"arr": 36_000.0, "days_to_renewal": 20.0}})
    ProfileRun.objects.create(as_of=now, started_at=now, finished_at=now, accounts=2)
    score_all(now)


def _people(techcorp: Account, now: datetime) -> Contact:
    day = now.date()
    tom = Contact.objects.create(key="tom", account=techcorp, name="Tom Becker", title="Head of Marketing")
    ContactRole.objects.create(contact=tom, role="champion", since=day - 200 * DAY)
    dana = Contact.objects.create(key="dana", account=techcorp, name="Dana Whitfield", left_on=day - 60 * DAY)
    ContactRole.objects.create(contact=dana, role="executive_sponsor", since=day - 300 * DAY, until=day - 60 * DAY)
    sent = ((50, "Logged In"), (49, "Report Viewed"), (26, "Report Viewed"))
    events = [
        sending.track("tom", event, at=now - timedelta(hours=hours), account="techcorp", properties={"n": hours})
        for hours, event in sent
    ]
    sending.load(*events, received_at=now - timedelta(hours=1), now=now)
    refresh_rollups(now)
    return tom


def _records(techcorp: Account, tom: Contact, alice: User, now: datetime) -> None:
    day = now.date()
    Subscription.objects.create(
        key="s1", account=techcorp, plan="Business", seats=300, amount_minor=14_800_000, starts_on=day - 282 * DAY,
        renews_on=day + 83 * DAY,
    )  # fmt: skip
    Invoice.objects.create(
        key="i1", account=techcorp, amount_minor=3_700_000, issued_on=day - 40 * DAY, due_on=day - 10 * DAY
    )
    Interaction.objects.create(
        key="call", account=techcorp, contact=tom, user=alice, kind="call", title="Monthly check-in",
        body="Onboarding slipped.", occurred_at=now - 12 * DAY,
    )  # fmt: skip
    Ticket.objects.create(
        key="t1", account=techcorp, contact=tom, subject="Export is slow", opened_at=now - 5 * DAY,
        solved_at=now - 4 * DAY, csat=5, rated_at=now - 3 * DAY,
    )  # fmt: skip
    Response.objects.create(
        key="r1", account=techcorp, contact=tom, kind="nps", score=8, comment="Good", answered_at=now - 30 * DAY
    )


def as_of(days: int) -> str:
    """The query of a page as it was known some days ago."""
    return f"as_of={(datetime.now(UTC).date() - days * DAY).isoformat()}"
