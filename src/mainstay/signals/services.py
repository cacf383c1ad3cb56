"""Writes: opens and closes signals, and keeps what people do with them.

Opening needs the condition to hold; a value that is missing makes it null, and null opens nothing. Closing needs it to
be definitely false, or the account to have churned: null keeps a signal open. While a source is late, the kinds that
rest on it neither open nor close; those that rest on a score do neither for accounts whose score leaves out late data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from mainstay.common.money import exponent
from mainstay.ingest.sources import freshness
from mainstay.metrics import past
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import history
from mainstay.scores.account_fields import HAS_CHURNED
from mainstay.segments import fields
from mainstay.signals import evidence, registry
from mainstay.signals.errors import BadSnooze
from mainstay.signals.models import Signal
from mainstay.signals.registry import Kind

# Without late data in its score; an account that was never scored has none.
_ON_TIME = "COALESCE(scores_health.has_late, (1 = 0)) = (1 = 0)"


@dataclass(frozen=True)
class DetectResult:
    """What a look at all accounts changed. `frozen`: how many kinds were left alone, a source of theirs being late."""

    opened: int
    closed: int
    frozen: int = 0


def detect(now: datetime, *, kinds: Iterable[Kind] | None = None) -> DetectResult:
    """Open and close the signals of every kind (or of `kinds`), each kind in a transaction of its own. Repeatable."""
    late = {key for key, source in freshness(now).items() if source.is_late}
    result = DetectResult(0, _close_churned(now))
    for kind in registry.kinds().values() if kinds is None else kinds:
        if kind.sources & late:
            result = replace(result, frozen=result.frozen + 1)
            continue
        with transaction.atomic():
            closed = _close(kind, now=now)
            opened = _open(kind, now=now)
        result = replace(result, opened=result.opened + opened, closed=result.closed + closed)
    return result


def acknowledge(signal: Signal, *, by: User, now: datetime) -> None:
    """Somebody has seen it and takes it on. Repeated, it keeps who was first."""
    _act(signal, "acknowledged", by=by, acknowledged_at=signal.acknowledged_at or now,
         acknowledged_by=signal.acknowledged_by if signal.acknowledged_at else by)  # fmt: skip


def snooze(signal: Signal, *, until: datetime, by: User, now: datetime) -> None:
    """Keep it from lists until an instant to come. It still closes by itself. Raises BadSnooze."""
    if until <= now:
        raise BadSnooze(f"{until:%d %b %Y %H:%M} is over; snooze until an instant to come.")
    _act(signal, "snoozed", by=by, snoozed_until=until)


def reopen(signal: Signal, *, by: User, now: datetime) -> None:
    """Take back that it was acknowledged or snoozed."""
    _act(signal, "reopened", by=by, acknowledged_at=None, acknowledged_by=None, snoozed_until=None)


@transaction.atomic
def _act(signal: Signal, verb: str, *, by: User, **changes: Any) -> None:
    require_role(by, Role.CSM)
    for name, value in changes.items():
        setattr(signal, name, value)
    signal.save(update_fields=list(changes))
    details = {name: value.isoformat() for name, value in changes.items() if isinstance(value, datetime)}
    record_audit(by, f"signals.{verb}", f"signal:{signal.pk}", account=signal.account.key, kind=signal.kind, **details)


def _close_churned(now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signals_signal SET closed_at = %s WHERE closed_at IS NULL AND account_id IN "
            f"(SELECT id FROM accounts_account WHERE {HAS_CHURNED})",
            [_instant(now), now.date().isoformat()],
        )
        return int(cursor.rowcount)


def _close(kind: Kind, *, now: datetime) -> int:
    if kind.closes is not None:
        sql, parameters = kind.closes.to_sql(fields.columns(), dialect=connection.vendor)
    else:
        sql, parameters = kind.opens.to_sql(fields.columns(), dialect=connection.vendor)
        sql = f"(NOT {sql})"
    on_time = f"AND {_ON_TIME}" if kind.rests_on_health else ""
    with connection.cursor() as cursor:
        # The open signals come first: they are few, the accounts are many.
        cursor.execute(
            "SELECT signals_signal.id FROM signals_signal "
            f"JOIN accounts_account ON accounts_account.id = signals_signal.account_id {_JOINS} "
            f"WHERE signals_signal.kind = %s AND signals_signal.closed_at IS NULL AND {sql} {on_time}",
            [kind.key, *parameters],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return sum(Signal.objects.filter(pk__in=chunk, closed_at=None).update(closed_at=now) for chunk in batched(ids, 800))


_JOINS = fields.FROM.removeprefix("accounts_account ")


def _open(kind: Kind, *, now: datetime) -> int:
    sql, parameters = kind.opens.to_sql(fields.columns(), dialect=connection.vendor)
    columns = fields.columns()
    names = list(dict.fromkeys(item.field for item in kind.document.evidence))
    chosen = ["accounts_account.id", columns["arr"], "scores_health.cause", *(columns[name] for name in names)]
    on_time = f"AND {_ON_TIME}" if kind.rests_on_health else ""
    with connection.cursor() as cursor:
        # `NOT IN` is hashed whatever the database knows of the table. A join against one that was just filled for the
        # first time, without statistics, was planned as a loop over it (100 s on PostgreSQL at 100,000 accounts).
        cursor.execute(
            f"SELECT {', '.join(chosen)} FROM {fields.FROM} WHERE {sql} AND NOT {HAS_CHURNED} {on_time} "
            "AND accounts_account.id NOT IN "
            "(SELECT account_id FROM signals_signal WHERE kind = %s AND closed_at IS NULL) "
            "ORDER BY accounts_account.id",
            [*parameters, now.date().isoformat(), kind.key],
        )
        rows = cursor.fetchall()
    then = _then(kind, [row[0] for row in rows], now.date()) if rows else {}
    signals = [
        _signal(
            kind,
            account_id=pk,
            arr=arr,
            cause=cause or "",
            values=dict(zip(names, values, strict=True)),
            former=then.get(pk, {}),
            now=now,
        )
        for pk, arr, cause, *values in rows
    ]
    # Another process may open the same one at the same time; the database keeps one.
    _insert(signals)
    return len(signals)


def _insert(signals: Sequence[Signal]) -> None:
    """Straight into the table: the ORM takes ten times as long for the same rows."""
    names = ("account_id", "kind", "severity", "opened_at", "evidence", "summary", "at_stake_minor", "currency")
    rows = [
        (one.account_id, one.kind, one.severity, _instant(one.opened_at), msgspec.json.encode(one.evidence).decode(),
         one.summary, one.at_stake_minor, one.currency)
        for one in signals
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO signals_signal ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) "
            "ON CONFLICT DO NOTHING",
            rows,
        )


def _signal(
    kind: Kind,
    *,
    account_id: int,
    arr: float | None,
    cause: str,
    values: Mapping[str, Any],
    former: Mapping[str, Any],
    now: datetime,
) -> Signal:
    shown = evidence.evidence(kind.document, values, former)
    currency = settings.REPORTING_CURRENCY
    return Signal(
        account_id=account_id,
        kind=kind.key,
        severity=kind.severity,
        opened_at=now,
        evidence=shown,
        summary=evidence.summary(kind.document, shown, cause=cause),
        at_stake_minor=None if arr is None else round(Decimal(str(arr)).scaleb(exponent(currency))),
        currency=currency,
    )


def _then(kind: Kind, ids: Sequence[int], today: date) -> dict[int, dict[str, Any]]:
    """The values of the evidence as of `days_ago`, by account, from what was kept of that day."""
    found: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
    for days_ago in {item.days_ago for item in kind.document.evidence if item.days_ago}:
        names = [item.field for item in kind.document.evidence if item.days_ago == days_ago]
        # What was known at the first instant of that day is kept as the day before.
        day = today - timedelta(days=days_ago + 1)
        for pk, values in _kept(day, names, set(ids)).items():
            found[pk] |= values
    return found


def _kept(day: date, names: Sequence[str], ids: set[int]) -> dict[int, dict[str, Any]]:
    kept: dict[int, dict[str, Any]] = {}
    if fields.HEALTH_FIELDS & set(names):
        kept = history.of_day(day, ids)
    metrics = [name for name in names if name not in fields.HEALTH_FIELDS]
    if metrics and past.has_day(day):
        table = past.read_day(day)
        present = [name for name in metrics if name in table.column_names]
        for row in table.select(["account_id", *present]).to_pylist():
            if row["account_id"] in ids:
                kept.setdefault(row.pop("account_id"), {}).update(row)
    return {pk: {name: values[name] for name in names if name in values} for pk, values in kept.items()}


def _instant(now: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(now)
