"""The shape every engine's answer is brought into."""

import pyarrow as pa
import pytest

from mainstay.metrics.results import conform


@pytest.mark.parametrize(
    ("given", "kept"),
    [(0.0078125, 0.007813), (-0.0078125, -0.007813), (65.00000049, 65.0), (-1e-9, 0.0), (1e300, 1e300), (None, None)],
)
def test_a_value_is_kept_to_a_millionth_halves_away_from_zero(given: float | None, kept: float | None) -> None:
    rows = pa.table({"account_id": pa.array([1], pa.int32()), "arr": pa.array([given], pa.float64())})
    (value,) = conform(rows, ["arr"])["arr"].to_pylist()
    assert value == kept
    assert str(value) != "-0.0"


def test_whatever_order_and_types_an_engine_gives_the_table_is_the_same() -> None:
    rows = pa.table({"score": pa.array([2, 1], pa.int8()), "extra": [0, 0], "account_id": pa.array([9, 3], pa.int32())})
    expected = pa.table({"account_id": pa.array([3, 9], pa.int64()), "score": pa.array([1.0, 2.0], pa.float64())})
    assert conform(rows, ["score"]).equals(expected)
