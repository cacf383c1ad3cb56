"""How values are written."""

from typing import Any

import pytest

from mainstay.scores.values import written


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "percent", "unknown"),
        (65.04, "percent", "65%"),
        (1, "days", "1 day"),
        (-2.5, "count", "−2.5"),
        (2_160, "currency", "$2,160"),
        (19.994, "currency", "$19.99"),
        (1, "boolean", "yes"),
        (0, "boolean", "no"),
        ("red", "", "At risk"),
        ("enterprise", "", "enterprise"),
    ],
)
def test_a_value_is_written_as_people_write_it(value: Any, unit: str, text: str) -> None:
    assert written(value, unit) == text
