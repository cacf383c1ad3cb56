"""The look at all accounts that opens and closes signals.

Opening needs the condition to hold; a value that is missing makes it null, and null opens nothing. Closing needs it to
be definitely false (or `closes` to hold), or the account to have churned: null keeps a signal open. While a source is
late, the kinds that rest on it neither open nor close; those that rest on a score do neither for accounts whose score
leaves out late data. What opens at the first look at an account is marked as standing (`horizon`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from mainstay.ingest.sources import freshness
from mainstay.metrics import past
from mainstay.scores import history
from mainstay.scores.account_fields import HAS_CHURNED
from mainstay.segments import fields
from mainstay.signals import evidence, horizon, selectors, waiting
from mainstay.signals.horizon import Unseen
from mainstay.signals.kind import Kind
from mainstay.signals.models import Closing, Signal

# Without late data in its score; an account that was never scored has none.
ON_TIME = "COALESCE(scores_health.has_late, (1 = 0)) = (1 = 0)"
# Whose open signal, or whose dismissed one that would be open otherwise, stands in the way.
_TAKEN = "SELECT account_id FROM signals_signal WHERE kind = %s AND (closed_at IS NULL OR is_quiet)"
_RECENTLY_CLOSED = "SELECT account_id FROM signals_signal WHERE kind = %s AND closed_at > %s"
_JOINS = fields.FROM.removeprefix("accounts_account ")


@dataclass(frozen=True)
class DetectResult:
    """What a look at all accounts changed. `frozen`: how many kinds were left alone, a source of theirs being late."""

    opened: int
    closed: int
    frozen: int = 0


def detect(now: datetime, *, kinds: Iterable[Kind] | None = None) -> DetectResult:
    """Open and close the signals of every kind (or of `kinds`), each kind in a transaction of its own. Repeatable."""
    sources = freshness(now)
    late = {key for key, source in sources.items() if source.is_late}
    delivered = [key for key, source in sources.items() if source.last_received_at is not None]
    until, unseen = horizon.latest_account(), horizon.unseen(delivered)
    result = DetectResult(0, _close_churned(now))
    for kind in selectors.kinds().values() if kinds is None else kinds:
        if not kind.document.enabled:
            continue
        if kind.sources & late:
            result = replace(result, frozen=result.frozen + 1)
            continue
        with transaction.atomic():
            closed = _close(kind, now=now)
            opened = _open(kind, unseen, now=now)
        result = replace(result, opened=result.opened + opened, closed=result.closed + closed)
    horizon.move(delivered, until=until, now=now)
    return result


def _close_churned(now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signals_signal SET closed_at = %s, closing = %s WHERE closed_at IS NULL AND account_id IN "
            f"(SELECT id FROM accounts_account WHERE {HAS_CHURNED})",
            [instant(now), Closing.CHURNED, now.date().isoformat()],
        )
        return int(cursor.rowcount)


def to_close(kind: Kind) -> list[int]:
    """The ids of the open signals of a kind, and of the dismissed ones that stay quiet, whose time has come."""
    sql, parameters = (kind.closes or kind.opens.negated()).to_sql(fields.columns(), dialect=connection.vendor)
    on_time = f"AND {ON_TIME}" if kind.rests_on_health else ""
    with connection.cursor() as cursor:
        # The open signals come first: they are few, the accounts are many.
        cursor.execute(
            "SELECT signals_signal.id FROM signals_signal "
            f"JOIN accounts_account ON accounts_account.id = signals_signal.account_id {_JOINS} "
            "WHERE signals_signal.kind = %s AND (signals_signal.closed_at IS NULL OR signals_signal.is_quiet) "
            f"AND {sql} {on_time}",
            [kind.key, *parameters],
        )
        return [row[0] for row in cursor.fetchall()]


def _close(kind: Kind, *, now: datetime) -> int:
    ids, closed = to_close(kind), 0
    for chunk in batched(ids, 800):
        Signal.objects.filter(pk__in=chunk, is_quiet=True).update(is_quiet=False)
        closed += Signal.objects.filter(pk__in=chunk, closed_at=None).update(closed_at=now, closing=Closing.STOPPED)
    return closed


def _open(kind: Kind, unseen: Unseen, *, now: datetime) -> int:
    chosen, parameters = candidates(kind, now=now)
    above = 0 if unseen.is_new_to(kind) else unseen.above
    if kind.document.holds_for is not None:
        waiting.look(kind, chosen, parameters, above=above, now=now)
        ready, more = waiting.ready(kind, now=now)
        chosen, parameters = f"{chosen} AND accounts_account.id IN ({ready})", [*parameters, *more]
    if kind.document.pause_days:
        since = now - timedelta(days=kind.document.pause_days)
        chosen += f" AND accounts_account.id NOT IN ({_RECENTLY_CLOSED})"
        parameters = [*parameters, kind.key, instant(since)]
    names = list(dict.fromkeys(item.field for item in kind.document.evidence))
    rows = _rows(kind, names, chosen, parameters)
    then = _then(kind, [row[0] for row in rows], now.date()) if rows else {}
    stood = waiting.standing(kind) if rows and kind.document.holds_for is not None else frozenset[int]()
    signals = [
        _signal(
            kind,
            account_id=pk,
            stake=stake,
            cause=cause or "",
            values=dict(zip(names, values, strict=True)),
            former=then.get(pk, {}),
            is_standing=pk > above or pk in stood,
            now=now,
        )
        for pk, stake, cause, *values in rows
    ]
    # Another process may open the same one at the same time; the database keeps one.
    _insert(signals)
    waiting.forget(kind, [one.account_id for one in signals])
    return len(signals)


def candidates(kind: Kind, *, now: datetime) -> tuple[str, list[Any]]:
    """What follows WHERE for the accounts over which the kind's condition holds and that have no open signal of it."""
    sql, parameters = kind.opens.to_sql(fields.columns(), dialect=connection.vendor)
    on_time = f"AND {ON_TIME}" if kind.rests_on_health else ""
    # `NOT IN` is hashed whatever the database knows of the table. A join against one that was just filled for the
    # first time, without statistics, was planned as a loop over it (100 s on PostgreSQL at 100,000 accounts).
    return (
        f"{sql} AND NOT {HAS_CHURNED} {on_time} AND accounts_account.id NOT IN ({_TAKEN})",
        [*parameters, now.date().isoformat(), kind.key],
    )


