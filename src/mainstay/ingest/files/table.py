"""What every reader gives: rows of text with named columns, some at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

CHUNK_ROWS = 2_000


@dataclass(frozen=True)
class Chunk:
    """Some rows, by column. Every value is text as it stands in the file; nothing there is the empty text.

    `first_row` is the number of the first row (rows begin at 1, the header is not counted). `broken` names rows that
    are no rows at all (too many fields, no JSON) by their index in this chunk, with the reason.
    """

    first_row: int
    size: int
    columns: dict[str, list[str]]
    broken: dict[int, str] = field(default_factory=dict)

    def column(self, name: str) -> list[str]:
        """The values of a column; empty texts when this chunk has none of that name."""
        return self.columns.get(name) or [""] * self.size


class TableFile(Protocol):
    """A file of rows. `note` says how it was read: "CSV, ';' between fields, cp1252"."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""
        ...

    @property
    def delimiter(self) -> str:
        """What stands between two fields of a CSV file; empty for the other formats."""
        ...

    @property
    def encoding(self) -> str:
        """The encoding of a CSV file; empty for the other formats."""
        ...

    @property
    def note(self) -> str:
        """How the file was read, for people."""
        ...

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows, so many at a time. Can be called again."""
        ...
