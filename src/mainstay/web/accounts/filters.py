"""What the Portfolio is narrowed to: a segment, a search, owner, stage, tier, band and a condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.http import urlencode

from mainstay.conditions import ConditionError
from mainstay.segments import selectors
from mainstay.segments.fields import columns
from mainstay.segments.models import Segment
from mainstay.web.accounts.columns import ACCOUNTS, HEALTH, TABLES
from mainstay.web.http import whole_number

NAMES = ("segment", "q", "owner", "stage", "tier", "band", "condition")
NOBODY = "none"
# The segment of an address that names none: the shipped one that holds every account but the churned.
AT_FIRST = "all"


@dataclass(frozen=True)
class Term:
    """A part of a predicate and the tables it needs."""

    sql: str
    parameters: tuple[Any, ...]
    tables: frozenset[str]


@dataclass(frozen=True)
class Where:
    """A predicate: all of its terms."""

    terms: tuple[Term, ...] = ()

    @property
    def parameters(self) -> list[Any]:
        """Of all terms, in their order."""
        return [value for term in self.terms for value in term.parameters]

    @property
    def tables(self) -> frozenset[str]:
        """The tables of all terms."""
        return frozenset().union(*(term.tables for term in self.terms))

    def __and__(self, other: "Where") -> "Where":
        return Where(self.terms + other.terms)


def _where(sql: str, parameters: Iterable[Any], *tables: str) -> Where:
    return Where((Term(sql, tuple(parameters), frozenset(tables)),))


@dataclass(frozen=True)
class Filter:
    """The filter of an address, checked. A condition that cannot be taken is kept as text with its error."""

    values: Mapping[str, str] = field(default_factory=dict)
    where: Where = Where()
    segment: Segment | None = None
    condition_error: ConditionError | None = None

    def __getattr__(self, name: str) -> str:
        if name in NAMES:
            return self.values.get(name, "")
        raise AttributeError(name)

    @property
    def is_narrowed(self) -> bool:
        """True when something besides the tab narrows it."""
        return any(name != "segment" for name in self.values)

    @property
    def query(self) -> str:
        """As addresses have it, without `?`."""
        return urlencode(self.values)


def parse_filter(params: Mapping[str, str], segments: Mapping[str, Segment]) -> Filter:
    """The filter of an address. Unknown segments, owners and bands are ignored: an old link still shows accounts."""
    values = {name: params[name].strip() for name in NAMES if params.get(name, "").strip()}
    segment = segments.get(values.get("segment", "")) or segments.get(AT_FIRST)
    if segment is None or segment.key == AT_FIRST:
        values.pop("segment", None)
    where, error = Where(), None
    for name, make in _SIMPLE.items():
        if name in values:
            part = make(values[name])
            if part is None:
                del values[name]
            else:
                where &= part
    for text in [segment.condition if segment else "", values.get("condition", "")]:
        try:
            where &= where_of(text)
        except ConditionError as refused:
            error = refused
    return Filter(values, where, segment, error)


def where_of(text: str) -> Where:
    """The predicate of a condition; nothing for an empty one. `ConditionError` when it cannot be taken."""
    if not text.strip():
        return Where()
    condition = selectors.condition(text)
    if not condition.fields and condition.holds({}):
        return Where()
    sql, parameters = selectors.where(condition)
    used = " ".join(columns()[name] for name in condition.fields)
    tables = {name for name, table in TABLES.items() if table in used}
    return _where(f"({sql})", parameters, *tables)


def _search(text: str) -> Where:
    pattern = "%" + text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    parts = " OR ".join(f"LOWER(accounts_account.{name}) LIKE %s ESCAPE '\\'" for name in ("name", "domain", "key"))
    return _where(f"({parts})", [pattern] * 3, ACCOUNTS)


def _owner(text: str) -> Where | None:
    if text == NOBODY:
        return _where("accounts_account.owner_id IS NULL", [], ACCOUNTS)
    owner = whole_number(text)
    return None if owner is None else _where("accounts_account.owner_id = %s", [owner], ACCOUNTS)


def _stage(text: str) -> Where:
    return _where("accounts_account.stage = %s", [text], ACCOUNTS)


def _tier(text: str) -> Where:
    return _where("accounts_account.tier = %s", [text], ACCOUNTS)


def _band(text: str) -> Where | None:
    if text == "unknown":
        # An account that was never scored has no row at all.
        return _where("(scores_health.band = 'unknown' OR scores_health.band IS NULL)", [], HEALTH)
    return _where("scores_health.band = %s", [text], HEALTH) if text in ("green", "yellow", "red") else None


_SIMPLE = {"q": _search, "owner": _owner, "stage": _stage, "tier": _tier, "band": _band}
