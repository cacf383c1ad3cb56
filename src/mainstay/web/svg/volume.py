"""Rows of a source by day, with what is usual behind them."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.facts.watch.volume import Usual
from mainstay.web.formats import plain
from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, number


def volume(days: Sequence[tuple[date, int, Usual | None]], *, label: str, height: int = 150) -> SafeString:
    """Bars for the days; the soft area behind is what is usual for each, where it can be told."""
    if not days:
        return NOT_ENOUGH
    highest = max(1.0, *(rows for _, rows, _ in days), *(usual.high for _, _, usual in days if usual))
    scale = Scale(0, highest)
    step = 1000 / len(days)
    shapes = []

    def down(value: float) -> float:
        return scale.percent(value) / 100 * height

    for index, (_, rows, usual) in enumerate(days):
        left = index * step
        if usual is not None:
            shapes.append(_box("ms-usual", left=left, width=step, top=down(usual.high), bottom=down(usual.low)))
        css = "ms-bar ms-odd" if usual is not None and usual.verdict(rows) else "ms-bar"
        shapes.append(_box(css, left=left + step * 0.19, width=step * 0.62, top=down(rows), bottom=height))
    mondays = [index for index, (day, _, _) in enumerate(days) if day.weekday() == 0 and index > 2]
    every = max(1, -(-len(mondays) // 7))
    middles = [(index + 0.5) * step / 10 for index in range(len(days))]
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(highest, plain(round(highest))), Tick(highest / 2, plain(round(highest / 2))), Tick(0, "0")],
        months=[(middles[index], f"{days[index][0].day} {days[index][0]:%b}") for index in mondays[::every]],
        shapes="".join(shapes),
        readings=[
            Reading(x, rows, f"{day:%a} {day.day} {day:%b}", _said(rows, usual))
            for x, (day, rows, usual) in zip(middles, days, strict=True)
        ],
    )


def _box(css: str, *, left: float, width: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="{css}" x="{number(left)}" y="{number(top)}" width="{number(width)}"'
        f' height="{number(bottom - top)}"/>'
    )


def _said(rows: int, usual: Usual | None) -> str:
    if usual is None:
        return f"{plain(rows)} rows · not judged"
    return f"{plain(rows)} rows · usual {plain(round(usual.low))} to {plain(round(usual.high))}"
