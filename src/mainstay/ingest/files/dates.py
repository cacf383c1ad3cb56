"""Dates as people write them. What has two readings is never guessed: the whole column must tell, or the user.

Pure: text in, values out. An instant is aware and in UTC; a time without a zone is in the zone of the file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_FIRST, MONTH_FIRST = "day first", "month first"
FORMATS_OF_ORDER = {DAY_FIRST: ("%d/%m/%Y", "%d/%m/%y"), MONTH_FIRST: ("%m/%d/%Y", "%m/%d/%y")}

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}|(?:19|20)\d{6}(?=$|T)")
_NUMERIC = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{4}|\d{1,2})(?:(?:T|,? +)(.+))?")
_NAMED_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-/]+([A-Za-z]{3,9})\.?,?[ \-/]+(\d{4}|\d{2})(?:,? +(.+))?")
_NAMED_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})(?:,? +(.+))?")
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+\-]\d{2}:?\d{2})?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 spreadsheets know no zone
_ENOUGH_EXAMPLES = 3


class BadDate(ValueError):
    """The text is not a date; the message says why and what would be one."""


@dataclass(frozen=True)
class DateStyle:
    """How the dates of a column are written: by declared formats, else by themselves and the order found.

    A format is one of `strptime`, or `iso`, `epoch` (seconds or milliseconds since 1970), or `spreadsheet` (days since
    1899).
    """

    formats: tuple[str, ...] = ()
    order: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass
class DateEvidence:
    """What the values of a column say about the order of day and month. Fed with all values, then asked."""

    day_first: list[str] = field(default_factory=list)
    month_first: list[str] = field(default_factory=list)
    either: list[str] = field(default_factory=list)

    def feed(self, values: Iterable[str]) -> None:
        """Look at some distinct values."""
        for value in values:
            if value[4:5] == "-":  # a year of four digits stands first, as in most files: nothing to learn
                continue
            match = _NUMERIC.fullmatch(value)
            if match is None or len(match.group(1)) > 2:
                continue
            first, second = int(match.group(1)), int(match.group(3))
            kept = None
            if first > 12 >= second and first <= 31:
                kept = self.day_first
            elif second > 12 >= first and second <= 31:
                kept = self.month_first
            elif first <= 12 and second <= 12 and first != second:
                kept = self.either
            if kept is not None and len(kept) < _ENOUGH_EXAMPLES:
                kept.append(value)

    @property
    def order(self) -> str:
        """The order all values agree on; empty when there is none, or when nothing tells it."""
        if bool(self.day_first) == bool(self.month_first):
            return ""
        return DAY_FIRST if self.day_first else MONTH_FIRST

    @property
    def question(self) -> str:
        """Why the order cannot be told; empty when there is nothing to ask."""
        if self.day_first and self.month_first:
            return f"'{self.day_first[0]}' can only be day first, '{self.month_first[0]}' only month first"
        if self.either and not self.order:
            return f"'{self.either[0]}' can be {two_readings(self.either[0])}"
        return ""


def two_readings(text: str) -> str:
    """`3 April 2021 or 4 March 2021` for `03/04/21`."""
    readings = []
    for order in (DAY_FIRST, MONTH_FIRST):
        moment, _ = read(text, DateStyle(order=order))
        readings.append(f"{moment.day} {moment:%B %Y}")
    return " or ".join(readings)


def parse_day(text: str, style: DateStyle) -> date:
    """The day as written. `BadDate` says why it is none."""
    return read(text, style)[0].date()


def parse_instant(text: str, style: DateStyle) -> datetime:
    """The instant in UTC. A day alone is its first instant in UTC whatever the zone: a day stays that day."""
    if not style.formats and len(text) > 19 and text[4] == "-":
        # Most of all values: an ISO instant with its zone. Five times faster than the long way, which errors go.
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = datetime.max  # noqa: DTZ901 has no zone, so goes the long way
        if moment.tzinfo is not None and 1900 <= moment.year <= 2200:
            return moment.astimezone(UTC)
    moment, has_time = read(text, style)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=style.zone if has_time else UTC)
    return moment.astimezone(UTC)


def read(text: str, style: DateStyle) -> tuple[datetime, bool]:
    """The moment as written, aware only where the text names a zone, and whether it has a time of day."""
    try:
        moment, has_time = _declared(text, style.formats) if style.formats else _undeclared(text, style.order)
    except (ValueError, OverflowError) as error:
        if isinstance(error, BadDate):
            raise
        raise BadDate(f"'{text}' is not a date ({error})") from None
    if not 1900 <= moment.year <= 2200:
        raise BadDate(f"'{text}' is in the year {moment.year}; a date lies between 1900 and 2200")
    return moment, has_time


def _declared(text: str, formats: tuple[str, ...]) -> tuple[datetime, bool]:
    for form in formats:
        try:
            if form == "iso":
                return datetime.fromisoformat(text), len(text) > 10
            if form == "epoch":
                return _epoch(text), True
            if form == "spreadsheet":
                return _SPREADSHEET_EPOCH + timedelta(seconds=round(float(text) * 86_400)), "." in text
            return datetime.strptime(text, form), "%H" in form or "%I" in form or "%T" in form  # noqa: DTZ007
        except (ValueError, OverflowError):
            continue
    raise BadDate(f"'{text}' is not written as {' or '.join(formats)}")


def _undeclared(text: str, order: str) -> tuple[datetime, bool]:
    if _ISO.match(text):
        return datetime.fromisoformat(text), len(text) > 10
    if match := _NUMERIC.fullmatch(text):
        first, second, last = match.group(1), int(match.group(3)), match.group(4)
        if len(first) == 4:
            return _moment(int(first), second, int(last), match.group(5))
        day, month = _day_and_month(text, int(first), second, order)
        return _moment(_year(last), month, day, match.group(5))
    if match := _NAMED_DAY_FIRST.fullmatch(text):
        return _moment(_year(match.group(3)), _month(match.group(2)), int(match.group(1)), match.group(4))
    if match := _NAMED_MONTH_FIRST.fullmatch(text):
        return _moment(int(match.group(3)), _month(match.group(1)), int(match.group(2)), match.group(4))
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _epoch(text), True
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        raise BadDate(f"'{text}' looks like a spreadsheet's number of a day; declare it: `dates: spreadsheet`")
    raise BadDate(
        f"'{text}' is not a date; write it like 2026-11-22 or declare how it is written: `dates: \"%d.%m.%Y\"`"
    )


def _day_and_month(text: str, first: int, second: int, order: str) -> tuple[int, int]:
    if order == MONTH_FIRST:
        return second, first
    if order == DAY_FIRST or first == second:
        return first, second
    if first > 12 >= second:
        return first, second
    if second > 12 >= first:
        return second, first
    if first > 12:
        raise BadDate(f"'{text}' is not a date: neither {first} nor {second} is a month; write it like 2026-11-22")
    raise BadDate(f"'{text}' has two readings; declare which: `dates: \"%d/%m/%y\"`")


def _moment(year: int, month: int, day: int, time_text: str | None) -> tuple[datetime, bool]:
    moment = datetime(year, month, day)  # noqa: DTZ001 the zone, if any, comes with the time
    if not time_text:
        return moment, False
    return datetime.combine(moment.date(), _time(time_text.strip())), True


def _time(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise BadDate(f"'{text}' is not a time of day; write it like 14:30:00")
    hour, half = int(match.group(1)), (match.group(5) or "").replace(".", "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise BadDate(f"'{text}' is not a time of day")
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((match.group(4) or "0").ljust(6, "0")[:6])
    zone = match.group(6)
    info = None if not zone else UTC if zone[0] in "ZUG" else datetime.strptime(zone, "%z").tzinfo
    return time(hour, int(match.group(2)), int(match.group(3) or 0), micro, tzinfo=info)


def _year(text: str) -> int:
    """Two digits as POSIX reads them: 69 to 99 are of the last century."""
    return int(text) if len(text) == 4 else int(text) + (1900 if int(text) >= 69 else 2000)


def _month(name: str) -> int:
    try:
        return _MONTHS.index(name[:3].lower()) + 1
    except ValueError:
        raise BadDate(f"'{name}' is not a month") from None


def _epoch(text: str) -> datetime:
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if abs(number) >= 1e11 else number, UTC)
