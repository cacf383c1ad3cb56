"""Accounts by a few letters: what the jump box and every other search for one account ask."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from mainstay.accounts.models import Account


def accounts_called(text: str) -> QuerySet[Account]:
    """With their owners: names that begin with the text, then names with a word that does, then keys that do."""
    rank = Case(When(name__istartswith=text, then=Value(0)), default=Value(1), output_field=IntegerField())
    called = Q(name__istartswith=text) | Q(name__icontains=f" {text}") | Q(key__istartswith=text)
    return Account.objects.select_related("owner").filter(called).order_by(rank, "name", "pk")
