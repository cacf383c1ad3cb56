"""How the value of a metric is written."""

from django.conf import settings

from mainstay.scores.wording import value_text
from mainstay.web import formats


def written(value: float | None, unit: str) -> str:
    """`65%`, `yes`, `$148,000`, `4.2`, `12 days`; a dash for no value."""
    if value is None:
        return formats.NOTHING
    if unit == "boolean":
        return "yes" if value else "no"
    if unit == "currency":
        return formats.money(formats.major_to_minor(value, settings.REPORTING_CURRENCY), settings.REPORTING_CURRENCY)
    return value_text(value, unit)
