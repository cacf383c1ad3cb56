"""Tasks as an iCalendar stream: read back with the library, and looked at byte for byte where clients are strict."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mainstay.playbooks.ical import Entry, calendar

BERLIN = ZoneInfo("Europe/Berlin")
CALL = Entry(
    uid="task-1@mainstay",
    title="Call, then write; now",
    why="Logins fell\n71% → 38%, \\ see",
    url="https://success.example.com/tasks/1/",
    account="Müller & Söhne",
    opened_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
    changed_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
    due_at=datetime(2026, 10, 23, 12, 30, tzinfo=UTC),
)


def read(entry: Entry, *, as_todos: bool = False, zone: ZoneInfo = BERLIN):  # type: ignore[no-untyped-def]
    stream = calendar([entry], name="Tasks of Alice", zone=zone, as_todos=as_todos)
    return Calendar.from_ical(stream).subcomponents[0]


def test_texts_come_back_as_they_were() -> None:
    event = read(CALL)
    assert event["SUMMARY"] == "Call, then write; now · Müller & Söhne"
    assert event["DESCRIPTION"] == f"{CALL.why}\n\n{CALL.url}"
    assert (event["UID"], event["URL"], event["STATUS"]) == (CALL.uid, CALL.url, "CONFIRMED")


def test_lines_are_folded_to_75_octets_and_end_as_the_standard_asks() -> None:
    stream = calendar([replace(CALL, why="ä, " * 200)], name="Tasks of Alice", zone=BERLIN)
    lines = stream.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"VERSION:2.0" in lines
    assert b"VALARM" not in stream
    assert Calendar.from_ical(stream).subcomponents[0]["DESCRIPTION"].startswith("ä, ä, ")


@pytest.mark.parametrize(
    ("due", "zone", "day"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), BERLIN, date(2026, 10, 24)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), BERLIN, date(2026, 10, 25)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), BERLIN, date(2026, 3, 29)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), ZoneInfo("America/New_York"), date(2026, 11, 1)),
    ],
    ids=["before the clocks change", "on the day they do", "in spring", "west of Greenwich"],
)
def test_the_last_minute_of_a_day_means_the_day(due: datetime, zone: ZoneInfo, day: date) -> None:
    event = read(replace(CALL, due_at=due), zone=zone)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (day, day + timedelta(days=1))


@pytest.mark.parametrize("due", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)])
def test_a_time_stays_the_same_instant_when_the_clock_shows_it_twice(due: datetime) -> None:
    event = read(replace(CALL, due_at=due))
    assert event.decoded("DTEND") == due
    assert f"{event.decoded('DTEND').astimezone(BERLIN):%H:%M}" == "02:30"
    assert event.decoded("DTSTART") == due - timedelta(minutes=30)


def test_what_is_done_or_dismissed_says_so() -> None:
    done = replace(CALL, done_at=datetime(2026, 10, 20, tzinfo=UTC))
    assert read(done)["SUMMARY"].startswith("✓ Call")
    assert read(replace(CALL, is_dismissed=True))["STATUS"] == "CANCELLED"
    todo = read(done, as_todos=True)
    assert (todo.name, todo["STATUS"], todo.decoded("COMPLETED")) == ("VTODO", "COMPLETED", done.done_at)
    assert read(CALL, as_todos=True)["STATUS"] == "NEEDS-ACTION"
    assert read(CALL, as_todos=True).decoded("DUE") == CALL.due_at


def test_a_task_without_a_due_time_is_a_to_do_and_no_event() -> None:
    undated = replace(CALL, due_at=None)
    assert Calendar.from_ical(calendar([undated], name="T", zone=BERLIN)).subcomponents == []
    assert "DUE" not in read(undated, as_todos=True)
