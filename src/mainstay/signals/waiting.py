"""Conditions that must hold for a while before their signal opens: what waits, since when, and what is ready.

Kept as rows, so that a wait outlives a restart. Each look removes what no longer holds (or is unknown: a wait asks to
know), counts the present day once, and begins a wait where the condition holds for the first time. Where nobody looked
yesterday (the kind is new or changed, Mainstay stood still, a source was late) the kept days tell since when it holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import batched, takewhile
from typing import Any

from django.db import connection
from django.db.models import F, Max

from mainstay.common.time import DAY, midnight
from mainstay.lake.days import Known
from mainstay.segments import fields, history
from mainstay.signals.kind import Kind
from mainstay.signals.models import Look, Pending, Signal

# Kept days may be missing; looking further back than this beyond the time that is asked for changes nothing.
_GAPS = timedelta(days=35)


def look(kind: Kind, where: str, parameters: Sequence[Any], *, above: int, now: datetime) -> None:
    """Bring the waits of a kind up to date. `where`: of the accounts its condition holds for, over `fields.FROM`.

    Waits that begin now stand already for accounts whose id is above `above`. Inside the caller's transaction.
    """
    holding, today = f"SELECT accounts_account.id FROM {fields.FROM} WHERE {where}", now.date()
    last = Look.objects.filter(kind=kind.key).first()
    if last is None or last.at.date() < today - DAY:
        _begin_from_history(kind, holding, parameters, above=above, now=now)
    else:
        _go_on(kind, holding, parameters, above=above, now=now)
    Look.objects.update_or_create(kind=kind.key, defaults={"at": now})


def _go_on(kind: Kind, holding: str, parameters: Sequence[Any], *, above: int, now: datetime) -> None:
    today = now.date()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM signals_pending WHERE kind = %s AND account_id NOT IN ({holding})", [kind.key, *parameters]
        )
        Pending.objects.filter(kind=kind.key, seen_on__lt=today).update(days=F("days") + 1, seen_on=today)
        cursor.execute(
            "INSERT INTO signals_pending (kind, account_id, since, days, seen_on, is_standing) "
            f"SELECT %s, id, %s, 1, %s, id > %s FROM ({holding}) AS found WHERE id NOT IN "
            "(SELECT account_id FROM signals_pending WHERE kind = %s) ON CONFLICT DO NOTHING",
            [kind.key, _adapted(now), today.isoformat(), above, *parameters, kind.key],
        )


def _begin_from_history(kind: Kind, holding: str, parameters: Sequence[Any], *, above: int, now: datetime) -> None:
    stood = standing(kind)
    Pending.objects.filter(kind=kind.key).delete()
    with connection.cursor() as cursor:
        cursor.execute(holding, list(parameters))
        ids = [row[0] for row in cursor.fetchall()]
    closed, rows = _last_closed(kind), []
    for pk, looks in _held(kind, ids, now=now):
        # A wait begins anew when a signal closes: looks before that do not count.
        counted = [look for look in looks if pk not in closed or look >= closed[pk]]
        since = min([*counted, now])
        days = len({look.date() for look in [*counted, now]})
        is_standing = pk > above or pk in stood
        rows.append(
            Pending(kind=kind.key, account_id=pk, since=since, days=days, seen_on=now.date(), is_standing=is_standing)
        )
    Pending.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _held(kind: Kind, account_ids: Sequence[int], *, now: datetime) -> Iterator[tuple[int, list[datetime]]]:
    """For each account, the instants of the kept days up to now at which the condition held without a break."""
    hold = kind.document.holds_for
    assert hold is not None  # asked only for kinds that wait
    start = now.date() - timedelta(days=(hold.days or hold.periods or 0) + 1) - _GAPS
    days: set[date] = set()
    held: dict[int, set[date]] = {pk: set() for pk in account_ids}
    asked = {"opens": kind.opens}
    for table in history.answers(asked, start, now.date(), known=Known.THEN) if held else ():
        days |= set(table["day"].unique().to_pylist())
        holding = table.filter(table["opens"])
        for pk, day in zip(holding["account_id"].to_pylist(), holding["day"].to_pylist(), strict=True):
            if pk in held:
                held[pk].add(day)
    backwards = sorted(days, reverse=True)
    for pk, holding_days in held.items():
        yield pk, [midnight(day + DAY) for day in takewhile(holding_days.__contains__, backwards)]


def _last_closed(kind: Kind) -> Mapping[int, datetime]:
    closed = Signal.objects.filter(kind=kind.key, closed_at__isnull=False).order_by().values_list("account_id")
    return dict(closed.annotate(Max("closed_at")))


def ready(kind: Kind, *, now: datetime) -> tuple[str, list[Any]]:
    """A statement for the accounts that have waited for as long as the kind asks for."""
    hold = kind.document.holds_for
    assert hold is not None  # asked only for kinds that wait
    if hold.days is not None:
        since = _adapted(now - timedelta(days=hold.days))
        return "SELECT account_id FROM signals_pending WHERE kind = %s AND since <= %s", [kind.key, since]
    return "SELECT account_id FROM signals_pending WHERE kind = %s AND days >= %s", [kind.key, hold.periods]


def standing(kind: Kind) -> frozenset[int]:
    """The accounts whose waits began at a first look."""
    found = Pending.objects.filter(kind=kind.key, is_standing=True).values_list("account_id", flat=True)
    return frozenset(found)


def forget(kind: Kind, account_ids: Sequence[int]) -> None:
    """These waited long enough: their signals are open."""
    if kind.document.holds_for is None:
        return
    for chunk in batched(account_ids, 800):
        Pending.objects.filter(kind=kind.key, account__in=chunk).delete()


def _adapted(instant: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(instant)
