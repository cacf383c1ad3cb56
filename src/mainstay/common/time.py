"""UTC, timezone-aware, half-open windows `[start, end)`."""

from datetime import UTC, date, datetime, time, timedelta

from mainstay.common.errors import Invalid

DAY = timedelta(days=1)
# Before it no customer of anybody sent events; and dates keep clear of the first and last ones a computer can count to.
FIRST_YEAR, LAST_YEAR = 2000, 2200


def utc_now() -> datetime:
    """The present instant. Only entry points call it; everything below takes `now` or `as_of`."""
    return datetime.now(UTC)


def midnight(day: date) -> datetime:
    """The first instant of `day` in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def naive_utc(instant: datetime) -> datetime:
    """The instant in UTC without its zone, as the lake writes it."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def as_of_instant(value: date | datetime) -> datetime:
    """An `as_of` given as a date means the first instant of that day: what was known before it."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"as_of needs a time zone: {value.isoformat()}")
        return value.astimezone(UTC)
    return midnight(value)


def parse_as_of(text: str) -> datetime:
    """`2026-11-22` (its first instant in UTC) or `2026-11-22T08:00:00Z`. `Invalid` says what was wrong."""
    try:
        value = date.fromisoformat(text) if len(text) == len("2026-11-22") else datetime.fromisoformat(text)
        instant = as_of_instant(value)
    except (ValueError, OverflowError):
        raise Invalid(
            f"as_of is '{text}'; use a date like 2026-11-22 or an instant like 2026-11-22T08:00:00Z."
        ) from None
    if instant.year < FIRST_YEAR:
        raise Invalid(f"as_of is {text}; nothing is known of the time before {FIRST_YEAR}. Choose a later day.")
    if instant.year >= LAST_YEAR:
        raise Invalid(f"as_of is {text}, which is still to come. Choose a day up to today.")
    return instant


def isoformat(value: datetime | None) -> str | None:
    """`2026-11-22T08:15:00Z`, milliseconds only where there are any."""
    if value is None:
        return None
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def days_between(start: datetime | date, end: datetime | date) -> int:
    """Whole calendar days (UTC) from `start` to `end`; negative when `end` is earlier."""
    first = start.astimezone(UTC).date() if isinstance(start, datetime) else start
    last = end.astimezone(UTC).date() if isinstance(end, datetime) else end
    return (last - first).days


def span(seconds: float) -> str:
    """How long something takes, in words: `40 minutes`, `26 hours`, `3 days`; days from two on."""
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count >= (2 if word == "day" else 1):
            return f"{count:,} {word}{'s' if count > 1 else ''}"
    return "a moment"
