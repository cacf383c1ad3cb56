"""What differs between two documents, place by place. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Items of lists are the same item when one of these says so; else lists are compared as a whole.
_NAMES = ("key", "id", "metric", "field", "name")


@dataclass(frozen=True)
class Difference:
    """A place (`dimensions.support.weight`), and what stood and will stand there; None where nothing does."""

    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.place}: {_written(self.after)} (new)"
        if self.after is None:
            return f"{self.place}: {_written(self.before)} (taken out)"
        return f"{self.place}: {_written(self.before)} → {_written(self.after)}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every place in which two documents differ, in the order of the second one, then of the first."""
    return list(_of_mappings(before, after, ""))


def _of_mappings(before: Mapping[str, Any], after: Mapping[str, Any], place: str) -> Iterator[Difference]:
    for name in dict.fromkeys([*after, *before]):
        yield from _of(before.get(name), after.get(name), f"{place}.{name}" if place else str(name))


def _of(before: Any, after: Any, place: str) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_mappings(before, after, place)
        return
    named = _named(before), _named(after)
    if named[0] is not None and named[1] is not None:
        yield from _of_mappings(named[0], named[1], place)
        if list(named[0]) != list(named[1]) and set(named[0]) == set(named[1]):
            yield Difference(f"{place} (order)", ", ".join(named[0]), ", ".join(named[1]))
        return
    yield Difference(place, before, after)


def _named(items: Any) -> dict[str, Any] | None:
    """The items of a list by their names; None when they have none, or two have the same."""
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        return None
    for name in _NAMES:
        if all(isinstance(item, Mapping) and item.get(name) is not None for item in items):
            found = {str(item[name]): item for item in items}
            return found if len(found) == len(items) else None
    return None


def _written(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 120 else f"'{value[:117]}…'"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    return "true" if value is True else "false" if value is False else str(value)
