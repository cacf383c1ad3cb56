"""Support: how much help the customer needs and how it was received."""

from ibis.expr.types import Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics import bases
from mainstay.metrics.expressions import percent, percent_change, total
from mainstay.metrics.registry import Direction, Unit, metric

TICKETS_FLOOR = 10


@metric(label="Tickets, 28 days", unit=Unit.COUNT, direction=Direction.DOWN, over=bases.tickets, window_days=28,
        empty=0)  # fmt: skip
def tickets_28d(rows: Table) -> Value:
    """Support tickets opened in the last 28 days, today included."""
    return rows.count(where=rows.opened_age.between(0, 28))


@metric(label="Tickets, change", unit=Unit.PERCENT, direction=Direction.DOWN, over=bases.tickets,
        window_days=56)  # fmt: skip
def tickets_trend(rows: Table) -> Value:
    """Tickets opened in the last 28 complete days against those of the 28 days before.

    Unknown below 10 tickets of both together: one ticket after none is no trend.
    """
    now, before = rows.count(where=rows.opened_age.between(1, 28)), rows.count(where=rows.opened_age.between(29, 56))
    return percent_change(now, before, at_least=TICKETS_FLOOR)


@metric(label="Open urgent tickets", unit=Unit.COUNT, direction=Direction.DOWN, over=bases.tickets, empty=0,
        evidence="open_tickets")  # fmt: skip
def open_urgent_tickets(rows: Table) -> Value:
    """Urgent tickets that are not solved yet."""
    return rows.count(where=(rows.severity == "urgent") & rows.solved_age.isnull())


@metric(label="CSAT, 90 days", unit=Unit.SCORE, direction=Direction.UP, over=bases.ratings, window_days=90)
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
