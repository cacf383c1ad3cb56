"""Support: how much help the customer needs and how it was received."""

from ibis.expr.types import Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics import bases, record_bases
from mainstay.metrics.expressions import percent, percent_change, total
from mainstay.metrics.registry import Direction, Unit, metric

TICKETS_FLOOR = 10
LONG_OPEN_DAYS = 7


@metric(label="Tickets, 28 days", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.tickets, window_days=28,
        empty=0)  # fmt: skip
def tickets_28d(rows: Table) -> Value:
    """Support tickets opened in the last 28 days, today included."""
    return rows.count(where=rows.opened_age.between(0, 28))


@metric(label="Tickets, change", unit=Unit.PERCENT, direction=Direction.DOWN, over=record_bases.tickets,
        window_days=56)  # fmt: skip
def tickets_trend(rows: Table) -> Value:
    """Tickets opened in the last 28 complete days against those of the 28 days before.

    Unknown below 10 tickets of both together: one ticket after none is no trend.
    """
    now, before = rows.count(where=rows.opened_age.between(1, 28)), rows.count(where=rows.opened_age.between(29, 56))
    return percent_change(now, before, at_least=TICKETS_FLOOR)


@metric(label="Open urgent tickets", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.tickets, empty=0,
        evidence="open_tickets")  # fmt: skip
def open_urgent_tickets(rows: Table) -> Value:
    """Urgent tickets that are not solved yet."""
    return rows.count(where=(rows.severity == "urgent") & rows.solved_age.isnull())


@metric(label="Open tickets", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.tickets, empty=0,
        evidence="all_open_tickets")  # fmt: skip
def open_tickets(rows: Table) -> Value:
    """Tickets that are not solved yet."""
    return rows.count(where=rows.solved_age.isnull())


@metric(label="Tickets open for more than a week", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.tickets,
        empty=0, evidence="all_open_tickets")  # fmt: skip
def tickets_open_7d(rows: Table) -> Value:
    """Tickets opened more than 7 days ago that are not solved yet."""
    return rows.count(where=rows.solved_age.isnull() & (rows.opened_age > LONG_OPEN_DAYS))


@metric(label="Age of the oldest open ticket", unit=Unit.DAYS, direction=Direction.DOWN, over=record_bases.tickets,
        evidence="all_open_tickets")  # fmt: skip
def oldest_open_ticket(rows: Table) -> Value:
    """Days since the oldest ticket that is not solved yet was opened; no value while none is open."""
    return rows.opened_age.max(where=rows.solved_age.isnull())


@metric(label="Severe tickets, share", unit=Unit.PERCENT, direction=Direction.DOWN, over=record_bases.tickets,
        window_days=90)  # fmt: skip
def severe_ticket_share(rows: Table) -> Value:
    """High and urgent tickets as a share of the tickets opened in the last 90 days."""
    opened = rows.opened_age.between(0, 90)
    return percent(rows.count(where=opened & rows.severity.isin(["high", "urgent"])), rows.count(where=opened))


@metric(label="Tickets reopened, 90 days", unit=Unit.COUNT, direction=Direction.DOWN, over=record_bases.tickets,
        window_days=90, empty=0, evidence="reopened_tickets")  # fmt: skip
def tickets_reopened_90d(rows: Table) -> Value:
    """Tickets that were opened again in the last 90 days, today included, each counted once."""
    return rows.count(where=rows.reopened_age.between(0, 90))


@metric(label="Reopened share, 90 days", unit=Unit.PERCENT, direction=Direction.DOWN, over=record_bases.tickets,
        window_days=90, evidence="reopened_tickets")  # fmt: skip
def reopened_share_90d(rows: Table) -> Value:
    """Tickets opened again in the last 90 days as a share of those solved or opened again in them."""
    reopened = rows.reopened_age.between(0, 90).coalesce(False)
    solved = rows.solved_age.between(0, 90).coalesce(False)
    return percent(rows.count(where=reopened), rows.count(where=reopened | solved))


@metric(label="Time to first answer", unit=Unit.HOURS, direction=Direction.DOWN, over=record_bases.ticket_times,
        window_days=90)  # fmt: skip
def first_response_time(rows: Table) -> Value:
    """Median hours from opening to our first answer, of the tickets opened in the last 90 days that have one."""
    return rows.response.mean()


@metric(label="Time to solution", unit=Unit.HOURS, direction=Direction.DOWN, over=record_bases.ticket_times,
        window_days=90)  # fmt: skip
def resolution_time(rows: Table) -> Value:
    """Median hours from opening to solution, of the tickets solved in the last 90 days."""
    return rows.resolution.mean()


@metric(label="CSAT, 90 days", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.ratings, window_days=90)
def csat_90d(rows: Table) -> Value:
    """Mean of the satisfaction ratings (1 to 5) given in the last 90 days, on tickets and in surveys."""
    return rows.rating.mean()


@metric(label="Help articles read, 28 days", unit=Unit.COUNT, over=bases.meaning_users, window_days=28, empty=0,
        spoken=bases.told(Meaning.ARTICLE_READ), evidence="articles")  # fmt: skip
def articles_read_28d(rows: Table) -> Value:
    """Articles of the knowledge base read in the last 28 days, today included."""
    return total(rows.articles)


@metric(label="Chatbot conversations, 28 days", unit=Unit.COUNT, over=bases.meaning_users, window_days=28, empty=0,
        spoken=bases.told(Meaning.CHAT_STARTED), evidence="chats")  # fmt: skip
def chats_28d(rows: Table) -> Value:
    """Conversations with the chatbot begun in the last 28 complete days."""
    return total(rows.chats)


@metric(label="Chatbot containment", unit=Unit.PERCENT, direction=Direction.UP, over=bases.meaning_users,
        window_days=28, spoken=bases.told(Meaning.CHAT_STARTED), evidence="chats")  # fmt: skip
def chatbot_containment(rows: Table) -> Value:
    """Share of the chatbot's conversations of the last 28 complete days that did not go on to a person."""
    started, handed_over = total(rows.chats), total(rows.handed_over)
    return percent((handed_over < started).ifelse(started - handed_over, 0), started)


@metric(label="CES, 90 days", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.responses, window_days=90,
        spoken=record_bases.asked("ces"), evidence="effort")  # fmt: skip
def ces_90d(rows: Table) -> Value:
    """Mean of the customer effort scores (1 to 7, 7 is easy) given in the last 90 days."""
    return rows.score.mean(where=(rows.kind == "ces") & rows.age.between(0, 90))


@metric(label="Ticket sentiment, 90 days", unit=Unit.SCORE, direction=Direction.UP, over=record_bases.sentiments,
        window_days=90, sources=["support"])  # fmt: skip
def ticket_sentiment_90d(rows: Table) -> Value:
    """Mean sentiment (-1 to 1) of the tickets opened in the last 90 days whose source gave one."""
    return rows.sentiment.mean(where=rows.is_ticket)
