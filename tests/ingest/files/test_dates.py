from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.ingest.files.dates import (
    DAY_FIRST,
    MONTH_FIRST,
    BadDate,
    DateEvidence,
    DateStyle,
    parse_day,
    parse_instant,
)

DAYS = st.dates(date(1970, 1, 1), date(2068, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02", "2024-01-02T00:00:00"),
        ("20240102", "2024-01-02T00:00:00"),
        ("2024/1/2", "2024-01-02T00:00:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05"),
        ("2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678000"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05"),
        ("25/12/21", "2021-12-25T00:00:00"),
        ("12/25/2021 1:30 pm", "2021-12-25T13:30:00"),
        ("31.12.2021 14:05", "2021-12-31T14:05:00"),
        ("4/4/2021", "2021-04-04T00:00:00"),
        ("3 April 2021", "2021-04-03T00:00:00"),
        ("03-Apr-21", "2021-04-03T00:00:00"),
        ("Apr 3, 2021 2:05 AM", "2021-04-03T02:05:00"),
        ("1609459200", "2021-01-01T00:00:00"),
        ("1609459200123", "2021-01-01T00:00:00.123000"),
    ],
)
def test_dates_with_one_reading_are_read(text: str, expected: str) -> None:
    assert parse_instant(text, DateStyle()).isoformat() == f"{expected}+00:00"


@pytest.mark.parametrize("text", ["03/04/21", "3.4.2021", "03-04-2021 10:00"])
def test_a_date_with_two_readings_is_never_guessed(text: str) -> None:
    with pytest.raises(BadDate, match="two readings; declare which"):
        parse_day(text, DateStyle())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "is not a date; write it like 2026-11-22"),
        ("2024-02-30", "not a date"),
        ("32/01/2024", "is not a date"),
        ("32.13.2026", "is not a date: neither 32 nor 13 is a month"),
        ("44197", "a spreadsheet's number of a day; declare it"),
        ("0024-01-01", "in the year 24"),
        ("1 Foo 2021", "'Foo' is not a month"),
        ("2021/01/02 27:00", "not a date"),
        ("2021/01/02 noon", "'noon' is not a time of day"),
    ],
)
def test_what_is_no_date_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadDate, match=reason):
        parse_day(text, DateStyle())


@given(DAYS)
def test_declared_formats_read_what_they_wrote(day: date) -> None:
    for form in ("%d/%m/%y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y"):
        assert parse_day(day.strftime(form), DateStyle((form,))) == day


def test_a_value_that_is_not_in_the_declared_format_is_refused() -> None:
    with pytest.raises(BadDate, match="'2021-04-03' is not written as %d/%m/%y"):
        parse_day("2021-04-03", DateStyle(("%d/%m/%y",)))
    assert parse_day("2021-04-03", DateStyle(("%d/%m/%y", "iso"))) == date(2021, 4, 3)


def test_epochs_and_spreadsheet_days_can_be_declared() -> None:
    assert parse_day("44197", DateStyle(("spreadsheet",))) == date(2021, 1, 1)
    assert parse_instant("44197.5", DateStyle(("spreadsheet",))).isoformat() == "2021-01-01T12:00:00+00:00"
    assert parse_instant("99", DateStyle(("epoch",))).isoformat() == "1970-01-01T00:01:39+00:00"


def test_a_time_without_a_zone_is_in_the_zone_of_the_file_and_a_day_stays_that_day() -> None:
    style = DateStyle(zone=ZoneInfo("Europe/Berlin"))
    assert parse_instant("2024-07-01 12:00", style).isoformat() == "2024-07-01T10:00:00+00:00"
    assert parse_instant("2024-07-01", style) == datetime.fromisoformat("2024-07-01T00:00:00+00:00")


@given(st.lists(DAYS, min_size=1))
def test_an_order_is_only_concluded_when_it_is_right(days: list[date]) -> None:
    evidence = DateEvidence()
    texts = {day.strftime("%d/%m/%y") for day in days}
    evidence.feed(texts)
    assert evidence.order in ("", DAY_FIRST)
    if evidence.order:
        assert {parse_day(text, DateStyle(order=evidence.order)) for text in texts} == set(days)
    elif any(day.day != day.month for day in days):
        assert evidence.question


def test_one_value_above_12_tells_the_order_of_the_whole_column() -> None:
    evidence = DateEvidence()
    evidence.feed(["03/04/21", "12/25/21", "2021-01-01", "n/a"])
    assert (evidence.order, evidence.question) == (MONTH_FIRST, "")


def test_values_of_both_orders_and_values_of_neither_are_asked_about() -> None:
    evidence = DateEvidence()
    evidence.feed(["03/04/21"])
    assert evidence.question == "'03/04/21' can be 3 April 2021 or 4 March 2021"
    evidence.feed(["25/12/21", "12/26/21"])
    assert evidence.question == "'25/12/21' can only be day first, '12/26/21' only month first"
