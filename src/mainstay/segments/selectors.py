"""Reads: the accounts a condition holds for, the segments a user sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncDate

from mainstay.accounts.models import Account
from mainstay.common.errors import NotFound
from mainstay.common.time import midnight
from mainstay.conditions import Condition, ConditionError, NoSegment, parse
from mainstay.conditions.words import IN_SEGMENT
from mainstay.people.models import User
from mainstay.segments import fields
from mainstay.segments.document import Document
from mainstay.segments.models import Membership, Segment


def condition(text: str, *, of: str = "", shared: Mapping[str, str] | None = None) -> Condition:
    """A condition over all fields of accounts, health and metrics, and the shared segments. Raises ConditionError.

    `of`: the key of the segment this is the condition of, which cannot contain itself. `shared`: the texts of the
    shared segments by key, read when one is named unless given. The conditions of segments that are named become part
    of this one, as they are when it is parsed.
    """
    return parse(text, fields.condition_fields(), find_segment=_Finder(of, shared))


class _Finder:
    """Finds the conditions of shared segments, and the ones they name in turn."""

    def __init__(self, of: str, shared: Mapping[str, str] | None) -> None:
        self._inside = [of] if of else []
        self._shared = shared

    def __call__(self, key: str) -> Condition:
        if key in self._inside:
            raise NoSegment(f"The segment would contain itself: {' → '.join([*self._inside, key])}.")
        if self._shared is None:
            self._shared = shared_conditions()
        if key not in self._shared:
            near = next(iter(get_close_matches(key, self._shared, n=1)), "")
            hint = f"; did you mean {near}?" if near else ". Only shared segments can be named."
            raise NoSegment(f"There is no segment '{key[:60]}'{hint}", suggestion=near)
        self._inside.append(key)
        try:
            return parse(self._shared[key], fields.condition_fields(), find_segment=self)
        except ConditionError as error:
            raise NoSegment(f"The segment '{key}' cannot be taken. {error.reason}") from error
        finally:
            self._inside.pop()


def shared_conditions() -> dict[str, str]:
    """The texts of the shared segments, by key."""
    return dict(Segment.objects.filter(is_shared=True).order_by("pk").values_list("key", "condition"))


def broken() -> dict[str, str]:
    """Why the conditions of segments can no longer be taken, by key; as of now, not of their last refresh."""
    shared, found = shared_conditions(), {}
    for key, text in Segment.objects.order_by("key").values_list("key", "condition"):
        try:
            condition(text, of=key, shared=shared)
        except ConditionError as error:
            found[key] = error.message
    return found


def naming(key: str) -> list[Segment]:
    """The segments whose condition names the segment of this key."""
    texts = Segment.objects.filter(condition__icontains=IN_SEGMENT).exclude(key=key)
    return [segment for segment in texts if names_segment(segment.condition, key)]


def names_segment(text: str, key: str) -> bool:
    """Whether a condition names a segment; one that cannot be taken names none."""
    try:
        return IN_SEGMENT in text.lower() and key in condition(text).segments
    except ConditionError:
        return False


def where(condition: Condition) -> tuple[str, list[Any]]:
    """The SQL predicate over `fields.FROM`, with its parameters."""
    return condition.to_sql(fields.columns(), dialect=connection.vendor)


def ids_sql(condition: Condition) -> tuple[str, list[Any]]:
    """A statement that gives the ids of the accounts the condition holds for."""
    source, parameters = _matching(condition)
    return f"SELECT accounts_account.id {source}", parameters


def matching(condition: Condition, *, base: QuerySet[Account] | None = None) -> QuerySet[Account]:
    """The accounts of `base` (all) that the condition holds for."""
    sql, parameters = ids_sql(condition)
    return (Account.objects.all() if base is None else base).filter(pk__in=RawSQL(sql, parameters))


def holding_among(condition: Condition, account_ids: Iterable[int]) -> set[int]:
    """Those of these accounts that the condition holds for. Looks at no others: cheap for a few of many."""
    source, parameters = _matching(condition)
    found: set[int] = set()
    for chunk in batched(account_ids, 500):
        marks = ", ".join(["%s"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT accounts_account.id {source} AND accounts_account.id IN ({marks})", [*parameters, *chunk]
            )
            found.update(pk for (pk,) in cursor.fetchall())
    return found


def values_of(condition: Condition, account_id: int) -> dict[str, Any]:
    """The fields that a condition names, with what they are for an account now; None where that is unknown."""
    names, columns = sorted(condition.fields), fields.columns()
    if not names:
        return {}
    chosen = ", ".join(columns[name] for name in names)
    with connection.cursor() as cursor:
        source = fields.source(condition.fields)
        cursor.execute(f"SELECT {chosen} FROM {source} WHERE accounts_account.id = %s", [account_id])
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row is not None else {}


def count(condition: Condition) -> int:
    """How many accounts the condition holds for."""
    source, parameters = _matching(condition)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {source}", parameters)
        return int(cursor.fetchone()[0])


def _matching(condition: Condition) -> tuple[str, list[Any]]:
    sql, parameters = where(condition)
    # Asked like this, the narrow indexes are read in the order of accounts. A plain predicate can make SQLite begin
    # with the index of one column and look up every row beside it: three to ten times slower where many match.
    return f"FROM {fields.source(condition.fields)} WHERE ({sql}) IS TRUE", parameters


def document_of(segment: Segment) -> Document:
    """What a stored segment says."""
    return Document.model_construct(
        key=segment.key,
        name=segment.name,
        description=segment.description,
        condition=segment.condition,
        shared=segment.is_shared,
    )


def visible_segments(user: User) -> QuerySet[Segment]:
    """The shared segments and the user's own, in their order."""
    return Segment.objects.filter(Q(is_shared=True) | Q(owner=user))


