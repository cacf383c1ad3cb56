"""Errors of this room."""

from datetime import date

from mainstay.common.errors import Invalid, NotFound


class BadSegment(Invalid):
    """A segment cannot be saved like this."""

    code = "bad_segment"


class DayNotKept(NotFound):
    """Nothing, or not everything that is needed, is kept of a day."""

    code = "day_not_kept"

    def __init__(self, day: date) -> None:
        super().__init__(
            f"No history is kept of {day}. Choose a later day, or compute that one: "
            f"`mainstay backfill --from {day} --to {day} --every day`.",
            details={"day": day.isoformat()},
        )
