"""Reads of subscriptions and invoices."""

from datetime import date

from django.db.models import QuerySet

from mainstay.accounts.models import Account
from mainstay.subscriptions.models import Invoice, Subscription


def subscriptions_of(account: Account, *, before: date) -> QuerySet[Subscription]:
    """The subscriptions that had begun before this day, the latest first."""
    return Subscription.objects.filter(account=account, starts_on__lt=before).order_by("-starts_on", "-pk")


def invoices_of(account: Account, *, before: date) -> QuerySet[Invoice]:
    """The invoices issued before this day, the latest first."""
    return Invoice.objects.filter(account=account, issued_on__lt=before).order_by("-issued_on", "-pk")


def is_in_force(subscription: Subscription, day: date) -> bool:
    """True when the subscription is in force during `day`."""
    return subscription.starts_on <= day and (subscription.ends_on is None or day < subscription.ends_on)
