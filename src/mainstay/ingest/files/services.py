"""Imports of uploads: kept below `MAINSTAY_HOME/imports`, mapped, run as a background job."""

import re
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from mainstay.common.errors import MainstayError
from mainstay.ingest.files.errors import BadMapping, UnreadableFile
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.importer import Report, import_file
from mainstay.ingest.files.kinds import kind_of
from mainstay.ingest.files.mapping import FileMapping, build
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.files.table import TableFile
from mainstay.ingest.models import FileImport
from mainstay.people.models import User
from mainstay.people.services import record_audit

MAX_UPLOAD_BYTES = 2 * 2**30
SAMPLE_ROWS = 200
# Uploads are personal data: after this they go, and only what came of the import is kept.
KEEP_FILES = timedelta(days=30)


def folder(file_import: FileImport) -> Path:
    """Where the files of an import are kept."""
    return Path(settings.MAINSTAY_HOME) / "imports" / str(file_import.pk)


def keep_upload(kind: str, filename: str, parts: Iterable[bytes], *, by: User | None) -> FileImport:
    """Keep an uploaded file and guess its mapping. `UnreadableFile` when it is no table; then nothing is kept."""
    spec = kind_of(kind)
    name = re.sub(r"[^\w.\- ]+", "_", Path(filename).name).strip(" .")[-100:] or "upload"
    file_import = FileImport.objects.create(kind=kind, filename=name, path="", created_by=by)
    path = folder(file_import) / name
    try:
        _write(path, parts)
        table = open_table(path)
        chunk = next(table.chunks(SAMPLE_ROWS), None)
        mapping = guess(spec, chunk.columns if chunk else dict.fromkeys(table.columns, ()))
    except MainstayError:
        forget(file_import)
        raise
    file_import.path = str(path)
    file_import.mapping = mapping.model_dump(mode="json", exclude_defaults=True)
    file_import.save(update_fields=["path", "mapping"])
    return file_import


