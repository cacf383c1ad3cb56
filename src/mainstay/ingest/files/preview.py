"""The first rows of a file as they would be imported, before anything is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mainstay.ingest.files.cells import Typer
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.parsing import Amount
from mainstay.ingest.files.references import AccountLookup
from mainstay.ingest.files.survey import Question, survey
from mainstay.ingest.files.table import TableFile

ROWS = 20
# Of a larger file only the beginning is read here; the import itself reads all of it before it writes.
SURVEY_ROWS = 100_000


@dataclass(frozen=True)
class PreviewRow:
    """A row: its number, its values as text by field, and why it would fail (empty: it would not)."""

    number: int
    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Preview:
    """The fields that get values, the first rows, what has to be answered first, what the file itself told."""

    fields: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    questions: tuple[Question, ...]
    orders: dict[str, str]
    failing: int


def preview(table: TableFile, mapping: FileMapping, *, create_accounts: bool = False, rows: int = ROWS) -> Preview:
    """The first rows typed. Raises `BadMapping` when the mapping does not fit."""
    mapping = mapping.checked(table.columns)
    surveyed = survey(table, mapping, limit=SURVEY_ROWS)
    specs = [spec for spec in mapping.spec.fields if spec.name in mapping.filled()]
    shown: list[PreviewRow] = []
    chunk = next(table.chunks(rows), None)
    if chunk is not None:
        typed = Typer(mapping, surveyed).type(chunk)
        failures = dict(typed.failures)
        if not create_accounts:
            _name_unknown_accounts(mapping, typed.columns.get("account_key", []), failures)
        for index in range(chunk.size):
            if index not in typed.skipped:
                values = tuple(_shown(typed.columns[spec.name][index]) for spec in specs)
                shown.append(PreviewRow(chunk.first_row + index, values, failures.get(index, "")))
    return Preview(
        tuple(spec.label for spec in specs),
        tuple(shown),
        surveyed.questions,
        surveyed.orders,
        sum(1 for row in shown if row.reason),
    )


def _name_unknown_accounts(mapping: FileMapping, texts: list[Any], failures: dict[int, str]) -> None:
    lookup = AccountLookup(mapping)
    lookup.learn(texts)
    for index, text in enumerate(texts):
        if text and lookup.key(text) is None:
            failures.setdefault(index, lookup.reason(text))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M}" if value.time() != value.time().min else f"{value:%d %b %Y}"
    if isinstance(value, date):
        return f"{value:%d %b %Y}"
    if isinstance(value, Amount):
        return f"{value.value:,} {value.currency}".strip()
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
