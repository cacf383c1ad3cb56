"""Evidence from contracts and bills, each row with the key of its source."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet

from mainstay.common.money import Money
from mainstay.facts.meaning import Meaning
from mainstay.metrics.bases import READING_DAYS
from mainstay.metrics.evidence import query
from mainstay.metrics.evidence.table import Builder, Column, Evidence, Question, Row, Shape, counted, made, span
from mainstay.subscriptions.models import Invoice, Reading, Subscription

_DUE = Column("due_on", "Due", Shape.DATE)
_AMOUNT = Column("amount", "Amount", Shape.TEXT)


def subscriptions(question: Question) -> Evidence:
    """The subscriptions in force."""
    return _subscriptions(question, list(_in_force(question)), "in force")


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
        _DUE,
        Column("paid_on", "Paid", Shape.DATE),
        _AMOUNT,
        Column("is_on_time", "On time", Shape.BOOLEAN),
    )
    paid = sum(1 for row in rows if row.cells[3])
    return made(f"{paid} of {counted(len(rows), 'invoice')} due {span(question)} paid on time.", columns, rows)


def unpaid_invoices(question: Question) -> Evidence:
    """The bills past their due date that are not paid, the oldest first."""
    found = (
        Invoice.objects.filter(
            account_id=question.account_id, due_on__lt=question.today, issued_on__lte=question.last_day
        )
        .filter(Q(paid_on=None) | Q(paid_on__gt=question.last_day))
        .order_by("due_on", "pk")
    )
    rows = [
        Row((one.due_on, (question.today - one.due_on).days, str(Money(one.amount_minor, one.currency))), key=one.key)
        for one in found
    ]
    columns = (_DUE, Column("days", "Days overdue", Shape.COUNT), _AMOUNT)
    return made(f"{counted(len(rows), 'bill')} overdue.", columns, rows)


def limits(question: Question) -> Evidence:
    """The latest reading of each limit, or the events that mean a call of the API, and what the contracts include."""
    first = question.today - timedelta(days=READING_DAYS)
    readings = Reading.objects.filter(
        account_id=question.account_id, measured_on__gte=first, measured_on__lte=question.last_day
    )
    latest = {one.limit: one for one in readings.order_by("measured_on", "pk")}
    running = list(_in_force(question))
    allowed = {
        "data_gb": _sum(one.data_limit_gb for one in running),
        "api_calls": _sum(one.api_call_limit for one in running),
    }
    rows = [
        Row((_LIMITS.get(limit, limit), one.used, allowed.get(limit), one.measured_on), key=one.key)
        for limit, one in sorted(latest.items())
    ]
    if "api_calls" not in latest:
        sent = query.query(
            question,
            f"SELECT sum(n)::BIGINT FROM meaning_days WHERE meaning = '{Meaning.API_CALLED}' AND age BETWEEN 1 AND 30",
        )[0][0]
        if sent is not None:
            rows.append(Row(("API calls, from events", sent, allowed["api_calls"], question.first(1).date())))
    columns = (
        Column("limit", "Limit", Shape.TEXT),
        Column("used", "Used", Shape.SCORE),
        Column("allowed", "Included", Shape.SCORE),
        Column("measured_on", "As of", Shape.DATE),
    )
    return made(f"{counted(len(rows), 'limit')} whose use is known; {counted(len(running), 'contract')} in force.",
                columns, rows)  # fmt: skip


_LIMITS = {"data_gb": "Data, GB", "api_calls": "API calls in 30 days"}


def _sum(limits: Iterable[float | None]) -> float | None:
    known = [limit for limit in limits if limit is not None]
    return sum(known) if known else None


def _begun(question: Question) -> QuerySet[Subscription]:
    return Subscription.objects.filter(account_id=question.account_id, starts_on__lte=question.last_day).order_by(
        "-starts_on", "-pk"
    )


def _in_force(question: Question) -> QuerySet[Subscription]:
    return _begun(question).filter(Q(ends_on=None) | Q(ends_on__gt=question.last_day))


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


BUILDERS: dict[str, Builder] = {
    "subscriptions": subscriptions,
    "all_subscriptions": all_subscriptions,
    "invoices": invoices,
    "unpaid_invoices": unpaid_invoices,
    "limits": limits,
}
