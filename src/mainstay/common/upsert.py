"""What bulk writes take and give: fields left alone, and what came of it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of `UNSET`: a field of a row that is to be left as it is."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True)
class UpsertResult:
    """How many rows were made, changed, and found as they should be; the keys of the first two."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    changed_keys: frozenset[str] = field(default_factory=frozenset)

    def __add__(self, other: "UpsertResult") -> "UpsertResult":
        return UpsertResult(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.changed_keys | other.changed_keys,
        )
