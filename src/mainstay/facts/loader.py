"""From the inbox into the lake: each event exactly once, whatever dies when.

A batch is parsed outside any transaction. Then one SQL transaction holds all that comes of it: accounts, contacts,
links, the commit of the lake's files, dead letters, days to roll up, the arrival at the source, and that the envelopes
are loaded. Files that were written for a transaction that failed are seen by nobody and vacuumed.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from django.db import DataError, transaction

from mainstay.accounts.selectors import contact_ids
from mainstay.accounts.services import upsert_accounts, upsert_contacts
from mainstay.common.garbage import no_search_for_cycles
from mainstay.facts import attachment, identity, links
from mainstay.facts.attachment import OpenKey
from mainstay.facts.batch import Batch
from mainstay.facts.models import DirtyDay
from mainstay.facts.schema import EVENTS
from mainstay.facts.traits import Told, contact_row, told_by
from mainstay.facts.watch import observation
from mainstay.ingest import sources
from mainstay.ingest.envelope import OWN_KIND, Envelope, Rejection
from mainstay.ingest.errors import AlreadyLoaded
from mainstay.ingest.events import open_envelope
from mainstay.ingest.inbox import Inbox, open_inbox
from mainstay.ingest.models import DeadLetter
from mainstay.lake import engine, locks
from mainstay.lake.errors import AlreadyCommitted
from mainstay.lake.store import Lake, StagedFile
from mainstay.people.models import WriteKey

logger = logging.getLogger(__name__)

# About 70,000 events: large enough that a commit costs little, small enough for 400 MB of memory.
BATCH_BYTES = 32 * 2**20
_HARDLY_REPEATING = ("message_hash", "timestamp", "original_timestamp", "properties")
_UNWRITABLE = (DataError, UnicodeError, OverflowError, pa.ArrowInvalid, duckdb.DataError)
# How long a message id is remembered.
DUPLICATES_WITHIN = timedelta(days=7)
# A batch that is spread over more days (an import of history) is written by months.
_MAX_DAY_FILES = 7


@dataclass(frozen=True)
class LoadResult:
    """What a load took: events written, events that were there already, events refused, batches committed."""

    events: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    batches: int = 0

    def __add__(self, other: "LoadResult") -> "LoadResult":
        return LoadResult(
            self.events + other.events,
            self.duplicates + other.duplicates,
            self.dead_letters + other.dead_letters,
            self.batches + other.batches,
        )


def load(now: datetime) -> LoadResult:
    """Load everything that waits in the inbox, batch by batch.

    What arrives meanwhile is left for the next time: under steady arrivals this would never end, and nothing would be
    computed from what was loaded.
    """
    inbox, total = open_inbox(), LoadResult()
    with locks.exclusive("loader"), no_search_for_cycles():
        waiting = inbox.waiting()[0]
        while waiting > 0 and (envelopes := inbox.read(limit_bytes=BATCH_BYTES)):
            waiting -= len(envelopes)
            try:
                total += _load_or_divide(inbox, envelopes, now=now)
            except (AlreadyLoaded, AlreadyCommitted):
                # Another loader was faster, which the lock only prevents on a working network: look again.
                continue
    return total


def _load_or_divide(inbox: Inbox, envelopes: Sequence[Envelope], *, now: datetime) -> LoadResult:
    """As `load_batch`; of a batch that cannot be written, find the envelope at fault and put it aside.

    Nothing is known that gets so far and cannot be written; should there be something, it must not stop all that
    comes after it. A full disk or a database that is away is no fault of an envelope, and raises.
    """
    try:
        return load_batch(inbox, envelopes, now=now)
    except _UNWRITABLE as error:
        if len(envelopes) > 1:
            half = len(envelopes) // 2
            first = _load_or_divide(inbox, envelopes[:half], now=now)
            return first + _load_or_divide(inbox, envelopes[half:], now=now)
        logger.exception("Envelope %s of the inbox cannot be loaded and is kept as a dead letter.", envelopes[0].id)
        reason = f"The request could not be loaded ({type(error).__name__}: {error}). Please report it."
        with transaction.atomic():
            inbox.mark_loaded([envelopes[0].id])
            _write_dead_letters([(envelopes[0], Rejection(0, "", "cannot_be_loaded", reason, envelopes[0].body))])
        return LoadResult(dead_letters=1, batches=1)


def load_batch(inbox: Inbox, envelopes: Sequence[Envelope], *, now: datetime) -> LoadResult:
    """Load these envelopes in one transaction. Raises AlreadyLoaded when somebody else did."""
    rows, refused = Batch(), list[tuple[Envelope, Rejection]]()
    own = 0
    for envelope in envelopes:
        opened = open_envelope(envelope)
        rows.add(opened.events)
        own += len(opened.events) if envelope.kind == OWN_KIND else 0
        refused += [(envelope, rejection) for rejection in opened.rejected]
    # Not the first one's: history from a file stands behind what arrives live.
    earliest = min(envelope.received_at for envelope in envelopes)
    arrived = rows.to_arrow()
    with engine.cursor() as cursor:
        repeated = _repeated(cursor, arrived, earliest=earliest)
        count = len(rows) - len(repeated)
        with transaction.atomic():
            inbox.mark_loaded([envelope.id for envelope in envelopes])
            if count:
                calls = [event for position, event in rows.calls if position not in repeated]
                _write_identities(told_by(calls), _users(cursor), on=now.date())
                _write_events(cursor, arrived, key=f"inbox {envelopes[0].id}-{envelopes[-1].id}")
                observation.observe_late(cursor, "arrived JOIN fresh USING (position)", earliest=earliest)
                _record_arrival(envelopes, rows=count - own)
            _write_dead_letters(refused)
    return LoadResult(count, len(repeated), len(refused), 1)


def _record_arrival(envelopes: Sequence[Envelope], *, rows: int) -> None:
    """Events of the product are a sign of its life; receipts of our own messages are none."""
    arrived = [envelope.received_at for envelope in envelopes if envelope.kind != OWN_KIND]
    if arrived:
        sources.record_arrival("product", at=arrived[-1], rows=rows)


def _repeated(cursor: duckdb.DuckDBPyConnection, arrived: pa.Table, *, earliest: datetime) -> set[int]:
    """The positions of events that came before, here or in the lake. The TEMP table `fresh` keeps the others.

    The engine sees ids and keys only: the wide columns (JSON) are never copied before they are written.
    """
    cursor.register("arrived", arrived)
    # 63 bits of MD5: the same in every version and engine, a third of the lake smaller than the text.
    cursor.execute("""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT position, CAST(md5_number_lower(message_id) >> 1 AS BIGINT) AS message_hash FROM arrived""")
    cursor.execute("CREATE OR REPLACE TEMP TABLE repeated (position BIGINT)")
    different = cursor.execute("SELECT count(DISTINCT message_hash) FROM fresh").fetchone()
    if different is None or different[0] < arrived.num_rows:
        cursor.execute("""INSERT INTO repeated SELECT position FROM fresh
            QUALIFY row_number() OVER (PARTITION BY message_hash ORDER BY position) > 1""")
    recent = Lake().live("events").filter(received_until__gte=earliest - DUPLICATES_WITHIN)
    for paths in batched(recent.values_list("path", flat=True), 500):
        names = ", ".join(f"'{Lake().storage.location(path)}'" for path in paths)
        cursor.execute(f"""INSERT INTO repeated SELECT position FROM fresh WHERE message_hash IN (
            SELECT message_hash FROM read_parquet([{names}], hive_partitioning=false)
            WHERE message_hash IN (SELECT message_hash FROM fresh))""")
    repeated = {row[0] for row in cursor.execute("SELECT DISTINCT position FROM repeated").fetchall()}
    if repeated:
        cursor.execute("DELETE FROM fresh WHERE position IN (SELECT position FROM repeated)")
    return repeated


def _users(cursor: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """The users that events name, and the account that the last of their events with one names."""
    return dict(
        cursor.execute("""SELECT user_key, arg_max(account_key, position) FILTER (account_key IS NOT NULL)
        FROM arrived WHERE user_key IS NOT NULL GROUP BY user_key ORDER BY min(position)""").fetchall()
    )


def _write_identities(told: Told, seen: Mapping[str, str | None], *, on: date) -> None:
    """`seen`: all users of the batch, and the account an event of theirs names."""
    upsert_accounts(told.account_rows(), on=on)
    known = contact_ids(seen)
    rows = []
    for user, account_key in seen.items():
        member = told.members.get(user)
        is_settled = user in known and (known[user][1] is not None or account_key is None)
        if user in told.contacts or member is not None or not is_settled:
            has_account = user in known and known[user][1] is not None
            rows.append(
                contact_row(user, told.contacts.get(user, {}), member or (None if has_account else account_key))
            )
    upsert_contacts(rows, on=on)
    attachment.browsers_linked(links.link(told.browsers))


def _write_events(cursor: duckdb.DuckDBPyConnection, arrived: pa.Table, *, key: str) -> None:
    cursor.execute("""CREATE OR REPLACE TEMP TABLE unsettled AS
        SELECT position, message_hash, timestamp, CAST(timestamp AS DATE) AS day, account_key, user_key, anonymous_id,
          CAST(NULL AS BIGINT) AS account_id, CAST(NULL AS BIGINT) AS contact_id
        FROM arrived JOIN fresh USING (position)""")
    source = identity.resolved(cursor, "SELECT * FROM unsettled")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE settled AS {source}")
    days = [row[0] for row in cursor.execute("SELECT DISTINCT day FROM settled ORDER BY day").fetchall()]
    Lake().commit(_write_files(cursor, arrived, days), key=key)
    attachment.remember(_open_keys(cursor))
    DirtyDay.objects.bulk_create([DirtyDay(day=day) for day in days], batch_size=500)


def _write_files(cursor: duckdb.DuckDBPyConnection, arrived: pa.Table, days: list[date]) -> list[StagedFile]:
    lake, staged = Lake(), []
    for start, end in _partitions(days):
        settled = engine.arrow(
            cursor,
            f"""SELECT position, account_id, contact_id, day, message_hash FROM settled
            WHERE day >= DATE '{start}' AND day < DATE '{end}' ORDER BY account_id, contact_id, timestamp""",
        )
        chosen = arrived.take(settled["position"])
        columns = {name: (settled if name in settled.column_names else chosen)[name] for name in EVENTS.names}
        received_until = pc.max(columns["received_at"]).as_py().replace(tzinfo=UTC)
        staged.append(
            lake.write(
                "events", start, pa.table(columns), ends_on=end, received_until=received_until, unique=_HARDLY_REPEATING
            )
        )
    return staged


def _partitions(days: Iterable[date]) -> list[tuple[date, date]]:
    found = sorted(set(days))
    if len(found) <= _MAX_DAY_FILES:
        return [(day, day + timedelta(days=1)) for day in found]
    months = sorted({day.replace(day=1) for day in found})
    return [(month, (month + timedelta(days=31)).replace(day=1)) for month in months]


def _open_keys(cursor: duckdb.DuckDBPyConnection) -> list[OpenKey]:
    """The keys of the batch whose account, or whose user, is not known."""
    rows = cursor.execute(f"""
        SELECT account_id, account_key, user_key, anonymous_id, min(day), max(day) FROM (
          SELECT account_id, CASE WHEN account_id IS NULL THEN account_key END AS account_key, user_key,
            CASE WHEN user_key IS NULL THEN anonymous_id END AS anonymous_id, contact_id, day
          FROM settled WHERE {identity.IS_OPEN})
        GROUP BY ALL""").fetchall()
    linked = links.users_of({row[3] for row in rows if row[3]})
    found = []
    for account_id, account_key, user_key, anonymous_id, first, last in rows:
        if account_id is None and account_key:
            found.append(OpenKey("account", account_key, first, last))
        elif account_id is None and (user := user_key or linked.get(anonymous_id)):
            found.append(OpenKey("user", user, first, last))
        if anonymous_id and anonymous_id not in linked:
            found.append(OpenKey("anonymous", anonymous_id, first, last))
    return found


def _write_dead_letters(refused: Iterable[tuple[Envelope, Rejection]]) -> None:
    refused = list(refused)
    keys = {envelope.write_key_id for envelope, _ in refused if envelope.write_key_id is not None}
    keys_left = set(WriteKey.objects.filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    letters = [
        DeadLetter(
            received_at=envelope.received_at,
            write_key_id=envelope.write_key_id if envelope.write_key_id in keys_left else None,
            message_id=rejection.message_id,
            code=rejection.code,
            reason=rejection.reason,
            body=rejection.body.decode("utf-8", "replace").replace("\0", ""),
        )
        for envelope, rejection in refused
    ]
    DeadLetter.objects.bulk_create(letters, batch_size=100)
