from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mainstay.common.working_time import Calendar
from mainstay.playbooks.commands import Awaited, Command, End, WaitFor, WaitUntil
from mainstay.playbooks.context import SAMPLE, Context
from mainstay.playbooks.steps.wait import STEP, WaitParams, next_anniversary

BERLIN = Calendar("Europe/Berlin", "DE")
# Friday, 14:00 in Berlin, two days before summer time begins there; Monday after next is Easter Monday.
FRIDAY = datetime(2026, 3, 27, 13, tzinfo=UTC)


def commands(context: Context = SAMPLE, **params: Any) -> list[Command]:
    return STEP.run(WaitParams.model_validate(params), context)


def until(**params: Any) -> datetime:
    (command,) = commands(replace(SAMPLE, now=FRIDAY, calendar=BERLIN), **params)
    assert isinstance(command, WaitUntil)
    return command.until


def test_a_wait_is_counted_from_now() -> None:
    assert commands(days=1.5) == [WaitUntil(SAMPLE.now + timedelta(hours=36))]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"days": 3}, datetime(2026, 3, 30, 13, tzinfo=UTC)),
        # The same local time although the clocks were put forward.
        ({"working_days": 1}, datetime(2026, 3, 30, 12, tzinfo=UTC)),
        # Good Friday and Easter Monday are free.
        ({"working_days": 5}, datetime(2026, 4, 7, 12, tzinfo=UTC)),
        ({"hours": 6, "working_hours": True}, datetime(2026, 3, 30, 7, tzinfo=UTC)),
        ({"hours": 1, "working_hours": True}, datetime(2026, 3, 27, 14, tzinfo=UTC)),
        ({"until": "2026-04-10"}, datetime(2026, 4, 9, 22, tzinfo=UTC)),
        ({"date_of": "renewal", "days_before": 1}, datetime(2026, 3, 30, 22, tzinfo=UTC)),
        ({"date_of": "anniversary"}, datetime(2026, 3, 31, 22, tzinfo=UTC)),
        # What is over is not waited for.
        ({"date_of": "signed"}, FRIDAY),
    ],
)
def test_a_wait_ends_when_the_account_has_it(params: dict[str, Any], expected: datetime) -> None:
    assert until(**params) == expected


def test_a_date_that_is_not_known_is_not_waited_for() -> None:
    assert commands(replace(SAMPLE, renews_on=None), date_of="renewal") == [WaitUntil(SAMPLE.now)]


@pytest.mark.parametrize(
    ("first", "day", "expected"),
    [
        (date(2024, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2028, 2, 28), date(2028, 2, 29)),
        (date(2024, 3, 1), date(2026, 3, 1), date(2026, 3, 1)),
        (date(2024, 3, 1), date(2026, 3, 2), date(2027, 3, 1)),
    ],
)
def test_an_anniversary_comes_every_year_of_february_29_too(first: date, day: date, expected: date) -> None:
    assert next_anniversary(first, day) == expected


def test_something_that_may_never_happen_is_waited_for_a_month_or_as_long_as_said() -> None:
    assert commands(condition="score > 5") == [
        WaitFor(Awaited.CONDITION, SAMPLE.now + timedelta(days=30), name="score > 5")
    ]
    assert commands(event=["Paid", "Refunded"], time_out={"hours": 1}) == [
        WaitFor(Awaited.EVENT, SAMPLE.now + timedelta(hours=1), name="Paid\nRefunded")
    ]


def test_a_time_out_may_end_the_run_and_what_happens_never_does() -> None:
    params = WaitParams.model_validate({"event": ["Paid"], "on_time_out": "exit"})
    assert isinstance(STEP.resume(params, SAMPLE, "timed_out")[0], End)
    assert STEP.resume(params, SAMPLE, "happened") == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"days": 1, "condition": "score > 5"}, "wait for one thing"),
        ({"days_before": 3}, "belongs to `date_of`"),
        ({"days": 1, "time_out": {"days": 1}}, "belongs to a `condition`"),
    ],
)
def test_a_wait_that_says_two_things_is_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        WaitParams.model_validate(params)
