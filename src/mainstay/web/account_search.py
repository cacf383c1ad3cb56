"""Accounts by a few letters, or by the key or the name somebody typed."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from mainstay.accounts.models import Account

_LONGEST = 200  # of keys and names


def accounts_called(text: str) -> QuerySet[Account]:
    """With their owners: names that begin with the text, then names with a word that does, then keys that do."""
    rank = Case(When(name__istartswith=text, then=Value(0)), default=Value(1), output_field=IntegerField())
    called = Q(name__istartswith=text) | Q(name__icontains=f" {text}") | Q(key__istartswith=text)
    return Account.objects.select_related("owner").filter(called).order_by(rank, "name", "pk")


def accounts_named(text: str, among: QuerySet[Account]) -> list[Account]:
    """The one with this key, else those with this name, whatever its case: two at most, to tell one from several."""
    if len(text) > _LONGEST:
        return []
    found = among.filter(key=text).first()
    return [found] if found else list(among.filter(name__iexact=text)[:2])
