"""Imports a file: rows of text, typed rows, bulk writes, a file of what failed. Safe to stop and to run again."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from mainstay.accounts.selectors import contact_ids, user_ids
from mainstay.accounts.services import AccountRow, upsert_accounts
from mainstay.common.garbage import no_search_for_cycles
from mainstay.common.time import midnight
from mainstay.ingest.files import eventrows, records
from mainstay.ingest.files.cells import TypedChunk, Typer, extra_columns, values_of_row
from mainstay.ingest.files.failures import FailureFile, failures_path
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.files.records import BadRow, RowContext, content_key
from mainstay.ingest.files.references import AccountLookup
from mainstay.ingest.files.seen import SeenKeys, Sight
from mainstay.ingest.files.survey import Survey, survey
from mainstay.ingest.files.table import CHUNK_ROWS, Chunk
from mainstay.ingest.sources import record_arrival

_EVENT_CHUNK_ROWS = 20_000
_EVENTS_AT_ONCE = 50_000
_EXAMPLES = 20

# Called with the rows done and the rows there are; the second is None while they are still being counted.
Progress = Callable[[int, int | None], None]


@dataclass
class Report:
    """What came of an import. Of events `created` and `unchanged` count events, of all else rows.

    `examples`: the first failures as row number and reason. `ignored`: columns nothing was taken from. `orders`:
    fields whose order of day and month the file itself told. `notes`: what the user should know, in sentences.
    """

    kind: str
    is_dry_run: bool
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    failures: Path | None = None
    examples: list[tuple[int, str]] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    orders: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note_failures(self, chunk: Chunk, failures: Mapping[int, str]) -> None:
        """Count the rows of a chunk that failed, by index, and keep the first ones as examples."""
        self.failed += len(failures)
        room = _EXAMPLES - len(self.examples)
        self.examples += [(chunk.first_row + index, failures[index]) for index in sorted(failures)[:room]]


def import_file(
    path: Path,
    mapping: FileMapping,
    *,
    now: datetime,
    is_dry_run: bool = False,
    create_accounts: bool = False,
    failures_to: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Import a file, chunk by chunk, each in its own transaction; a dry run takes every chunk back.

    Raises `UnreadableFile`, `BadMapping` or `NeedsAnswer` before anything is written. Rows that cannot be taken go to
    `failures_to` (else beside the source), not in a dry run.
    """
    table = open_table(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    mapping = mapping.checked(table.columns)
    with no_search_for_cycles():
        surveyed = survey(table, mapping, progress=lambda rows: progress(rows, None)).answered()
        report = Report(mapping.kind, is_dry_run, orders=surveyed.orders)
        report.ignored = tuple(sorted(set(table.columns) - mapping.used_columns() - set(mapping.where)))
        run = _Run(mapping, surveyed, report, now=now, create_accounts=create_accounts)
        with FailureFile(failures_to or failures_path(path), table, mapping, is_kept=not is_dry_run) as failed:
            for chunk in table.chunks(_EVENT_CHUNK_ROWS if mapping.kind == "events" else CHUNK_ROWS):
                failures = run.take(chunk)
                failed.add(chunk, failures)
                report.note_failures(chunk, failures)
                report.rows += chunk.size
                progress(report.rows, surveyed.rows)
        if failed.count and not is_dry_run:
            report.failures = failed.path
        run.finish()
    return report


class _Run:
    """One import under way."""

    def __init__(
        self, mapping: FileMapping, surveyed: Survey, report: Report, *, now: datetime, create_accounts: bool
    ) -> None:
        self._mapping = mapping
        self._report = report
        self._now = now
        self._typer = Typer(mapping, surveyed)
        self._lookup = AccountLookup(mapping)
        self._seen = SeenKeys()
        self._context = RowContext(mapping.currency or settings.REPORTING_CURRENCY, now.date())
        self._create_accounts = create_accounts and mapping.account_from == "key" and mapping.kind != "accounts"
        self._known_until = min(now, midnight(mapping.known_until)) if mapping.known_until else None
        self._unknown_owners: Counter[str] = Counter()
        self._created_accounts: set[str] = set()

    def take(self, chunk: Chunk) -> dict[int, str]:
        """Write a chunk; the rows that could not be taken, by index, with the reason."""
        typed = self._typer.type(chunk)
        failures = dict(typed.failures)
        self._report.skipped += len(typed.skipped)
        with transaction.atomic():
            accounts = self._accounts(typed, failures)
            indexes = [index for index in typed.taken() if index not in failures]
            if self._mapping.kind == "events":
                self._take_events(typed, chunk, indexes, accounts, failures)
            else:
                self._take_records(typed, chunk, indexes, accounts, failures)
            if self._report.is_dry_run:
                transaction.set_rollback(True)
                self._lookup.forget(self._created_accounts)
        return failures

    def finish(self) -> None:
        """Tell the source that it delivered, and the user what to know."""
        report = self._report
        taken = report.created + report.changed + report.unchanged
        if taken and not report.is_dry_run and self._mapping.kind != "events":
            # Events arrive when the loader takes them from the inbox.
            record_arrival(self._mapping.spec.source, at=self._known_until or self._now, rows=taken)
        if self._unknown_owners:
            named = ", ".join(sorted(self._unknown_owners)[:5])
            report.notes.append(
                f"{self._unknown_owners.total():,} accounts have no owner: no user has the e-mail {named}. "
                "Add them in Settings, Users (or with `mainstay user create`), then import the file again."
            )
        if self._created_accounts:
            report.notes.append(f"{len(self._created_accounts):,} accounts were made, named by their key.")

    def _accounts(self, typed: TypedChunk, failures: dict[int, str]) -> list[str | None]:
        """The account key of each row; rows that name an unknown account fail."""
        column = typed.columns.get("account_key")
        if column is None:
            return [None] * typed.size
        self._lookup.learn(column)
        missing = self._lookup.missing()
        if missing and self._create_accounts:
            wanted = {column[index] for index in typed.taken() if column[index] in missing}
            upsert_accounts([AccountRow(key=key) for key in sorted(wanted)], on=self._now.date())
            self._lookup.created(wanted)
            self._created_accounts |= wanted
        if self._lookup.missing():
            for index in typed.taken():
                if column[index] is not None and self._lookup.key(column[index]) is None:
                    failures[index] = self._lookup.reason(column[index])
        return [self._lookup.key(text) for text in column]

    def _contents(self, chunk: Chunk) -> list[int]:
        """A hash of what is read of each row, for telling a repeated row from a contradicting one."""
        columns = [chunk.column(name) for name in sorted(self._mapping.used_columns())]
        return [hash(cells) for cells in zip(*columns, strict=True)] if columns else [0] * chunk.size

    def _is_repeated(self, key: str, content: int, index: int, failures: dict[int, str]) -> bool:
        """True when the row is not to be taken: an equal one was (counted as unchanged), or another with its key."""
        sight = self._seen.look(key, content)
        if sight is Sight.CONTRADICTING:
            failures[index] = f"the key '{key}' stands in this file before, with other values; keys must be unique"
        elif sight is Sight.REPEATED:
            self._report.unchanged += 1
        return sight is not Sight.NEW

    def _take_records(
        self, typed: TypedChunk, chunk: Chunk, indexes: list[int], accounts: list[str | None], failures: dict[int, str]
    ) -> None:
        kind, mapping = records.RECORDS[self._mapping.kind], self._mapping
        orphans = self._orphans(typed, indexes, accounts)
        contents, extras = self._contents(chunk), extra_columns(mapping, chunk)
        rows = []
        for index in indexes:
            values = values_of_row(mapping, typed, index)
            if accounts[index] is not None:
                values["account_key"] = accounts[index]
            if index in orphans:
                failures[index] = f"the contact '{values['contact_key']}' belongs to no account: import contacts first"
                continue
            try:
                if "key" not in values:
                    values["key"] = self._seen.numbered(content_key(mapping.kind, values))
                elif self._is_repeated(values["key"], contents[index], index, failures):
                    continue
                rows.append(kind.build(values, extras[index], self._context))
            except BadRow as error:
                failures[index] = str(error)
        self._note_owners(rows)
        result = kind.write(rows, self._now.date())
        self._report.created += result.created
        self._report.changed += result.changed
        self._report.unchanged += result.unchanged

    def _orphans(self, typed: TypedChunk, indexes: list[int], accounts: list[str | None]) -> set[int]:
        """Rows that name a contact and no account, and whose contact leads to none."""
        contacts = typed.columns.get("contact_key")
        if contacts is None:
            return set()
        alone = [index for index in indexes if accounts[index] is None and contacts[index] is not None]
        known = contact_ids({contacts[index] for index in alone})
        return {index for index in alone if known.get(contacts[index], (0, None))[1] is None}

    def _note_owners(self, rows: Iterable[Any]) -> None:
        emails = [row.owner_email for row in rows if isinstance(row, AccountRow) and isinstance(row.owner_email, str)]
        known = user_ids(set(emails))
        self._unknown_owners.update(email for email in emails if email not in known)

    def _take_events(
        self, typed: TypedChunk, chunk: Chunk, indexes: list[int], accounts: list[str | None], failures: dict[int, str]
    ) -> None:
        users = typed.columns.get("user_key", [None] * chunk.size)
        moments = typed.columns["occurred_at"]
        for index in indexes:
            if accounts[index] is None and users[index] is None:
                failures[index] = "it names neither an account nor a user"
            elif moments[index] > self._now:
                failures[index] = f"it lies in the future: {moments[index]:%Y-%m-%d %H:%M} UTC"
        taken = [index for index in indexes if index not in failures]
        rows = eventrows.event_rows(self._mapping, typed, chunk, taken, accounts)
        for part in _grouped(self._unique(rows, typed, chunk, failures)):
            if self._report.is_dry_run:
                new, known = eventrows.count_new(part)
            else:
                new, known = eventrows.send(part, now=self._now, known_until=self._known_until)
            self._report.created += new
            self._report.unchanged += known

    def _unique(
        self, rows: Iterator[eventrows.EventRow], typed: TypedChunk, chunk: Chunk, failures: dict[int, str]
    ) -> Iterator[eventrows.EventRow]:
        keys = typed.columns.get("key", [None] * chunk.size)
        contents = self._contents(chunk)
        for row in rows:
            if keys[row.index] is None:
                yield row.with_id(self._seen.numbered(row.message_id))
            elif not self._is_repeated(row.message_id, contents[row.index], row.index, failures):
                yield row


def _grouped(rows: Iterator[eventrows.EventRow]) -> Iterator[list[eventrows.EventRow]]:
    """Parts of about as many events as fit well into memory: a row may stand for thousands."""
    part: list[eventrows.EventRow] = []
    events = 0
    for row in rows:
        part.append(row)
        events += row.repeat
        if events >= _EVENTS_AT_ONCE:
            yield part
            part, events = [], 0
    if part:
        yield part
