"""Copies of frozen dataclasses."""

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from mainstay.common.frozen import changed


@dataclass(frozen=True)
class Place:
    name: str
    of: tuple[str, ...] = ()
    known: dict[str, int] = field(default_factory=dict)


def test_a_copy_is_what_replace_gives_and_the_original_stays() -> None:
    one = Place("here", ("a",), {"b": 1})
    other = changed(one, name="there")
    assert other == replace(one, name="there")
    assert (one.name, other.known is one.known) == ("here", True)
    with pytest.raises(FrozenInstanceError):
        other.name = "nowhere"  # type: ignore[misc]
