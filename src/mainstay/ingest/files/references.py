"""Which account a row belongs to: by the account's key, or by what else the file knows."""

from collections.abc import Iterable
from itertools import batched

from mainstay.accounts.models import Account
from mainstay.accounts.selectors import account_ids, contact_ids
from mainstay.ingest.files.mapping import FileMapping
from mainstay.subscriptions.models import Subscription

_CHUNK = 800
_HINTS = {
    "key": "import accounts first, or let this import make unknown accounts",
    "subscription": "import subscriptions first",
    "contact": "import contacts first",
    "domain": "give the account its domain, or name accounts by their key",
    "name": "import accounts first, or name accounts by their key",
}


class AccountLookup:
    """Turns what stands in the account column into keys of accounts. Remembers what it has seen."""

    def __init__(self, mapping: FileMapping) -> None:
        self._by = mapping.account_from
        self._known: dict[str, str] = {}
        self._missing: set[str] = set()

    def learn(self, texts: Iterable[str | None]) -> None:
        """Look up those not seen before."""
        new = {text for text in texts if text and text not in self._known and text not in self._missing}
        if new:
            self._known.update(self._find(new))
            self._missing.update(new.difference(self._known))

    def missing(self) -> set[str]:
        """Those that name no account."""
        return self._missing

    def created(self, keys: Iterable[str]) -> None:
        """These accounts are there now."""
        for key in keys:
            self._missing.discard(key)
            self._known[key] = key

    def forget(self, keys: Iterable[str]) -> None:
        """These accounts were not made after all."""
        for key in keys:
            self._known.pop(key, None)
            self._missing.add(key)

    def key(self, text: str | None) -> str | None:
        """The account's key; None when there is none."""
        return self._known.get(text) if text else None

    def reason(self, text: str) -> str:
        """Why a row that says `text` cannot be taken."""
        by = "" if self._by == "key" else f" with the {self._by}"
        what = "account has the key" if self._by == "key" else f"account could be found{by}"
        return f"no {what} '{text}': {_HINTS[self._by]}"

    def _find(self, texts: set[str]) -> dict[str, str]:
        if self._by == "key":
            return {key: key for key in account_ids(texts)}
        if self._by == "subscription":
            pairs: list[tuple[str, str]] = []
            for chunk in batched(texts, _CHUNK):
                pairs += Subscription.objects.filter(key__in=chunk).values_list("key", "account__key")
            return dict(pairs)
        if self._by == "contact":
            return _keys_of_contacts(texts)
        return self._by_text(texts)

    def _by_text(self, texts: set[str]) -> dict[str, str]:
        """By name or domain, without regard to case. A text that fits two accounts fits none."""
        column = "name" if self._by == "name" else "domain"
        found: dict[str, set[str]] = {}
        for key, text in Account.objects.exclude(**{column: ""}).values_list("key", column).iterator():
            found.setdefault(_plain(text), set()).add(key)
        wanted = {text: found.get(_plain(text.rpartition("@")[2] if column == "domain" else text)) for text in texts}
        return {text: next(iter(keys)) for text, keys in wanted.items() if keys and len(keys) == 1}


def _keys_of_contacts(texts: set[str]) -> dict[str, str]:
    of_contact = {key: account_id for key, (_, account_id) in contact_ids(texts).items() if account_id}
    keys: dict[int, str] = {}
    for chunk in batched(set(of_contact.values()), _CHUNK):
        keys.update(Account.objects.filter(pk__in=chunk).values_list("pk", "key"))
    return {key: keys[account_id] for key, account_id in of_contact.items()}


def _plain(text: str) -> str:
    text = text.strip().casefold().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return text.rstrip("/")
