"""Relationship: who stands by us at the account, and what they say."""

from ibis.expr.types import IntegerValue, Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics import bases, record_bases
from mainstay.metrics.expressions import flag, percent, total, unless
from mainstay.metrics.registry import Direction, Unit, metric

# The roles a renewal hangs on.
KEY_ROLES = ("champion", "executive_sponsor", "economic_buyer")
TREND_FLOOR = 4


@metric(label="NPS, latest", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.latest_nps, window_days=365)
def nps_latest(rows: Table) -> Value:
    """The latest answer (0 to 10) of the last 365 days to how likely they are to recommend us."""
    return rows.score.mean()


@metric(label="NPS answers, mean", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.responses,
        window_days=365, spoken=record_bases.asked("nps"))  # fmt: skip
def nps_mean_12m(rows: Table) -> Value:
    """Mean of all answers (0 to 10) of the last 365 days to how likely they are to recommend us."""
    return rows.score.mean(where=(rows.kind == "nps") & rows.age.between(0, 365))


@metric(label="Net promoter score", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.nps_of_people,
        window_days=365)  # fmt: skip
def nps_12m(rows: Table) -> Value:
    """Promoters (9, 10) less detractors (0 to 6) in percent of everybody's latest answers of the last 365 days."""
    balance = rows.count(where=rows.score >= 9) - rows.count(where=rows.score <= 6)
    return percent(balance, rows.count())


@metric(label="NPS answers, change", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.responses,
        window_days=360, spoken=record_bases.asked("nps"))  # fmt: skip
def nps_trend(rows: Table) -> Value:
    """Mean NPS answer of the last 180 complete days less that of the 180 days before.

    Unknown below 4 answers in both together: one mood more or less is no trend.
    """
    now, before = (rows.kind == "nps") & rows.age.between(1, 180), (rows.kind == "nps") & rows.age.between(181, 360)
    too_few = rows.count(where=now | before) < TREND_FLOOR
    return unless(too_few, rows.score.mean(where=now) - rows.score.mean(where=before))


@metric(label="Sentiment, 90 days", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.sentiments,
        window_days=90)  # fmt: skip
def sentiment_90d(rows: Table) -> Value:
    """Mean sentiment (-1 to 1) of tickets, interactions and answers of the last 90 days whose source gave one."""
    return rows.sentiment.mean()


@metric(label="Champion", unit=Unit.BOOLEAN, direction=Direction.UP, over=record_bases.roles, empty=0)
def champion_present(rows: Table) -> Value:
    """Whether somebody at the account is our champion."""
    return flag(_played(rows, "champion") > 0)


@metric(label="Executive sponsor", unit=Unit.BOOLEAN, direction=Direction.UP, over=record_bases.roles, empty=0)
def executive_sponsor_present(rows: Table) -> Value:
    """Whether somebody at the account is our executive sponsor."""
    return flag(_played(rows, "executive_sponsor") > 0)


@metric(label="Roles vacant", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.roles,
        empty=len(KEY_ROLES))  # fmt: skip
def roles_vacant(rows: Table) -> Value:
    """Of champion, executive sponsor and economic buyer: how many nobody at the account is."""
    return sum(flag(_played(rows, role) == 0) for role in KEY_ROLES)


@metric(label="Roles vacated, 90 days", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.roles,
        window_days=90, empty=0, evidence="former_roles")  # fmt: skip
def roles_vacated_90d(rows: Table) -> Value:
    """Of champion, executive sponsor and economic buyer: how many became vacant in the last 90 days and still are."""
    left = [rows.count(where=(rows.role == role) & rows.until_age.between(0, 90)) for role in KEY_ROLES]
    return sum(flag((gone > 0) & (_played(rows, role) == 0)) for role, gone in zip(KEY_ROLES, left, strict=True))


@metric(label="Days since last touch with the sponsor", unit=Unit.DAYS, direction=Direction.DOWN,
        over=record_bases.people_in_touch, evidence="sponsor_touches")  # fmt: skip
def days_since_sponsor_touch(people: Table) -> Value:
    """Days since we last met, called or wrote to an executive sponsor; no value without one, or if we never did."""
    return people.last_age.min(where=people.is_sponsor)


@metric(label="People in touch, 90 days", unit=Unit.COUNT, direction=Direction.UP, over=record_bases.people_in_touch,
        window_days=90, empty=0)  # fmt: skip
def people_in_touch_90d(people: Table) -> Value:
    """People at the account we met, called or exchanged mails with in the last 90 days."""
    return people.count(where=people.last_age <= 90)


@metric(label="Single thread", unit=Unit.BOOLEAN, direction=Direction.DOWN, over=record_bases.people_in_touch,
        window_days=90)  # fmt: skip
def single_thread(people: Table) -> Value:
    """Whether all touches of the last 90 days were with one and the same person; no value without any."""
    count = people.count(where=people.last_age <= 90)
    return unless(count == 0, flag(count == 1))


@metric(label="Referrals, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.meaning_users, window_days=28,
        empty=0, spoken=bases.told(Meaning.REFERRAL_MADE), evidence="referrals")  # fmt: skip
def referrals_28d(rows: Table) -> Value:
    """How often people at the account recommended us to another company in the last 28 days, today included."""
    return total(rows.referrals)


@metric(label="Community contributions, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.meaning_users,
        window_days=28, empty=0, spoken=bases.told(Meaning.COMMUNITY_CONTRIBUTED),
        evidence="contributions")  # fmt: skip
def community_contributions_28d(rows: Table) -> Value:
    """What people at the account gave to the community in the last 28 days with today: answers, articles, templates."""
    return total(rows.contributions)


@metric(label="CSM pulse", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.latest_pulse)
def csm_pulse(rows: Table) -> Value:
    """How the CSM sees the account, 0 to 100: the latest pulse, until it expires or is withdrawn."""
    return rows.score.mean(where=rows.in_force)


def _played(rows: Table, role: str) -> IntegerValue:
    """How many people play the role now."""
    return rows.count(where=(rows.role == role) & rows.until_age.isnull())
