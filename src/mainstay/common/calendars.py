"""Public holidays by country, from the `holidays` package; time zones."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of the time zones that are known, like Europe/Berlin. Finding them reads a directory: once will do."""
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where this machine does not know it, as after a move to another one."""
    return ZoneInfo(name if name in time_zones() else "UTC")


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """The ISO 3166 codes of the countries whose holidays are known, in order."""
    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


@lru_cache(maxsize=1_000)
def is_country(code: str) -> bool:
    """Whether it is the code of one of them."""
    return code in countries()


@lru_cache(maxsize=200)
def _of_year(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a public holiday there. No country, or one that is not known: no holidays."""
    return bool(country) and is_country(country) and day in _of_year(country, day.year)
