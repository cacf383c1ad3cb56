"""The columns of the board: what people decide on, by when it is due. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

COLUMNS = {"overdue": "Overdue", "today": "Today", "week": "This week", "later": "Later", "done": "Done"}
_FRIDAY, _WEEK = 4, timedelta(days=7)


def dues_of(today: date) -> Mapping[str, date]:
    """The day a task becomes due that is moved to a column: today, the Friday of this week (at its end the Sunday),
    the Friday of the next."""
    monday = today - timedelta(days=today.weekday())
    friday, sunday = monday + timedelta(days=_FRIDAY), monday + timedelta(days=6)
    return {"today": today, "week": friday if today < friday else sunday, "later": friday + _WEEK}


def week_ends(today: date) -> date:
    """The first day that is no longer this week."""
    return today - timedelta(days=today.weekday()) + _WEEK