def get_segment(key: str, user: User) -> Segment:
    """A segment this user may see. Raises NotFound."""
    segment = visible_segments(user).filter(key=key).first()
    if segment is None:
        raise NotFound(f"There is no segment '{key}'; it was removed, or somebody keeps it to herself.")
    return segment


def members_at(segment: Segment, at: datetime) -> QuerySet[Membership]:
    """The stays that were going on at an instant."""
    return segment.memberships.filter(Q(left_at=None) | Q(left_at__gt=at), entered_at__lte=at)


@dataclass(frozen=True)
class Moves:
    """How many stays began and ended; those that a change of the condition made are not among them."""

    entered: int = 0
    left: int = 0


def moves_since(since: datetime, until: datetime) -> dict[int, Moves]:
    """What happened in `[since, until)`, by the id of the segment."""
    by_rule = Q(segment__condition_since=None) | ~Q(entered_at=F("segment__condition_since"))
    entered = _counts(Membership.objects.filter(by_rule, entered_at__gte=since, entered_at__lt=until))
    by_rule = Q(segment__condition_since=None) | ~Q(left_at=F("segment__condition_since"))
    left = _counts(Membership.objects.filter(by_rule, left_at__gte=since, left_at__lt=until))
    return {pk: Moves(entered.get(pk, 0), left.get(pk, 0)) for pk in {*entered, *left}}


def sizes(segment: Segment, start: date, end: date) -> list[tuple[date, int]]:
    """How many were in it at the end of each day of `[start, end)`, from the first stay on."""
    stays = segment.memberships
    first = stays.aggregate(first=Min("entered_at"))["first"]
    if first is None:
        return []
    start = max(start, first.astimezone(UTC).date())
    count = members_at(segment, midnight(start) - timedelta(microseconds=1)).count()
    came, went = _by_day(segment, "entered_at", start, end), _by_day(segment, "left_at", start, end)
    found = []
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        count += came.get(day, 0) - went.get(day, 0)
        found.append((day, count))
    return found


def stays_of(account_id: int, user: User, *, at: datetime) -> list[Membership]:
    """The stays of an account up to an instant in the segments this user sees: the present ones, then the past ones.

    A stay that ended later is still going on then.
    """
    seen = visible_segments(user)
    stays = Membership.objects.filter(account=account_id, entered_at__lte=at, segment__in=seen)
    found = list(stays.select_related("segment").order_by("-entered_at", "segment__position"))
    for stay in found:
        if stay.left_at is not None and stay.left_at > at:
            stay.left_at = None
    return sorted(found, key=lambda stay: stay.left_at is not None)


def _counts(stays: QuerySet[Membership]) -> dict[int, int]:
    return dict(stays.order_by().values_list("segment").annotate(Count("pk")))


def _by_day(segment: Segment, name: str, start: date, end: date) -> dict[date, int]:
    stays = segment.memberships.filter(**{f"{name}__gte": midnight(start), f"{name}__lt": midnight(end)})
    return dict(stays.order_by().annotate(day=TruncDate(name, tzinfo=UTC)).values_list("day").annotate(Count("pk")))
