"""Engagement: whether the customer answers, comes and learns."""

from ibis.expr.types import Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics import bases, record_bases
from mainstay.metrics.expressions import flag, percent, total
from mainstay.metrics.registry import Direction, Unit, metric


@metric(label="Last business review attended", unit=Unit.BOOLEAN, direction=Direction.UP,
        over=record_bases.interactions, window_days=180, evidence="reviews")  # fmt: skip
def review_attended(rows: Table) -> Value:
    """Whether the customer came to the latest business review of the last 180 days."""
    held = (rows.kind == "business_review") & rows.age.between(0, 180) & rows.attended.notnull()
    # Age and absence in one number: its smallest value is the latest review, an attended one first on the same day.
    return flag((rows.age * 2 + flag(~rows.attended)).min(where=held) % 2 == 0)


@metric(label="Reviews attended, 12 months", unit=Unit.PERCENT, direction=Direction.UP, over=record_bases.interactions,
        window_days=365, evidence="all_reviews")  # fmt: skip
def review_attendance_12m(rows: Table) -> Value:
    """Business reviews the customer came to as a share of those held in the last 365 days."""
    held = (rows.kind == "business_review") & rows.age.between(0, 365)
    return percent(rows.count(where=held & rows.attended), rows.count(where=held & rows.attended.notnull()))


@metric(label="Trainings completed", unit=Unit.COUNT, direction=Direction.UP, over=record_bases.interactions, empty=0,
        spoken=lambda tables: tables.interactions.filter(tables.interactions.kind == "training"),
        evidence="trainings")  # fmt: skip
def trainings_completed(rows: Table) -> Value:
    """Trainings the customer completed so far."""
    return rows.count(where=(rows.kind == "training") & rows.attended)


@metric(label="Certifications passed", unit=Unit.COUNT, direction=Direction.UP, over=record_bases.interactions, empty=0,
        spoken=lambda tables: tables.interactions.filter(tables.interactions.kind == "certification"),
        evidence="certifications")  # fmt: skip
def certifications_passed(rows: Table) -> Value:
    """Certifications that people at the account passed so far."""
    return rows.count(where=(rows.kind == "certification") & rows.attended)


@metric(label="Meetings, 90 days", unit=Unit.COUNT, direction=Direction.UP, over=record_bases.interactions,
        window_days=90, empty=0, evidence="meetings")  # fmt: skip
def meetings_90d(rows: Table) -> Value:
    """Meetings, calls and business reviews of the last 90 days, without those the customer did not come to."""
    met = rows.kind.isin(["meeting", "call", "business_review"]) & rows.age.between(0, 90)
    return rows.count(where=met & rows.attended.coalesce(True))


@metric(label="Days since last touch", unit=Unit.DAYS, direction=Direction.DOWN, over=record_bases.interactions,
        evidence="touches")  # fmt: skip
def days_since_last_touch(rows: Table) -> Value:
    """Days since the last meeting, call, mail, review or training; notes of our own do not count."""
    return rows.age.min(where=rows.kind != "note")


@metric(label="Days since last answer", unit=Unit.DAYS, direction=Direction.DOWN, over=record_bases.interactions,
        evidence="touches")  # fmt: skip
def days_since_last_answer(rows: Table) -> Value:
    """Days since the customer last answered us, wrote or called by itself; no value where it never did."""
    own = rows.age.min(where=rows.direction == "inbound")
    answered = rows.answered_age.min()
    return (own.isnull() | (answered < own)).ifelse(answered, own)


@metric(label="Response rate", unit=Unit.PERCENT, direction=Direction.UP, over=record_bases.interactions,
        window_days=90, evidence="contacts")  # fmt: skip
def response_rate(rows: Table) -> Value:
    """Answered share of the contacts we made in the last 90 days, leaving out those of the last 3 days."""
    asked = (rows.direction == "outbound") & rows.age.between(4, 90)
    return percent(rows.count(where=asked & rows.answered_age.notnull()), rows.count(where=asked))


@metric(label="Mails opened, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.meaning_users,
        window_days=28, empty=0, spoken=bases.told(Meaning.MAIL_OPENED))  # fmt: skip
def mails_opened_28d(rows: Table) -> Value:
    """How often people at the account opened a mail of ours in the last 28 days, today included."""
    return total(rows.opened)


@metric(label="Mails clicked, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.meaning_users,
        window_days=28, empty=0, spoken=bases.told(Meaning.MAIL_CLICKED))  # fmt: skip
def mails_clicked_28d(rows: Table) -> Value:
    """How often people at the account followed a link in a mail of ours in the last 28 days, today included."""
    return total(rows.clicked)


@metric(label="Mail open rate", unit=Unit.PERCENT, direction=Direction.UP, over=bases.meaning_users, window_days=28,
        spoken=bases.told(Meaning.MAIL_DELIVERED))  # fmt: skip
def mail_open_rate(rows: Table) -> Value:
    """Of the people who got a mail of ours in the last 28 days, the share who opened one."""
    reached = rows.is_person & (rows.delivered > 0)
    return percent(rows.count(where=reached & (rows.opened > 0)), rows.count(where=reached))


@metric(label="Mail click rate", unit=Unit.PERCENT, direction=Direction.UP, over=bases.meaning_users, window_days=28,
        spoken=bases.told(Meaning.MAIL_DELIVERED))  # fmt: skip
def mail_click_rate(rows: Table) -> Value:
    """Of the people who got a mail of ours in the last 28 days, the share who followed a link in one."""
    reached = rows.is_person & (rows.delivered > 0)
    return percent(rows.count(where=reached & (rows.clicked > 0)), rows.count(where=reached))
