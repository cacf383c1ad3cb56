"""A chunk of text becomes typed columns and, by row, reasons why a row cannot be taken."""

from dataclasses import dataclass
from typing import Any

from mainstay.common.upsert import UNSET
from mainstay.ingest.files.kinds import FieldSpec
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.parsing import ColumnParser, Style, plain_value
from mainstay.ingest.files.survey import Survey
from mainstay.ingest.files.table import Chunk


@dataclass(frozen=True)
class TypedChunk:
    """The columns of a chunk by field. `failures`: row index to reason. `skipped`: rows that `where` leaves out."""

    columns: dict[str, list[Any]]
    failures: dict[int, str]
    skipped: frozenset[int]
    size: int

    def taken(self) -> list[int]:
        """The indexes of the rows that go on."""
        return [index for index in range(self.size) if index not in self.failures and index not in self.skipped]


class Typer:
    """Types chunk after chunk of one file."""

    def __init__(self, mapping: FileMapping, surveyed: Survey) -> None:
        self._mapping = mapping
        self._specs = [spec for spec in mapping.spec.fields if spec.name in mapping.filled()]
        self._parsers = {spec.name: ColumnParser(spec, surveyed.styles.get(spec.name, Style())) for spec in self._specs}
        self._where = {column: {word.strip().casefold() for word in words} for column, words in mapping.where.items()}

    def type(self, chunk: Chunk) -> TypedChunk:
        """Every mapped field of every row."""
        skipped = self._skipped(chunk)
        failures = {index: reason for index, reason in chunk.broken.items() if index not in skipped}
        columns: dict[str, list[Any]] = {}
        for spec in self._specs:
            columns[spec.name], errors = self._parsers[spec.name].parse(self._cells(spec, chunk))
            for index, reason in errors.items():
                self._fail(failures, skipped, index, f"{spec.name}: {reason}")
            if spec.required and None in columns[spec.name]:
                empty = f"{spec.name} is empty{self._origin(spec)}"
                for index, value in enumerate(columns[spec.name]):
                    if value is None and index not in errors:
                        self._fail(failures, skipped, index, empty)
        return TypedChunk(columns, failures, skipped, chunk.size)

    @staticmethod
    def _fail(failures: dict[int, str], skipped: frozenset[int], index: int, reason: str) -> None:
        if index not in skipped:
            failures[index] = f"{failures[index]}; {reason}" if index in failures else reason

    def _cells(self, spec: FieldSpec, chunk: Chunk) -> list[str]:
        names = self._mapping.columns.get(spec.name, ())
        if len(names) == 1:
            return chunk.column(names[0])
        if names:
            joiner = self._mapping.joiner
            columns = [chunk.column(name) for name in names]
            return [joiner.join(parts) if any(parts) else "" for parts in zip(*columns, strict=True)]
        return [self._mapping.constants.get(spec.name, "")] * chunk.size

    def _origin(self, spec: FieldSpec) -> str:
        names = self._mapping.columns.get(spec.name, ())
        return f" (column '{' + '.join(names)}')" if names else ""

    def _skipped(self, chunk: Chunk) -> frozenset[int]:
        return frozenset(
            index
            for column, words in self._where.items()
            for index, text in enumerate(chunk.column(column))
            if text.strip().casefold() not in words
        )


def values_of_row(mapping: FileMapping, typed: TypedChunk, index: int) -> dict[str, Any]:
    """The fields of a row as a service takes them: a field that is to be left alone is not among them."""
    values: dict[str, Any] = {}
    for spec in mapping.spec.fields:
        column = typed.columns.get(spec.name)
        if column is None:
            continue
        value = column[index]
        if value is None:
            if mapping.empty == "keep" or spec.empty is UNSET:
                continue
            value = spec.empty
        values[spec.name] = value
    return values


def extra_columns(mapping: FileMapping, chunk: Chunk) -> list[dict[str, Any]]:
    """The further columns of each row, by name; empty cells are left out."""
    rows: list[dict[str, Any]] = [{} for _ in range(chunk.size)]
    for name, column in mapping.extra.items():
        known: dict[str, Any] = {}
        for row, text in zip(rows, chunk.column(column), strict=True):
            if text not in known:
                known[text] = plain_value(text.strip())
            if known[text] is not None:
                row[name] = known[text]
    return rows
