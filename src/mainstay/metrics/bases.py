"""The tables that metrics are counted over, each prepared in one pass: from the product, the account and its contracts.

A base belongs to as many metrics as like it; add one only when no present base has the rows a metric needs.
"""

from functools import cache

import ibis
from ibis.expr.types import Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics.expressions import BITMAP_DAYS, bit_or, day_bit, total
from mainstay.metrics.registry import Spoken, base
from mainstay.metrics.tables import ACTIVITY_DAYS, FactTables

YEAR = 365
# After six weeks a reading of a monthly limit says nothing about now.
READING_DAYS = 45


def use(tables: FactTables) -> Table:
    """Proof that the product sends events."""
    return tables.active_days


def known_users(tables: FactTables) -> Table:
    """Proof that the product says who its users are: events that name accounts only count no users, not zero."""
    return tables.user_days.filter(tables.user_days.contact_id.notnull())


@cache
def marked(mark: str = "") -> Spoken:
    """Proof that the product sends events of features (with this mark)."""

    def spoken(tables: FactTables) -> Table:
        features = tables.features.filter(tables.features[mark]) if mark else tables.features
        return tables.feature_days.semi_join(features, "feature")

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


@base(
    sources=["product", "crm"],
    spoken=lambda tables: tables.user_days.semi_join(tables.departments, "contact_id"),
    evidence="departments",
)
def departments(tables: FactTables) -> Table:
    """One row per account and department of its users: `days`, a bitmap of the days on which any of them was active."""
    rows = tables.user_days.filter(tables.user_days.age.between(0, BITMAP_DAYS - 1))
    people = tables.departments.select("department", person="contact_id")
    joined = rows.inner_join(people, [("contact_id", "person")])
    return joined.group_by("account_id", "department").aggregate(days=bit_or(day_bit(joined.age)))


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

    Today included: `delivered`, `opened`, `clicked`, `articles`, `api_calls`, `referrals`, `contributions`. Of complete
    days: `started`, `completed` (workflows), `chats`, `handed_over`.
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
        referrals=counted(Meaning.REFERRAL_MADE),
        contributions=counted(Meaning.COMMUNITY_CONTRIBUTED),
        started=counted(Meaning.WORKFLOW_STARTED, youngest=1),
        completed=counted(Meaning.WORKFLOW_COMPLETED, youngest=1),
        chats=counted(Meaning.CHAT_STARTED, youngest=1),
        handed_over=counted(Meaning.CHAT_HANDED_OVER, youngest=1),
    )
    return grouped.mutate(is_person=grouped.contact_id.notnull())


def stages(tables: FactTables) -> Table:
    """Proof that somebody notes when an account enters a stage."""
    return tables.accounts.filter(tables.accounts.stage_age.notnull())


@base(sources=["crm"], spoken=lambda tables: tables.accounts, evidence="customer")
def customers(tables: FactTables) -> Table:
    """The account itself, with `value_age`: how many days ago it first got value (null: not yet), and `events_age`: how
    many days ago the product began to send events.
    """
    values = tables.first_values.select("value_age", "events_age", value_account="account_id")
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


@base(sources=["contracts"], spoken=lambda tables: tables.subscriptions, evidence="all_subscriptions")
def arr_steps(tables: FactTables) -> Table:
    """One row per account and day on which its ARR changed: `delta`, the ARR `before` and `after`, and `age`.

    Contracts that end and begin on one day are one change. `unknown` counts contracts whose price is not known.
    """
    paid = tables.subscriptions.filter(~tables.subscriptions.is_trial)
    begun = paid.select("account_id", age="start_age", delta="arr_minor")
    over = paid.filter(~paid.in_force)
    ended = over.select("account_id", age="end_age", delta=-over.arr_minor)
    steps = begun.union(ended)
    days = steps.group_by("account_id", "age").aggregate(
        delta=total(steps.delta), unknown=steps.count(where=steps.delta.isnull())
    )
    earlier = ibis.window(group_by=days.account_id, order_by=ibis.desc(days.age), preceding=(None, 1))
    days = days.mutate(before=days.delta.sum().over(earlier).coalesce(0))
    return days.mutate(after=days.before + days.delta)


@base(
    sources=["readings", "contracts"],
    spoken=lambda tables: tables.readings.select("account_id").union(
        tables.meaning_days.filter(tables.meaning_days.meaning == Meaning.API_CALLED.value).select("account_id")
    ),
    evidence="limits",
)
def limits(tables: FactTables) -> Table:
    """What the contracts in force allow and what is used of it, a row for each thing known.

    Limits are `data_limit` (GB) and `call_limit` (API calls in 30 days). Use is the latest reading, not older than
    READING_DAYS: `data_used`, `calls_used`; or the product's own events of the last 30 complete days: `calls_sent`.
    """
    empty = {
        name: ibis.null("float64") for name in ("data_limit", "call_limit", "data_used", "calls_used", "calls_sent")
    }

    def rows(table: Table, **known: Value) -> Table:
        return table.select("account_id", **{**empty, **{name: value.cast("float64") for name, value in known.items()}})

    contracts = tables.subscriptions.filter(tables.subscriptions.in_force)
    readings = tables.readings.filter(tables.readings.age.between(0, READING_DAYS))
    latest = readings.mutate(
        youngest=readings.age.min().over(ibis.window(group_by=[readings.account_id, readings.limit_key]))
    )
    latest = latest.filter(latest.age == latest.youngest)
    data, calls = latest.filter(latest.limit_key == "data_gb"), latest.filter(latest.limit_key == "api_calls")
    sent = tables.meaning_days.filter(
        tables.meaning_days.meaning == Meaning.API_CALLED.value, tables.meaning_days.age.between(1, 30)
    )
    return (
        rows(contracts, data_limit=contracts.data_limit_gb, call_limit=contracts.api_call_limit)
        .union(rows(data, data_used=data.used))
        .union(rows(calls, calls_used=calls.used))
        .union(rows(sent, calls_sent=sent.n))
    )


@base(sources=["crm"], spoken=lambda tables: tables.milestones, evidence="milestones")
def milestones(tables: FactTables) -> Table:
    """The steps of onboarding that were agreed."""
    return tables.milestones
