"""How many there were on each day."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.formats import plain, plural
from mainstay.web.svg.history import Marker, marker
from mainstay.web.svg.parts import NOT_ENOUGH, Point, Reading, Scale, Tick, frame, line, month_starts, number


def size(
    series: Sequence[tuple[date, int]], *, label: str, one: str, markers: Sequence[Marker] = (), height: int = 150
) -> SafeString:
    """A step line of `(day, count)`, oldest first, over a soft area; `one` is what is counted, in the singular."""
    if len(series) < 2:
        return NOT_ENOUGH
    first, last = series[0][0], series[-1][0]
    days = (last - first).days
    highest = max(1, *(count for _, count in series))
    scale = Scale(0, highest)

    def x(day: date) -> float:
        return (day - first).days / days * 100

    points: list[Point | None] = [(x(day) * 10, scale.percent(count) / 100 * height) for day, count in series]
    path = line(points, step=True)
    area = f'<path class="ms-usual" d="{path}V{number(height)}H0Z"/><path class="ms-line" d="{path}"/>'
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(value, plain(value)) for value in dict.fromkeys((highest, highest // 2, 0))],
        months=[
            (x(month), f"{month:%b}" if month.month > 1 else str(month.year)) for month in month_starts(first, last)
        ],
        shapes=area,
        over="".join(marker(x(mark.day), mark.kind, at) for at, mark in enumerate(markers, 1)),
        readings=[Reading(x(day), count, f"{day.day} {day:%b %Y}", plural(count, one)) for day, count in series],
    )
