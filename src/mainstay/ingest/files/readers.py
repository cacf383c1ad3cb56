"""Opens a file: CSV, JSON lines and Parquet look the same to everything above."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mainstay.ingest.files.csvfile import CsvFile
from mainstay.ingest.files.errors import UnreadableFile
from mainstay.ingest.files.table import CHUNK_ROWS, Chunk, TableFile

# Columns of a JSON lines file are those of its first objects; later ones are taken when they are mapped by name.
_JSON_SAMPLE = 1_000
_MAX_JSON_LINE = 16 * 2**20


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> TableFile:
    """The reader for a file, by its content and then by its name. `UnreadableFile` says what is wrong with it."""
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}; check the path.")
    if path.stat().st_size == 0:
        raise UnreadableFile(f"{path.name} is empty: it needs a line of column names and at least one row.")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return ParquetFile(path)
    if head.startswith(b"PK\x03\x04"):
        raise UnreadableFile(f"{path.name} is a spreadsheet or a zip file; save it as CSV and import that.")
    if head.startswith(b"\x1f\x8b"):
        raise UnreadableFile(f"{path.name} is compressed; unpack it with gunzip and import that.")
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return JsonLinesFile(path)
    return CsvFile(path, encoding=encoding, delimiter=delimiter)


class JsonLinesFile:
    """One JSON object a line. Objects inside become columns with dots: `context.groupId`; lists stay JSON."""

    delimiter = ""
    encoding = ""
    note = "JSON lines"

    def __init__(self, path: Path) -> None:
        self._path = path
        names: dict[str, None] = {}
        for _, (row, _) in zip(range(_JSON_SAMPLE), self._rows(), strict=False):
            names.update(dict.fromkeys(row))
        if not names:
            raise UnreadableFile(
                f'{path.name} holds no JSON object a line; a line looks like {{"key": "acme", "name": "Acme"}}.'
            )
        self.columns = tuple(names)

    def _rows(self) -> Iterator[tuple[dict[str, str], str]]:
        decode = msgspec.json.Decoder().decode
        with self._path.open("rb") as file:
            if file.read(3) != b"\xef\xbb\xbf":
                file.seek(0)
            while line := file.readline(_MAX_JSON_LINE):
                if not (line := line.strip()):
                    continue
                try:
                    value = decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    yield {}, f"this line is not JSON: {error}"
                    continue
                if isinstance(value, dict):
                    yield _flat(value), ""
                else:
                    yield {}, "this line is JSON, but not an object"

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """The rows, so many at a time."""
        first = 1
        kept: list[dict[str, str]] = []
        broken: dict[int, str] = {}
        for row, problem in self._rows():
            if problem:
                broken[len(kept)] = problem
            kept.append(row)
            if len(kept) == rows:
                yield self._chunk(first, kept, broken)
                first, kept, broken = first + rows, [], {}
        if kept:
            yield self._chunk(first, kept, broken)

    def _chunk(self, first: int, rows: list[dict[str, str]], broken: dict[int, str]) -> Chunk:
        names = dict.fromkeys([*self.columns, *(name for row in rows for name in row)])
        return Chunk(first, len(rows), {name: [row.get(name, "") for row in rows] for name in names}, broken)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            flat.update(_flat(inner, f"{prefix}{name}."))
        else:
            flat[prefix + name] = _as_text(inner)
    return flat


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return msgspec.json.encode(value).decode() if value else ""


class ParquetFile:
    """A Parquet file. Structs become columns with dots; times with a zone are given in UTC."""

    delimiter = ""
    encoding = ""
    note = "Parquet"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._schema = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{path.name} begins like Parquet but cannot be read: {error}") from None
        self.columns = tuple(name for name, _ in _flat_arrays(self._schema.empty_table()))

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """The rows, so many at a time."""
        first = 1
        for batch in self._batches(rows):
            columns = {name: _texts(array) for name, array in _flat_arrays(pa.Table.from_batches([batch]))}
            yield Chunk(first, batch.num_rows, columns)
            first += batch.num_rows

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        read = 0
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=rows):
                    yield batch
                    read += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(
                f"{self._path.name} cannot be read from row {read + 1} on: {error}. It is damaged; write it again."
            ) from error


def _flat_arrays(table: Any) -> Iterator[tuple[str, Any]]:
    while any(pa.types.is_struct(column.type) for column in table.schema):
        table = table.flatten()
    yield from zip(table.column_names, table.columns, strict=True)


def _texts(array: Any) -> list[str]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _texts(array.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return [value or "" for value in array.to_pylist()]
    if pa.types.is_timestamp(kind):
        # To microseconds: Python knows no nanoseconds, and nobody's customer clicks that fast.
        array = pc.cast(array, pa.timestamp("us", kind.tz and "UTC"), safe=False)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dates(array)
    return [
        _as_text(value if not isinstance(value, bytes) else value.decode(errors="replace")) for value in _plain(array)
    ]


def _dates(array: Any) -> list[str]:
    try:
        return ["" if value is None else value.isoformat() for value in array.to_pylist()]
    except (OverflowError, ValueError):
        return [_date(value) for value in array]


def _date(value: Any) -> str:
    """One date. Beyond Python's years a text, so that its row is told that it is none."""
    try:
        return value.as_py().isoformat() if value.is_valid else ""
    except (OverflowError, ValueError):
        return str(pc.cast(value, pa.string()))


def _plain(array: Any) -> list[Any]:
    values = array.to_pylist()
    if pa.types.is_decimal(array.type):
        return [None if value is None else format(value, "f") for value in values]
    return list(values)
