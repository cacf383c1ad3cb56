"""The tables that metrics are counted over, each prepared in one pass.

A base belongs to as many metrics as like it; add one only when no present base has the rows a metric needs.
"""

from functools import cache

import ibis
from ibis.expr.types import Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.ingest.own import OWN
from mainstay.metrics.expressions import BITMAP_DAYS, bit_or, day_bit, total
from mainstay.metrics.registry import Spoken, base
from mainstay.metrics.tables import ACTIVITY_DAYS, FactTables

NPS_DAYS = 365
CSAT_DAYS = 90
YEAR = 365


def use(tables: FactTables) -> Table:
    """Proof that the product sends events."""
    return tables.active_days


def known_users(tables: FactTables) -> Table:
    """Proof that the product says who its users are: events that name accounts only count no users, not zero."""
    return tables.user_days.filter(tables.user_days.contact_id.notnull())


@cache
def marked(mark: str = "") -> Spoken:
    """Proof that the product sends events and that features (with this mark) are declared."""

    def spoken(tables: FactTables) -> Table:
        features = tables.features.filter(tables.features[mark]) if mark else tables.features
        return tables.active_days.cross_join(features)

    return spoken


def logins(tables: FactTables) -> Table:
    """Proof that the product sends logins."""
    return tables.user_days.filter(tables.user_days.logins > 0)


@base(sources=["product"], spoken=known_users, evidence="users")
def user_activity(tables: FactTables) -> Table:
    """One row per account and user: `days`, a bitmap of active days; `weekdays`, without Saturdays and Sundays;
    `events` of the last 28 complete days.

    A day is one bit however often it was reported; events without a user count for nobody.
    """
    rows = tables.user_days.filter(
        tables.user_days.age.between(0, BITMAP_DAYS - 1), tables.user_days.contact_id.notnull()
    )
    return rows.group_by("account_id", "contact_id").aggregate(
        days=bit_or(day_bit(rows.age)),
        weekdays=bit_or(day_bit(rows.age), where=rows.weekday < 5),
        events=total(rows.n, where=rows.age.between(1, 28)),
    )


@base(sources=["product"], spoken=use, evidence="days")
def daily_activity(tables: FactTables) -> Table:
    """The rows of `user_days` of the last nine weeks: `age`, `n` events and `logins` of a user on a day."""
    return tables.user_days.filter(tables.user_days.age.between(0, ACTIVITY_DAYS))


@base(sources=["product"], spoken=use, evidence="last_days")
def all_activity(tables: FactTables) -> Table:
    """The days on which anybody at the account used the product, 400 days back."""
    return tables.active_days


@base(sources=["product"], spoken=use, evidence="features")
def feature_use(tables: FactTables) -> Table:
    """One row per account and feature of its plan: `is_used`, whether anybody used it in the last 28 days, and what it
    is marked as: `core`, `premium`, `integration`."""
    used = (
        tables.feature_days.filter(tables.feature_days.age.between(0, 28))
        .select(used_account="account_id", used_feature="feature")
        .distinct()
    )
    marks = tables.features.select("core", "premium", "integration", marked_feature="feature")
    included = tables.plan_features.distinct().left_join(marks, [("feature", "marked_feature")])
    joined = included.left_join(used, [("account_id", "used_account"), ("feature", "used_feature")])
    return joined.select(
        "account_id",
        "feature",
        core=joined.core.coalesce(False),
        premium=joined.premium.coalesce(False),
        integration=joined.integration.coalesce(False),
        is_used=joined.used_feature.notnull(),
    )


@base(sources=["product"], spoken=use, evidence="core_features")
def feature_users(tables: FactTables) -> Table:
    """One row per account and user, and one for what no known person did, of those who used a feature in eight weeks.

    Uses of features, of core ones and of premium ones: `known`, `known_core`, `known_premium` in the last 28 days with
    today, `uses`, `core`, `premium` in the last 28 complete days, `core_before` in the 28 before them. An event that
    shows the use of two features is a use of each. `is_person` says whose row it is.
    """
    rows = tables.feature_days.filter(tables.feature_days.age.between(0, 56))
    lately, complete, before = rows.age.between(0, 28), rows.age.between(1, 28), rows.age.between(29, 56)
    grouped = rows.group_by("account_id", "contact_id").aggregate(
        known=total(rows.n, where=lately),
        known_core=total(rows.n, where=lately & rows.core),
        known_premium=total(rows.n, where=lately & rows.premium),
        uses=total(rows.n, where=complete),
        core=total(rows.n, where=complete & rows.core),
        premium=total(rows.n, where=complete & rows.premium),
        core_before=total(rows.n, where=before & rows.core),
    )
    return grouped.mutate(is_person=grouped.contact_id.notnull())


@cache
def told(meaning: Meaning) -> Spoken:
    """Proof that the product sends events of a meaning."""
    return lambda tables: tables.meaning_days.filter(tables.meaning_days.meaning == meaning.value)