def _rows(kind: Kind, names: Sequence[str], where: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    columns = fields.columns()
    chosen = ["accounts_account.id", columns[evidence.money_of(kind.document)], "scores_health.cause"]
    chosen += [columns[name] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(chosen)} FROM {fields.FROM} WHERE {where} ORDER BY accounts_account.id",
            list(parameters),
        )
        return list(cursor.fetchall())


def _insert(signals: Sequence[Signal]) -> None:
    """Straight into the table: the ORM takes ten times as long for the same rows."""
    names = ("account_id", "kind", "severity", "opened_at", "is_standing", "evidence", "summary", "at_stake_minor",
             "currency", "closing", "is_quiet")  # fmt: skip
    rows = [
        (one.account_id, one.kind, one.severity, instant(one.opened_at), one.is_standing,
         msgspec.json.encode(one.evidence).decode(), one.summary, one.at_stake_minor, one.currency, "", False)
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
    stake: float | None,
    cause: str,
    values: Mapping[str, Any],
    former: Mapping[str, Any],
    is_standing: bool,
    now: datetime,
) -> Signal:
    shown = evidence.evidence(kind.document, values, former)
    return Signal(
        account_id=account_id,
        kind=kind.key,
        severity=kind.severity,
        opened_at=now,
        is_standing=is_standing,
        evidence=shown,
        summary=evidence.summary(kind.document, shown, cause=cause),
        at_stake_minor=evidence.at_stake(kind.document, stake),
        currency=settings.REPORTING_CURRENCY,
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


def instant(now: datetime) -> Any:
    """As the database in use takes it in a statement of our own."""
    return connection.ops.adapt_datetimefield_value(now)
