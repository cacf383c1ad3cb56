"""A share of something, day by day."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import NOT_ENOUGH, Point, Reading, Scale, Tick, frame, line, month_starts


def shares(series: Sequence[tuple[date, float | None]], *, label: str, height: int = 120) -> SafeString:
    """A line of `(day, share)`, 0 to 1, oldest first; None leaves a gap."""
    known = [(day, share) for day, share in series if share is not None]
    if len(known) < 2:
        return NOT_ENOUGH
    first, last = series[0][0], series[-1][0]
    days = (last - first).days
    scale = Scale(0, 100)

    def x(day: date) -> float:
        return (day - first).days / days * 100

    months = [(x(month), f"{month:%b}" if month.month > 1 else str(month.year)) for month in month_starts(first, last)]
    ends = [(0.0, f"{first.day} {first:%b}"), (100.0, f"{last.day} {last:%b}")]
    points: list[Point | None] = [
        None if share is None else (x(day) * 10, scale.percent(100 * share) / 100 * height) for day, share in series
    ]
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(0, "0%"), Tick(50, "50%"), Tick(100, "100%")],
        months=months if days > 62 else ends,
        shapes=f'<path class="ms-line" d="{line(points)}"/>',
        readings=[
            Reading(x(day), 100 * share, f"{day.day} {day:%b %Y}", f"{100 * share:.0f}%") for day, share in known
        ],
    )
