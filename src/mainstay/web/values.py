"""How the value of a metric is written."""

from mainstay.scores import values
from mainstay.web import formats


def written(value: float | None, unit: str) -> str:
    """`65%`, `yes`, `$148,000`, `4.2`, `12 days`; a dash for no value."""
    return formats.NOTHING if value is None else values.written(value, unit)
