"""Evidence from support, each row with the key of its source."""

from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.metrics.evidence.table import Builder, Column, Evidence, Question, Row, Shape, counted, made, span

_WHEN = Column("at", "When", Shape.TIME)
_TITLE = Column("title", "What", Shape.TEXT)


def tickets(question: Question) -> Evidence:
    """The tickets opened in the window."""
    found = _tickets(question).filter(opened_at__gte=question.start)
    return _ticket_table(question, list(found), f"opened {span(question)}")


def open_tickets(question: Question) -> Evidence:
    """The urgent tickets that are not solved."""
    return _ticket_table(question, list(_open(question).filter(severity="urgent")), "urgent and not solved")


def all_open_tickets(question: Question) -> Evidence:
    """The tickets that are not solved, the oldest first."""
    return _ticket_table(question, list(_open(question).order_by("opened_at", "pk")), "not solved")


def reopened_tickets(question: Question) -> Evidence:
    """The tickets that were opened again or solved in the window, those opened again first."""
    within = {"at__gte": question.start, "at__lt": question.as_of}
    again = Max("reopenings__at", filter=Q(**{f"reopenings__{name}": value for name, value in within.items()}))
    found = [
        one
        for one in _tickets(question).annotate(again=again).order_by("-opened_at", "-pk")
        if one.again or (one.solved_at and question.start <= one.solved_at < question.as_of)
    ]
    found.sort(key=lambda one: one.again is None)
    rows = [Row((one.opened_at, one.subject, one.again, _solved(question, one)), key=one.key) for one in found]
    columns = (
        Column("opened_at", "Opened", Shape.TIME),
        Column("subject", "Subject", Shape.TEXT),
        Column("reopened_at", "Opened again", Shape.TIME),
        Column("solved_at", "Solved", Shape.TIME),
    )
    count = sum(1 for one in found if one.again)
    return made(f"{count} of {counted(len(rows), 'ticket')} opened again {span(question)}.", columns, rows)


def ticket_times(question: Question) -> Evidence:
    """The tickets opened or solved in the window, and how long the first answer and the solution took."""
    found = _tickets(question).filter(
        Q(opened_at__gte=question.start) | Q(solved_at__gte=question.start, solved_at__lt=question.as_of)
    )
    rows = [Row((one.opened_at, one.subject, *_hours(question, one)), key=one.key) for one in found]
    columns = (
        Column("opened_at", "Opened", Shape.TIME),
        Column("subject", "Subject", Shape.TEXT),
        Column("response_hours", "First answer, hours", Shape.SCORE),
        Column("resolution_hours", "Solution, hours", Shape.SCORE),
    )
    return made(f"{counted(len(rows), 'ticket')} opened or solved {span(question)}.", columns, rows)


def ratings(question: Question) -> Evidence:
    """The satisfaction ratings given in the window, on tickets and in surveys, the latest first."""
    rated: list[tuple[datetime, float, str, str]] = []
    for ticket in Ticket.objects.filter(account_id=question.account_id).exclude(csat=None):
        at = ticket.rated_at or ticket.solved_at or ticket.opened_at
        if question.start <= at < question.as_of and ticket.csat is not None:
            rated.append((at, ticket.csat, ticket.subject or "Ticket", ticket.key))
    for answer in answers(question, "csat"):
        rated.append((answer.answered_at, answer.score, answer.comment or "Survey", answer.key))
    rows = [Row((at, score, title), key=key) for at, score, title, key in sorted(rated, reverse=True)]
    columns = (_WHEN, Column("rating", "Rating", Shape.SCORE), _TITLE)
    return made(f"{counted(len(rows), 'rating')} {span(question)}.", columns, rows)


def effort(question: Question) -> Evidence:
    """The customer effort scores given in the window, the latest first."""
    rows = [Row((one.answered_at, one.score, one.comment), key=one.key) for one in answers(question, "ces")]
    columns = (_WHEN, Column("score", "Score", Shape.SCORE), Column("comment", "Comment", Shape.TEXT))
    return made(f"{counted(len(rows), 'answer')} {span(question)}.", columns, rows)


def sentiments(question: Question) -> Evidence:
    """Tickets, interactions and survey answers of the window whose source gave a sentiment, the latest first."""
    of_account = {"account_id": question.account_id, "sentiment__isnull": False}

    def lately(field: str) -> dict[str, datetime]:
        return {f"{field}__gte": question.start, f"{field}__lt": question.as_of}

    said: list[tuple[datetime, str, str, float | None, str]] = []
    for ticket in Ticket.objects.filter(**of_account, **lately("opened_at")):
        said.append((ticket.opened_at, "ticket", ticket.subject, ticket.sentiment, ticket.key))
    for one in Interaction.objects.filter(**of_account, **lately("occurred_at")):
        said.append((one.occurred_at, one.kind, one.title, one.sentiment, one.key))
    for answer in Response.objects.filter(**of_account, **lately("answered_at")):
        said.append((answer.answered_at, f"{answer.kind} answer", answer.comment, answer.sentiment, answer.key))
    rows = [Row((at, kind, title, mood), key=key) for at, kind, title, mood, key in sorted(said, reverse=True)]
    columns = (_WHEN, Column("kind", "Kind", Shape.TEXT), _TITLE, Column("sentiment", "Sentiment", Shape.SCORE))
    return made(f"{counted(len(rows), 'text')} with a sentiment {span(question)}.", columns, rows)


def answers(question: Question, kind: str) -> QuerySet[Response]:
    """The answers to surveys of a kind in the window, the latest first."""
    return Response.objects.filter(
        account_id=question.account_id, kind=kind, answered_at__gte=question.start, answered_at__lt=question.as_of
    )


def _tickets(question: Question) -> QuerySet[Ticket]:
    return Ticket.objects.filter(account_id=question.account_id, opened_at__lt=question.as_of)


def _open(question: Question) -> QuerySet[Ticket]:
    return _tickets(question).filter(Q(solved_at=None) | Q(solved_at__gte=question.as_of))


def _solved(question: Question, ticket: Ticket) -> datetime | None:
    return ticket.solved_at if ticket.solved_at and ticket.solved_at < question.as_of else None


def _hours(question: Question, ticket: Ticket) -> tuple[float | None, float | None]:
    answered = ticket.first_response_at
    if answered is not None and not (answered < question.as_of and ticket.opened_at >= question.start):
        answered = None
    solved = _solved(question, ticket)
    if solved is not None and solved < question.start:
        solved = None
    first, last = (None if at is None else (at - ticket.opened_at) / timedelta(hours=1) for at in (answered, solved))
    return first, last


def _ticket_table(question: Question, found: list[Ticket], which: str) -> Evidence:
    rows = []
    for ticket in found:
        rows.append(Row((ticket.opened_at, ticket.severity, ticket.subject, _solved(question, ticket)), key=ticket.key))
    columns = (
        Column("opened_at", "Opened", Shape.TIME),
        Column("severity", "Severity", Shape.TEXT),
        Column("subject", "Subject", Shape.TEXT),
        Column("solved_at", "Solved", Shape.TIME),
    )
    return made(f"{counted(len(rows), 'ticket')} {which}.", columns, rows)


BUILDERS: dict[str, Builder] = {
    "tickets": tickets,
    "open_tickets": open_tickets,
    "all_open_tickets": all_open_tickets,
    "reopened_tickets": reopened_tickets,
    "ticket_times": ticket_times,
    "ratings": ratings,
    "effort": effort,
    "sentiments": sentiments,
}