def _write(path: Path, parts: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as file:
        for part in parts:
            size += len(part)
            if size > MAX_UPLOAD_BYTES:
                raise UnreadableFile(
                    "The file is larger than 2 GB; split it, or import it on the server with `mainstay import`."
                )
            file.write(part)


def mapping_of(file_import: FileImport) -> FileMapping:
    """The mapping of an import as it stands."""
    return build(file_import.mapping)


def table_of(file_import: FileImport) -> TableFile:
    """The uploaded file. `UnreadableFile` when it was cleared away."""
    mapping = mapping_of(file_import)
    if not Path(file_import.path).is_file():
        raise UnreadableFile(f"{file_import.filename} was cleared away after {KEEP_FILES.days} days; upload it again.")
    return open_table(Path(file_import.path), encoding=mapping.encoding, delimiter=mapping.delimiter)


def save_mapping(file_import: FileImport, mapping: FileMapping, *, create_accounts: bool) -> None:
    """Keep a corrected mapping. `BadMapping` when it does not fit the file, or the import runs already."""
    _refuse_started(file_import)
    file_import.mapping = mapping.model_dump(mode="json", exclude_defaults=True)
    mapping.checked(table_of(file_import).columns)
    file_import.create_accounts = create_accounts
    file_import.save(update_fields=["mapping", "create_accounts"])


def _refuse_started(file_import: FileImport) -> None:
    if file_import.state not in ("uploaded", "failed"):
        raise BadMapping(
            f"The import of {file_import.filename} has begun; upload the file again to import it otherwise."
        )


@transaction.atomic
def queue(file_import: FileImport, *, by: User | None) -> bool:
    """Mark an import as waiting for a worker; False when it was already."""
    changed = FileImport.objects.filter(pk=file_import.pk, state__in=("uploaded", "failed")).update(
        state="waiting", error="", rows_done=0, finished_at=None
    )
    if changed:
        record_audit(by, "ingest.file_imported", f"file_import:{file_import.pk}", kind=file_import.kind)
    return bool(changed)


def run(pk: int, *, now: datetime) -> Report | None:
    """Carry out a waiting import; again after a crash. What is wrong with the file is kept on the row as a sentence."""
    file_import = FileImport.objects.filter(pk=pk, state__in=("waiting", "running")).first()
    if file_import is None:
        return None
    rows = FileImport.objects.filter(pk=pk)
    rows.update(state="running", rows_total=None)

    def progress(done: int, total: int | None) -> None:
        rows.update(rows_done=done if total is not None else 0, rows_total=total)

    try:
        table_of(file_import)
        report = import_file(
            Path(file_import.path),
            mapping_of(file_import),
            now=now,
            create_accounts=file_import.create_accounts,
            progress=progress,
        )
    except MainstayError as error:
        rows.update(state="failed", error=error.message, finished_at=now)
        return None
    _keep_report(file_import, report, now=now)
    return report


def note_fault(pk: int, error: Exception, *, now: datetime) -> None:
    """A fault of ours ended an import: nobody shall wait for it. What was written stays; it may be started again."""
    FileImport.objects.filter(pk=pk, state="running").update(
        state="failed",
        error=f"Mainstay failed to import it ({type(error).__name__}); its log says why. Start it again once mended.",
        finished_at=now,
    )


def _keep_report(file_import: FileImport, report: Report, *, now: datetime) -> None:
    FileImport.objects.filter(pk=file_import.pk).update(
        state="done",
        rows_total=report.rows,
        rows_done=report.rows,
        rows_created=report.created,
        rows_changed=report.changed,
        rows_unchanged=report.unchanged,
        rows_failed=report.failed,
        failures_path=str(report.failures or ""),
        report=_details(report),
        finished_at=now,
    )


def _details(report: Report) -> dict[str, Any]:
    return {
        "skipped": report.skipped,
        "examples": [list(example) for example in report.examples],
        "ignored": list(report.ignored),
        "orders": report.orders,
        "notes": report.notes,
    }


def import_again(file_import: FileImport, *, by: User | None) -> FileImport:
    """A new import of the rows that failed, with the same mapping."""
    path = Path(file_import.failures_path)
    if not file_import.failures_path or not path.is_file():
        raise UnreadableFile(f"There are no failed rows of {file_import.filename} any more; upload the corrected file.")
    return _again(file_import, path, by=by)


def import_whole_again(file_import: FileImport, *, by: User | None) -> FileImport:
    """A new import of the whole file, with the same mapping: after what it asks for was added here."""
    path = Path(file_import.path)
    if not path.is_file():
        raise UnreadableFile(f"{file_import.filename} was cleared away after {KEEP_FILES.days} days; upload it again.")
    return _again(file_import, path, by=by)


def _again(file_import: FileImport, path: Path, *, by: User | None) -> FileImport:
    with path.open("rb") as file:
        again = keep_upload(file_import.kind, path.name, iter(lambda: file.read(2**20), b""), by=by)
    # What the whole file told of its dates, the few rows that failed may not tell.
    dates = {field: [order] for field, order in file_import.report.get("orders", {}).items()}
    again.mapping = {**file_import.mapping, "dates": {**file_import.mapping.get("dates", {}), **dates}}
    again.create_accounts = file_import.create_accounts
    again.save(update_fields=["mapping", "create_accounts"])
    return again


def forget(file_import: FileImport) -> None:
    """Remove an import and its files."""
    shutil.rmtree(folder(file_import), ignore_errors=True)
    file_import.delete()


def prune(now: datetime) -> int:
    """Remove the files of old imports; how many imports lost theirs. What came of them stays."""
    old = FileImport.objects.filter(created_at__lt=now - KEEP_FILES).exclude(state="running")
    removed = 0
    for file_import in old.iterator():
        if folder(file_import).is_dir():
            shutil.rmtree(folder(file_import), ignore_errors=True)
            removed += 1
    return removed
