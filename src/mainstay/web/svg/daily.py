"""Daily active users of an account."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, line, number


def daily(
    series: Sequence[tuple[date, int]],
    *,
    label: str,
    seats: int | None = None,
    target: float | None = None,
    height: int = 150,
    is_weekly: bool = False,
) -> SafeString:
    """Faint bars for the days, the mean of the last seven days' weekdays as the line, `target` users dashed.

    `is_weekly`: a value is already the mean of a week, by its first day.
    """
    if not series:
        return NOT_ENOUGH
    highest = max(seats or 0, *(count for _, count in series), 1)
    scale = Scale(0, highest)
    step = 1000 / len(series)
    means = [float(count) for _, count in series] if is_weekly else _weekday_means(series)
    bars = []
    for index, (_, count) in enumerate(series):
        top = scale.percent(count) / 100 * height
        left = index * step + step * 0.19
        bars.append(
            f'<rect class="ms-bar" x="{number(left)}" y="{number(top)}" width="{number(step * 0.62)}"'
            f' height="{number(height - top)}"/>'
        )
    middles = [(index + 0.5) * step for index in range(len(series))]
    points = [(x, scale.percent(mean) / 100 * height) for x, mean in zip(middles, means, strict=True)]
    mondays = [index for index, (day, _) in enumerate(series) if (is_weekly or day.weekday() == 0) and index > 3]
    every = max(1, -(-len(mondays) // 7))
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=_ticks(highest, seats, target),
        months=[(middles[index] / 10, f"{series[index][0].day} {series[index][0]:%b}") for index in mondays[::every]],
        shapes="".join(bars) + f'<path class="ms-line" d="{line(points)}"/>',
        readings=[
            Reading(
                x / 10,
                mean,
                f"Week of {day.day} {day:%b}" if is_weekly else f"{day:%a} {day.day} {day:%b}",
                f"{count} active{_share(mean, seats)}",
            )
            for x, mean, (day, count) in zip(middles, means, series, strict=True)
        ],
    )


def _weekday_means(series: Sequence[tuple[date, int]]) -> list[float]:
    means = []
    for index, (_, count) in enumerate(series):
        week = [value for day, value in series[max(0, index - 6) : index + 1] if day.weekday() < 5] or [count]
        means.append(sum(week) / len(week))
    return means


def _share(mean: float, seats: int | None) -> str:
    return f" · {round(100 * mean / seats)}% avg" if seats else ""


def _ticks(highest: int, seats: int | None, target: float | None) -> list[Tick]:
    if not seats:
        return [Tick(highest, str(highest)), Tick(0, "0")]
    ticks = [Tick(seats, str(seats)), Tick(seats / 2, str(seats // 2)), Tick(0, "0")]
    if target is not None:
        ticks.append(Tick(target, f"{round(100 * target / seats)}%", is_cut=True))
    return ticks
