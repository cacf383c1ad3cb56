"""Counts by month, of one thing or of two side by side."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.formats import plain
from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, number


def months(
    counts: Sequence[tuple[date, int, int | None]], *, label: str, unit: str = "", other: str = "", height: int = 150
) -> SafeString:
    """A bar a month (by its first day); where there is a second count, its bar stands behind, in outline.

    `unit`: what is counted, for the read-out; `other`: what the second count is of.
    """
    if not counts:
        return NOT_ENOUGH
    highest = max(1, *(count for _, count, _ in counts), *(second or 0 for _, _, second in counts))
    scale, step = Scale(0, highest), 1000 / len(counts)
    shapes = []
    for index, (_, count, second) in enumerate(counts):
        left = index * step
        if second is not None:
            shapes.append(_bar("ms-bar ms-former", left + step * 0.14, step * 0.72, scale.percent(second), height))
        shapes.append(_bar("ms-bar ms-now", left + step * 0.24, step * 0.52, scale.percent(count), height))
    middles = [(index + 0.5) * step / 10 for index in range(len(counts))]
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(highest, plain(highest)), Tick(0, "0")],
        months=[(x, f"{month:%b}") for x, (month, _, _) in zip(middles, counts, strict=True)],
        shapes="".join(shapes),
        readings=[
            Reading(x, count, f"{month:%B %Y}", _said(count, second, unit, other))
            for x, (month, count, second) in zip(middles, counts, strict=True)
        ],
    )


def _bar(css: str, left: float, width: float, top_percent: float, height: int) -> str:
    top = top_percent / 100 * height
    return (
        f'<rect class="{css}" x="{number(left)}" y="{number(top)}" width="{number(width)}"'
        f' height="{number(height - top)}"/>'
    )


def _said(count: int, second: int | None, unit: str, other: str) -> str:
    said = f"{plain(count)} {unit}".strip()
    return said if second is None else f"{said} · {plain(second)} {other}".strip()
