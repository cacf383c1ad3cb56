"""What identify, group and alias calls tell about accounts, contacts and browsers. Pure: events in, rows out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mainstay.accounts.services import AccountRow, ContactRow
from mainstay.ingest.events import Event

# Traits that have a column of their own, with the longest text it takes. The others become attributes.
_ACCOUNT_TEXTS = {"name": 200, "industry": 100, "country": 100, "tier": 50}
_CONTACT_TEXTS = {"email": 254, "name": 200, "title": 200, "persona": 50, "department": 100}
_MAX_EMPLOYEES = 2**31 - 1


@dataclass
class Told:
    """What the calls of a batch tell. `members`: user -> account; `browsers`: anonymous id -> user."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, str] = field(default_factory=dict)

    def account_rows(self) -> list[AccountRow]:
        """The accounts of group calls."""
        return [account_row(key, traits) for key, traits in self.accounts.items()]


def told_by(calls: Iterable[Event]) -> Told:
    """Read identify, group and alias calls in the order of their time: of two values of a trait the later one stays.

    Several connections of one client deliver out of order, so the order of arrival says nothing.
    """
    told = Told()
    for event in sorted(calls, key=lambda each: each.timestamp):
        if event.type == "group" and event.account_key:
            told.accounts.setdefault(event.account_key, {}).update(event.traits)
        elif event.type == "identify" and event.user_key:
            told.contacts.setdefault(event.user_key, {}).update(event.traits)
        if event.user_key and event.account_key:
            told.members[event.user_key] = event.account_key
        _link(told.browsers, event)
    return told


def _link(browsers: dict[str, str], event: Event) -> None:
    user = event.user_key
    if not user:
        return
    if event.anonymous_id:
        browsers.setdefault(event.anonymous_id, user)
    if event.previous_id and event.previous_id != user:
        browsers.setdefault(event.previous_id, user)


def account_row(key: str, traits: Mapping[str, Any]) -> AccountRow:
    """An account from the traits of its group calls."""
    rest = dict(traits)
    values: dict[str, Any] = _texts(rest, _ACCOUNT_TEXTS)
    if (domain := _domain(rest.get("domain")) or _domain(rest.get("website"))) is not None:
        values["domain"] = domain
        rest.pop("domain", None)
    employees = _count(rest.get("employees"))
    if employees is not None:
        values["employees"] = employees
        del rest["employees"]
    return AccountRow(key=key, attributes=rest, **values)


def contact_row(key: str, traits: Mapping[str, Any], account_key: str | None) -> ContactRow:
    """A contact from the traits of its identify calls; without an account, the one it has is left alone."""
    rest = dict(traits)
    values: dict[str, Any] = _texts(rest, _CONTACT_TEXTS)
    if "name" not in values:
        parts = [_first_text(rest, "firstName", "first_name"), _first_text(rest, "lastName", "last_name")]
        name = " ".join(part for part in parts if part)
        if name:
            values["name"] = name[:200]
    for used in ("firstName", "first_name", "lastName", "last_name"):
        rest.pop(used, None)
    if account_key is not None:
        values["account_key"] = account_key
    return ContactRow(key=key, attributes=rest, **values)


def _texts(rest: dict[str, Any], columns: Mapping[str, int]) -> dict[str, str]:
    """Take the texts that have a column out of `rest`. What is no text stays an attribute."""
    found = {}
    for name, longest in columns.items():
        value = rest.get(name)
        if isinstance(value, str):
            del rest[name]
            if value.strip():
                found[name] = value.strip()[:longest]
    return found


def _first_text(traits: Mapping[str, Any], *names: str) -> str:
    return next((value.strip() for name in names if isinstance(value := traits.get(name), str)), "")


def _domain(value: object) -> str | None:
    """`https://www.acme.example/about` and `acme.example` are both acme.example."""
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    return host.removeprefix("www.")[:200] if host else None


def _count(value: object) -> int | None:
    if isinstance(value, str):
        value = value.strip().replace(",", "")
        if not value.isdecimal():
            return None
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _MAX_EMPLOYEES else None
