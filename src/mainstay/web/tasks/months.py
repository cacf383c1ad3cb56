"""The days a calendar shows: the weeks of a month, or one week. Weeks begin on Monday. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True)
class Span:
    """A month or a week. `first` to `last` is its own; `days` also those that fill the first and the last row."""

    is_week: bool
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """From a Monday to a Sunday."""
        start = self.first - self.first.weekday() * _DAY
        end = self.last + (6 - self.last.weekday()) * _DAY
        return [start + number * _DAY for number in range((end - start).days + 1)]

    @property
    def name(self) -> str:
        """For an address: `2026-11`, `2026-W48`."""
        if not self.is_week:
            return f"{self.first:%Y-%m}"
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def title(self) -> str:
        """In words: `November 2026`, `23 to 29 November 2026`."""
        if not self.is_week:
            return f"{self.first:%B %Y}"
        shown = "%-d" if self.first.month == self.last.month else "%-d %B" if self.first.year == self.last.year else ""
        start = self.first.strftime(shown or "%-d %B %Y")
        return f"{start} to {self.last:%-d %B %Y}"

    @property
    def before(self) -> "Span":
        """The month or week before."""
        return span_of(self.first - _DAY, is_week=self.is_week)

    @property
    def after(self) -> "Span":
        """The month or week after."""
        return span_of(self.last + _DAY, is_week=self.is_week)


def span_of(day: date, *, is_week: bool) -> Span:
    """The month or the week a day is in."""
    if is_week:
        monday = day - day.weekday() * _DAY
        return Span(is_week=True, first=monday, last=monday + 6 * _DAY)
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return Span(is_week=False, first=day.replace(day=1), last=following - _DAY)


def parse(text: str, *, today: date) -> Span:
    """The span of an address, `week` being that of today; the month of today for what is none, or is before 2000 or
    after 2199."""
    try:
        if found := _MONTH.fullmatch(text):
            day, is_week = date(int(found[1]), int(found[2]), 1), False
        elif found := _WEEK.fullmatch(text):
            day, is_week = date.fromisocalendar(int(found[1]), int(found[2]), 1), True
        else:
            day, is_week = today, text == "week"
    except ValueError:
        day, is_week = today, False
    return span_of(day if 2000 <= day.year < 2200 else today, is_week=is_week)
