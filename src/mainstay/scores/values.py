"""How values are written wherever people read them: in signals, tasks, mails and pages."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from mainstay.common.money import Money, to_minor
from mainstay.scores.arithmetic import LABELS
from mainstay.scores.wording import value_text


def written(value: Any, unit: str) -> str:
    """A value of a metric or a field: `65%`, `12 days`, `$148,000`, `yes`, `At risk`; `unknown` without one.

    `unit` is that of the metric; money is in major units of the reporting currency.
    """
    if value is None:
        return "unknown"
    if unit == "boolean":
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return LABELS.get(value, str(value))
    if unit == "currency":
        currency = settings.REPORTING_CURRENCY
        return str(Money(to_minor(Decimal(str(value)), currency), currency))
    return value_text(float(value), unit)
