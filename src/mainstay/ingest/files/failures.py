"""The rows that failed, as they were, with the reason: a CSV that can be corrected and imported again."""

import csv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.table import Chunk, TableFile

REASON = "reason"


def failures_path(source: Path) -> Path:
    """Beside the source: `accounts.csv` gives `accounts-failed.csv`, and that one `accounts-failed-2.csv`."""
    stem, number = source.stem, 1
    if "-failed" in stem:
        stem, _, count = stem.rpartition("-failed")
        number = int(count[1:]) + 1 if count[1:].isdigit() else 2
    return source.with_name(f"{stem}-failed{'' if number == 1 else f'-{number}'}.csv")


class FailureFile:
    """Written when the first row fails; a file of an earlier import of the same source is replaced or removed.

    A CSV is written as the source was, so that a map which declares its encoding and delimiter fits this one too.
    `is_kept` false (a dry run): nothing is written.
    """

    def __init__(self, path: Path, table: TableFile, mapping: FileMapping, *, is_kept: bool) -> None:
        self.path = path
        self._table = table
        self._is_kept = is_kept
        self.count = 0
        # The reason of an import before is replaced; a column of the source that is called so stays.
        is_used = REASON in mapping.used_columns() or REASON in mapping.where
        self._columns = [name for name in table.columns if name != REASON or is_used]
        self._reason = "import reason" if is_used else REASON
        self._columns = [name for name in self._columns if name != self._reason]
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> "FailureFile":
        if self._is_kept:
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, chunk: Chunk, failures: Mapping[int, str]) -> None:
        """Rows of this chunk, by index, with their reasons."""
        self.count += len(failures)
        if not failures or not self._is_kept:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding=self._table.encoding or "utf-8", errors="replace", newline="")
            self._writer = csv.writer(self._file, delimiter=self._table.delimiter or ",")
            self._writer.writerow([*self._columns, self._reason])
        columns = [chunk.column(name) for name in self._columns]
        for index in sorted(failures):
            self._writer.writerow([*(column[index] for column in columns), failures[index]])
        self._file.flush()
