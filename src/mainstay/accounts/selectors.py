"""Reads of accounts and contacts."""

from collections.abc import Collection, Iterable, Iterator
from itertools import batched

from django.db.models import QuerySet

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.accounts.team import TEAM_ROLES
from mainstay.common.errors import NotFound
from mainstay.people.models import User

_CHUNK = 800


def account_ids(keys: Iterable[str]) -> dict[str, int]:
    """The ids of those accounts that exist, by key."""
    found: dict[str, int] = {}
    for chunk in batched(keys, _CHUNK):
        found.update(Account.objects.filter(key__in=chunk).values_list("key", "pk"))
    return found


def contact_ids(keys: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """The id and the account id (null: not known yet) of those contacts that exist, by key."""
    found: dict[str, tuple[int, int | None]] = {}
    for chunk in batched(keys, _CHUNK):
        rows = Contact.objects.filter(key__in=chunk).values_list("key", "pk", "account_id")
        found.update((key, (pk, account_id)) for key, pk, account_id in rows)
    return found


def user_ids(emails: Collection[str]) -> dict[str, int]:
    """The ids of users by e-mail in lower case."""
    wanted = {email.lower() for email in emails}
    if not wanted:
        return {}
    return {email.lower(): pk for email, pk in User.objects.values_list("email", "pk") if email.lower() in wanted}


def team_of(account: Account) -> dict[str, User]:
    """Who of us works with an account beside its owner, by role. An e-mail that no active user has names nobody."""
    named = {role: str(email) for role in TEAM_ROLES if (email := account.attributes.get(role))}
    found = {role: User.objects.filter(email__iexact=email, is_active=True).first() for role, email in named.items()}
    return {role: user for role, user in found.items() if user is not None}


def roles(contact_ids: Iterable[int]) -> Iterator[ContactRole]:
    """Every role these contacts play or played, oldest first."""
    for chunk in batched(contact_ids, _CHUNK):
        yield from ContactRole.objects.filter(contact_id__in=chunk).order_by("since", "pk")


def account_by_key(key: str) -> Account:
    """The account with this key, its owner and parent loaded. `NotFound` when there is none."""
    account = Account.objects.select_related("owner", "parent").filter(key=key).first()
    if account is None:
        raise NotFound(
            f"There is no account with the key '{key}'. `mainstay import accounts` or a group call makes one."
        )
    return account


def contacts_of(account: Account) -> QuerySet[Contact]:
    """The people of an account with their roles, those who left last."""
    return account.contacts.prefetch_related("roles").order_by("left_on", "name", "pk")
