"""Evidence from records: contracts, invoices, tickets, answers, meetings, roles, each with the key of its source."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q, QuerySet

from mainstay.accounts.models import Account, ContactRole
from mainstay.common.money import Money
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket
from mainstay.metrics.evidence.table import Builder, Column, Evidence, Question, Row, Shape, between, counted, made
from mainstay.subscriptions.models import Invoice, Subscription

_WHEN = Column("at", "When", Shape.TIME)
_TITLE = Column("title", "What", Shape.TEXT)
_CONTACT = Column("contact", "Who", Shape.TEXT)


def customer(question: Question) -> Evidence:
    """The account itself: since when it is a customer."""
    found = Account.objects.filter(pk=question.account_id)
    rows = [Row((one.signed_on, one.churned_on), key=one.key) for one in found]
    return made("The record of the account.", (Column("signed_on", "Signed", Shape.DATE),
                                               Column("churned_on", "Churned", Shape.DATE)), rows)  # fmt: skip


def subscriptions(question: Question) -> Evidence:
    """The subscriptions in force."""
    running = _begun(question).filter(Q(ends_on=None) | Q(ends_on__gt=question.last_day))
    return _subscriptions(question, list(running), "in force")


def all_subscriptions(question: Question) -> Evidence:
    """Every subscription that has begun, whether still in force or not."""
    return _subscriptions(question, list(_begun(question)), "so far")


def invoices(question: Question) -> Evidence:
    """The invoices that fell due in the window, and whether each was paid by then."""
    found = Invoice.objects.filter(
        account_id=question.account_id,
        due_on__gte=question.start.date(),
        due_on__lt=question.today,
        issued_on__lte=question.last_day,
    ).order_by("-due_on", "-pk")
    rows = []
    for invoice in found:
        paid_on = invoice.paid_on if invoice.paid_on and invoice.paid_on <= question.last_day else None
        amount = str(Money(invoice.amount_minor, invoice.currency))
        on_time = paid_on is not None and paid_on <= invoice.due_on
        rows.append(Row((invoice.due_on, paid_on, amount, on_time), key=invoice.key))
    columns = (
        Column("due_on", "Due", Shape.DATE),
        Column("paid_on", "Paid", Shape.DATE),
        Column("amount", "Amount", Shape.TEXT),
        Column("is_on_time", "On time", Shape.BOOLEAN),
    )
    paid = sum(1 for row in rows if row.cells[3])
    return made(f"{paid} of {counted(len(rows), 'invoice')} due {_span(question)} paid on time.", columns, rows)


def tickets(question: Question) -> Evidence:
    """The tickets opened in the window."""
    found = _tickets(question).filter(opened_at__gte=question.start)
    return _ticket_table(question, list(found), f"opened {_span(question)}")


def open_tickets(question: Question) -> Evidence:
    """The urgent tickets that are not solved."""
    found = _tickets(question).filter(Q(solved_at=None) | Q(solved_at__gte=question.as_of), severity="urgent")
    return _ticket_table(question, list(found), "urgent and not solved")


def ratings(question: Question) -> Evidence:
    """The satisfaction ratings given in the window, on tickets and in surveys, the latest first."""
    rated: list[tuple[datetime, float, str, str]] = []
    for ticket in Ticket.objects.filter(account_id=question.account_id).exclude(csat=None):
        at = ticket.rated_at or ticket.solved_at or ticket.opened_at
        if question.start <= at < question.as_of and ticket.csat is not None:
            rated.append((at, ticket.csat, ticket.subject or "Ticket", ticket.key))
    for answer in _answers(question, "csat"):
        rated.append((answer.answered_at, answer.score, answer.comment or "Survey", answer.key))
    rows = [Row((at, score, title), key=key) for at, score, title, key in sorted(rated, reverse=True)]
    columns = (_WHEN, Column("rating", "Rating", Shape.SCORE), _TITLE)
    return made(f"{counted(len(rows), 'rating')} {_span(question)}.", columns, rows)


def responses(question: Question) -> Evidence:
    """The NPS answers of the window, the latest first: that one counts."""
    found = list(_answers(question, "nps").select_related("contact").order_by("-answered_at", "-pk"))
    rows = [Row((one.answered_at, one.score, _name(one), one.comment), key=one.key) for one in found]
    columns = (
        _WHEN,
        Column("score", "Score", Shape.SCORE),
        _CONTACT,
        Column("comment", "Comment", Shape.TEXT),
    )
    return made(f"The latest of {counted(len(rows), 'answer')} {_span(question)}.", columns, rows)


def pulses(question: Question) -> Evidence:
    """The pulses given so far, the latest first: that one counts, while it is in force."""
    found = Pulse.objects.filter(account_id=question.account_id, given_at__lt=question.as_of).select_related("user")
    rows = []
    for at, one in enumerate(found):
        is_over = one.withdrawn_at is not None and one.withdrawn_at < question.as_of
        counts = at == 0 and one.expires_on > question.last_day and not is_over
        rows.append(Row((one.given_at, one.score, one.reason, str(one.user or ""), one.expires_on, counts)))
    columns = (
        _WHEN,
        Column("score", "Pulse", Shape.SCORE),
        Column("reason", "Reason", Shape.TEXT),
        Column("user", "By", Shape.TEXT),
        Column("expires_on", "Expires", Shape.DATE),
        Column("is_in_force", "In force", Shape.BOOLEAN),
    )
    return made(f"The latest of {counted(len(rows), 'pulse')}.", columns, rows)


def reviews(question: Question) -> Evidence:
    """The business reviews of the window, the latest first: that one counts."""
    found = _interactions(question).filter(
        kind="business_review", occurred_at__gte=question.start, attended__isnull=False
    )
    return _interaction_table(list(found), lambda count: f"The latest of {count} {_span(question)}.", "business review")


def trainings(question: Question) -> Evidence:
    """The trainings completed so far."""
    found = _interactions(question).filter(kind="training", attended=True)
    return _interaction_table(list(found), lambda count: f"{count} completed so far.", "training")


def contacts(question: Question) -> Evidence:
    """What we sent in the window, without the last three days, and when it was answered."""
    found = (
        _interactions(question)
        .filter(direction="outbound", occurred_at__gte=question.start, occurred_at__lt=question.first(3))
        .select_related("contact")
    )
    rows = []
    for one in found:
        answered = one.answered_at if one.answered_at and one.answered_at < question.as_of else None
        rows.append(Row((one.occurred_at, one.kind, one.title, _name(one), answered), key=one.key))
    columns = (
        _WHEN,
        Column("kind", "Kind", Shape.TEXT),
        _TITLE,
        _CONTACT,
        Column("answered_at", "Answered", Shape.TIME),
    )
    count = sum(1 for row in rows if row.cells[4] is not None)
    last = question.first(4).date()
    return made(f"{count} of {counted(len(rows), 'contact')} {between(question.start, last)} answered.", columns, rows)


def roles(question: Question) -> Evidence:
    """The roles that contacts of the account play."""
    last_day = question.last_day
    found = (
        ContactRole.objects.filter(contact__account_id=question.account_id, since__lte=last_day)
        .filter(Q(until=None) | Q(until__gt=last_day))
        .filter(Q(contact__left_on=None) | Q(contact__left_on__gt=last_day))
        .select_related("contact")
        .order_by("role", "since", "pk")
    )
    rows = [Row((str(one.contact), one.contact.title, one.role, one.since), key=one.contact.key) for one in found]
    columns = (
        _CONTACT,
        Column("title", "Title", Shape.TEXT),
        Column("role", "Role", Shape.TEXT),
        Column("since", "Since", Shape.DATE),
    )
    return made(f"{counted(len(rows), 'role')} played by contacts of the account.", columns, rows)


def _begun(question: Question) -> QuerySet[Subscription]:
    return Subscription.objects.filter(account_id=question.account_id, starts_on__lte=question.last_day).order_by(
        "-starts_on", "-pk"
    )


def _subscriptions(question: Question, found: list[Subscription], which: str) -> Evidence:
    rows = [
        Row(
            (
                one.plan,
                one.seats,
                _per_year(one),
                one.starts_on,
                one.ends_on,
                one.renews_on,
                one.is_trial,
                one.ends_on is None or one.ends_on > question.last_day,
            ),
            key=one.key,
        )
        for one in found
    ]
    columns = (
        Column("plan", "Plan", Shape.TEXT),
        Column("seats", "Seats", Shape.COUNT),
        Column("arr", "A year", Shape.TEXT),
        Column("starts_on", "From", Shape.DATE),
        Column("ends_on", "To", Shape.DATE),
        Column("renews_on", "Renews", Shape.DATE),
        Column("is_trial", "Trial", Shape.BOOLEAN),
        Column("is_in_force", "In force", Shape.BOOLEAN),
    )
    return made(f"{counted(len(rows), 'subscription')} {which}.", columns, rows)


def _per_year(one: Subscription) -> str:
    """The price of a year, as text: `$148,000`."""
    if one.period_months <= 0:
        return ""
    return str(Money(round(one.amount_minor * 12 / one.period_months), one.currency))


def _tickets(question: Question) -> QuerySet[Ticket]:
    return Ticket.objects.filter(account_id=question.account_id, opened_at__lt=question.as_of)


def _ticket_table(question: Question, found: list[Ticket], which: str) -> Evidence:
    rows = []
    for ticket in found:
        solved = ticket.solved_at if ticket.solved_at and ticket.solved_at < question.as_of else None
        rows.append(Row((ticket.opened_at, ticket.severity, ticket.subject, solved), key=ticket.key))
    columns = (
        Column("opened_at", "Opened", Shape.TIME),
        Column("severity", "Severity", Shape.TEXT),
        Column("subject", "Subject", Shape.TEXT),
        Column("solved_at", "Solved", Shape.TIME),
    )
    return made(f"{counted(len(rows), 'ticket')} {which}.", columns, rows)


def _answers(question: Question, kind: str) -> QuerySet[Response]:
    return Response.objects.filter(
        account_id=question.account_id, kind=kind, answered_at__gte=question.start, answered_at__lt=question.as_of
    )


def _interactions(question: Question) -> QuerySet[Interaction]:
    return Interaction.objects.filter(account_id=question.account_id, occurred_at__lt=question.as_of)


def _interaction_table(found: list[Interaction], sentence: Callable[[str], str], thing: str) -> Evidence:
    rows = [Row((one.occurred_at, one.title, one.attended), key=one.key) for one in found]
    columns = (_WHEN, _TITLE, Column("attended", "Attended", Shape.BOOLEAN))
    return made(sentence(counted(len(rows), thing)), columns, rows)


def _name(one: Interaction | Response) -> str:
    return str(one.contact) if one.contact else ""


def _span(question: Question) -> str:
    return between(question.start, question.last_day)


BUILDERS: dict[str, Builder] = {
    "customer": customer,
    "subscriptions": subscriptions,
    "all_subscriptions": all_subscriptions,
    "invoices": invoices,
    "tickets": tickets,
    "open_tickets": open_tickets,
    "ratings": ratings,
    "responses": responses,
    "pulses": pulses,
    "reviews": reviews,
    "trainings": trainings,
    "contacts": contacts,
    "roles": roles,
}
