"""Counts by day that are known within bounds: in any case, and at most."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.formats import plain
from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, number


def bounds(days: Sequence[tuple[date, int, int]], *, label: str, unit: str, height: int = 120) -> SafeString:
    """A bar a day of `(day, least, most)`: what happens in any case is filled, what may happen beyond it outlined."""
    if not days:
        return NOT_ENOUGH
    highest = max(1, *(most for _, _, most in days))
    scale, step = Scale(0, highest), 1000 / len(days)
    shapes = []
    for index, (_, least, most) in enumerate(days):
        left = index * step + step * 0.19
        for css, count in (("ms-bar ms-former", most if most > least else 0), ("ms-bar ms-now", least)):
            if count:
                top = scale.percent(count) / 100 * height
                shapes.append(
                    f'<rect class="{css}" x="{number(left)}" y="{number(top)}" width="{number(step * 0.62)}"'
                    f' height="{number(height - top)}"/>'
                )
    middles = [(index + 0.5) * step / 10 for index in range(len(days))]
    weeks = [index for index, (day, *_) in enumerate(days) if day.weekday() == 0]
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(highest, plain(highest)), Tick(0, "0")],
        months=[(middles[index], f"{days[index][0].day} {days[index][0]:%b}") for index in weeks],
        shapes="".join(shapes),
        readings=[
            Reading(x, most, f"{day:%a} {day.day} {day:%b}", _said(least, most, unit))
            for x, (day, least, most) in zip(middles, days, strict=True)
        ],
    )


def _said(least: int, most: int, unit: str) -> str:
    if least == most:
        return f"{plain(most)} {unit}"
    return f"up to {plain(most)} {unit}" if not least else f"{plain(least)} to {plain(most)} {unit}"
