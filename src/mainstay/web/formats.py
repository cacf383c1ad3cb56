"""How numbers, money and times are written on pages. Pure: filters and exports share it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from mainstay.common.money import Money, to_minor

MINUS = "−"
NOTHING = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400

BANDS = {"green": "Healthy", "yellow": "Moderate", "red": "At risk", "unknown": "Unknown"}


def band_name(band: str | None) -> str:
    """`green` is Healthy; whatever is not a band is Unknown."""
    return BANDS.get(band or "unknown", BANDS["unknown"])


def signed(value: float | None) -> str:
    """`+7`, `−20`, `–` for no value and for no change."""
    if not value:
        return NOTHING
    return f"{'+' if value > 0 else MINUS}{plain(abs(value))}"


def plain(value: float | None) -> str:
    """At most one decimal, thousands apart: `1,204`, `4.2`."""
    if value is None:
        return NOTHING
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}".removesuffix(".0")
    return text.replace("-", MINUS)


def percent(value: float | None) -> str:
    """A number from 0 to 100 as `65%`."""
    return NOTHING if value is None else f"{plain(round(value))}%"


def share(value: float | None) -> str:
    """A number from 0 to 1 as `65%`."""
    return NOTHING if value is None else percent(100 * value)


def money(minor: int | None, currency: str) -> str:
    """Exact: `$148,000`."""
    return NOTHING if minor is None else str(Money(int(minor), currency))


def money_short(minor: int | None, currency: str) -> str:
    """Few digits: `$148k`."""
    return NOTHING if minor is None else Money(int(minor), currency).short()


def major_to_minor(value: float | None, currency: str) -> int | None:
    """The ARR metric is in major units of the reporting currency."""
    return None if value is None else to_minor(Decimal(str(value)), currency)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 account`, `2 accounts`, `1,204 accounts`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def days_away(days: float | None) -> str:
    """A number of days from today: `in 27 days`, `today`, `3 days ago`."""
    if days is None:
        return NOTHING
    whole = round(days)
    if whole in (-1, 0, 1):
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[whole]
    return f"in {whole:,} days" if whole > 0 else f"{-whole:,} days ago"


def day_distance(value: date | datetime, now: datetime) -> int:
    """Calendar days from `now` to `value`, in the time zone of `now`; negative in the past."""
    day = value.astimezone(now.tzinfo).date() if isinstance(value, datetime) else value
    return (day - now.date()).days


def clock(value: datetime, now: datetime) -> str:
    """How a due time stands to now, where `now` is: `3 h late`, `today 14:30`, `tomorrow`, `in 5 days`.

    The last minute of a day means the day.
    """
    if value < now:
        return f"{age(max((now - value).total_seconds(), MINUTE))} late"
    days, local = day_distance(value, now), value.astimezone(now.tzinfo)
    at = "" if (local.hour, local.minute) == (23, 59) or days > 1 else f" {local:%H:%M}"
    return f"{days_away(days)}{at}"


def age(seconds: float | None) -> str:
    """How old something is: `just now`, `12 min`, `5 h`, `3 days`."""
    if seconds is None:
        return "never"
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY):,} days"


def ago(value: datetime | None, now: datetime) -> str:
    """`just now`, `12 min ago`, `in 5 h`."""
    if value is None:
        return "never"
    seconds = (now - value.astimezone(UTC)).total_seconds()
    text = age(abs(seconds))
    if text == "just now":
        return text
    return f"{text} ago" if seconds > 0 else f"in {text}"
