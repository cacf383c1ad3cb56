"""Tells rows of one file apart: a key that stands in it twice, and equal rows that have no key."""

from enum import Enum


class Sight(Enum):
    """What a row with this key is."""

    NEW = "new"
    REPEATED = "repeated"
    CONTRADICTING = "contradicting"


class SeenKeys:
    """The keys of a file so far, as hashes: about 100 MB for a million rows."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def look(self, key: str, content: int) -> Sight:
        """Whether the key is new, came with the same content (a hash of it) before, or with another."""
        hashed = hash(key)
        if hashed not in self._seen:
            self._seen[hashed] = content
            return Sight.NEW
        return Sight.REPEATED if self._seen[hashed] == content else Sight.CONTRADICTING

    def numbered(self, key: str) -> str:
        """The key of a row that has none of its own: of equal rows the second and third get a number.

        Two equal rows are two clicks; the same file gives the same numbers again.
        """
        hashed = hash(key)
        times = self._seen[hashed] = self._seen.get(hashed, 0) + 1
        return key if times == 1 else f"{key}-{times}"
