"""The shape of what an engine gives: the same table to the last digit, whichever engine computed it."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

# Values are kept to a millionth, so that 65 % is 65 whichever way it was added up.
DECIMALS = 6


def conform(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """`account_id` (int64) and a float64 column for each metric of `keys`, rounded, ordered by account.

    Rounded here and not in the statement: engines take halves up or to the even one, in binary or in decimal.
    """
    columns = {"account_id": rows["account_id"].cast(pa.int64())}
    columns |= {key: rounded(rows[key]) for key in keys}
    return pa.table(columns).sort_by("account_id")


def rounded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as float64, to a millionth, halves away from 0."""
    # Plus zero: a small negative number becomes 0 and not -0, which would count as a change.
    return pc.add(pc.round(values.cast(pa.float64()), DECIMALS, round_mode="half_towards_infinity"), 0.0)