@base(sources=["product"], spoken=lambda tables: tables.meaning_days, evidence="mails")
def meaning_users(tables: FactTables) -> Table:
    """One row per account and user (and one for no known person): how often events of a meaning came in 28 days.

    Today included: `delivered`, `opened`, `clicked`, `articles`, `api_calls`. Of complete days: `started`, `completed`
    (workflows), `chats`, `handed_over`.
    """
    rows = tables.meaning_days.filter(tables.meaning_days.age.between(0, 28))

    def counted(meaning: Meaning, *, youngest: int = 0) -> Value:
        return total(rows.n, where=(rows.meaning == meaning.value) & (rows.age >= youngest))

    grouped = rows.group_by("account_id", "contact_id").aggregate(
        delivered=counted(Meaning.MAIL_DELIVERED),
        opened=counted(Meaning.MAIL_OPENED),
        clicked=counted(Meaning.MAIL_CLICKED),
        articles=counted(Meaning.ARTICLE_READ),
        api_calls=counted(Meaning.API_CALLED),
        started=counted(Meaning.WORKFLOW_STARTED, youngest=1),
        completed=counted(Meaning.WORKFLOW_COMPLETED, youngest=1),
        chats=counted(Meaning.CHAT_STARTED, youngest=1),
        handed_over=counted(Meaning.CHAT_HANDED_OVER, youngest=1),
    )
    return grouped.mutate(is_person=grouped.contact_id.notnull())


@base(sources=["crm"], spoken=lambda tables: tables.accounts, evidence="customer")
def customers(tables: FactTables) -> Table:
    """The account itself, with `value_age`: how many days ago it first got value; null: not yet."""
    values = tables.first_values.select("value_age", value_account="account_id")
    return tables.accounts.left_join(values, [("account_id", "value_account")]).drop("value_account")


@base(sources=["contracts"], spoken=lambda tables: tables.subscriptions, evidence="subscriptions")
def contracts(tables: FactTables) -> Table:
    """Subscriptions, with `base_age`: the day the account's growth is measured from.

    That is 365 days ago, or the start of the first paid contract if the account became a customer since. Contracts that
    had ended by then do not count: a customer who came back starts anew.
    """
    rows = tables.subscriptions.mutate(is_paid=~tables.subscriptions.is_trial & (tables.subscriptions.arr_minor > 0))
    lately = rows.is_paid & (rows.end_age.isnull() | (rows.end_age < YEAR))
    first = rows.start_age.max(where=lately).over(group_by=rows.account_id).coalesce(YEAR)
    return rows.mutate(base_age=(first < YEAR).ifelse(first, YEAR))


@base(sources=["billing"], spoken=lambda tables: tables.invoices, evidence="invoices")
def invoices(tables: FactTables) -> Table:
    """Invoices."""
    return tables.invoices


@base(sources=["interactions"], spoken=lambda tables: tables.interactions, evidence="contacts")
def interactions(tables: FactTables) -> Table:
    """Meetings, calls, mails, business reviews, trainings."""
    return tables.interactions


@base(sources=["support"], spoken=lambda tables: tables.tickets, evidence="tickets")
def tickets(tables: FactTables) -> Table:
    """Support tickets."""
    return tables.tickets


@base(
    sources=["support", "surveys"],
    spoken=lambda tables: (
        tables.tickets.filter(tables.tickets.csat.notnull())
        .select("account_id")
        .union(tables.responses.filter(tables.responses.kind == "csat").select("account_id"))
    ),
    evidence="ratings",
)
def ratings(tables: FactTables) -> Table:
    """Satisfaction ratings of the last 90 days, 1 to 5, from tickets and from surveys: `rating`."""
    rated = tables.tickets.filter(tables.tickets.csat.notnull(), tables.tickets.rated_age.between(0, CSAT_DAYS))
    answers = tables.responses.filter(tables.responses.kind == "csat", tables.responses.age.between(0, CSAT_DAYS))
    return rated.select("account_id", rating="csat").union(answers.select("account_id", rating="score"))


@base(
    sources=["surveys"],
    spoken=lambda tables: tables.responses.filter(tables.responses.kind == "nps"),
    evidence="responses",
)
def latest_nps(tables: FactTables) -> Table:
    """The NPS answers of the account's latest instant within a year; several only if they came at the same instant."""
    rows = tables.responses.filter(tables.responses.kind == "nps", tables.responses.age.between(0, NPS_DAYS))
    latest = rows.mutate(latest_at=rows["at"].max().over(ibis.window(group_by=rows.account_id)))
    return latest.filter(latest["at"] == latest.latest_at)


@base(sources=[OWN], spoken=lambda tables: tables.pulses, evidence="pulses")
def latest_pulse(tables: FactTables) -> Table:
    """The latest pulse of the account, also an expired one; several only if they were given at the same instant."""
    rows = tables.pulses
    latest = rows.mutate(latest_at=rows["at"].max().over(ibis.window(group_by=rows.account_id)))
    return latest.filter(latest["at"] == latest.latest_at)


@base(sources=["crm"], spoken=lambda tables: tables.contact_roles, evidence="roles")
def present_roles(tables: FactTables) -> Table:
    """The roles contacts of the account play now: those that have no end yet."""
    return tables.contact_roles.filter(tables.contact_roles.until_age.isnull())
