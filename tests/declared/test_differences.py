"""What differs between two documents, place by place."""

from typing import Any

import pytest

from mainstay.declared.differences import differences


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a: 1 → 2"]),
        ({}, {"a": "x"}, ["a: 'x' (new)"]),
        ({"a": True}, {}, ["a: true (taken out)"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c: 2 → 3"]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, ["a: ['x'] → ['x', 'y']"]),
        (
            {"parts": [{"key": "a", "weight": 40}, {"key": "b", "weight": 60}]},
            {"parts": [{"key": "a", "weight": 50}, {"key": "b", "weight": 50}]},
            ["parts.a.weight: 40 → 50", "parts.b.weight: 60 → 50"],
        ),
        ({"parts": [{"key": "a"}]}, {"parts": [{"key": "a"}, {"key": "b"}]}, ["parts.b: {key: 'b'} (new)"]),
        ({"parts": [{"key": "a"}, {"key": "b"}]}, {"parts": [{"key": "b"}, {"key": "a"}]},
         ["parts (order): 'a, b' → 'b, a'"]),
        ({"a": [{"key": "x"}, {"key": "x"}]}, {"a": [{"key": "x"}]}, ["a: [{key: 'x'}, {key: 'x'}] → [{key: 'x'}]"]),
    ],
    ids=["same", "changed", "new", "gone", "inside", "a list of texts", "named items", "a new item", "another order",
         "items of one name"],
)  # fmt: skip
def test_each_place_is_named(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert [str(one) for one in differences(before, after)] == said


def test_a_long_text_is_cut() -> None:
    (found,) = differences({"a": "x" * 300}, {"a": "y"})
    assert str(found) == f"a: '{'x' * 117}…' → 'y'"
