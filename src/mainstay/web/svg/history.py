"""The history of a score, with what happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import NOT_ENOUGH, Point, Reading, Scale, Tick, frame, letter, line, month_starts, number


@dataclass(frozen=True)
class Marker:
    """Something dated: an `event` of the account (round) or a new `version` of the scorecard (square)."""

    day: date
    kind: str = "event"


def history(
    series: Sequence[tuple[date, int | None]],
    *,
    label: str,
    band: str,
    cuts: tuple[int, int] = (50, 80),
    markers: Sequence[Marker] = (),
    beside: Sequence[tuple[date, int | None]] = (),
    height: int = 190,
) -> SafeString:
    """A step line of `(day, score)`, oldest first, over the zones of the bands; None leaves a gap.

    `beside`: another rule's scores of some of these days, dashed.
    """
    known = [(day, score) for day, score in series if score is not None]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return NOT_ENOUGH
    first, last = series[0][0], series[-1][0]
    days = (last - first).days
    scale = Scale(max(0, min(30, min(score for _, score in known) // 10 * 10 - 5)), 100)

    def x(day: date) -> float:
        return (day - first).days / days * 100

    points: list[Point | None] = [
        None if score is None else (x(day) * 10, scale.percent(score) / 100 * height) for day, score in series
    ]
    other: list[Point | None] = [
        None if score is None else (x(day) * 10, scale.percent(score) / 100 * height)
        for day, score in beside
        if first <= day <= last
    ]
    day, score = known[-1]
    end = (
        f'<circle class="ms-end band-{letter(band)}" cx="{number(x(day))}%" cy="{number(scale.percent(score))}%"'
        ' r="4.5"/>'
    )
    zones, names = _zones(scale, cuts, height)
    over = names + "".join(marker(x(mark.day), mark.kind, at) for at, mark in enumerate(markers, 1)) + end
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(100, "100"), *(Tick(cut, str(cut), is_cut=True) for cut in reversed(cuts))],
        months=[
            (x(month), f"{month:%b}" if month.month > 1 else str(month.year)) for month in month_starts(first, last)
        ],
        shapes=zones
        + (f'<path class="ms-line ms-beside" d="{line(other, step=True)}"/>' if other else "")
        + f'<path class="ms-line" d="{line(points, step=True)}"/>',
        over=over,
        readings=[Reading(x(day), score, f"{day.day} {day:%b %Y}", f"Score {score}") for day, score in known],
    )


def _zones(scale: Scale, cuts: tuple[int, int], height: int) -> tuple[str, str]:
    bounds = [(scale.low, cuts[0], "r", "At risk"), (*cuts, "y", "Moderate"), (cuts[1], 100, "g", "Healthy")]
    zones, names = [], []
    for low, high, band, name in bounds:
        top, bottom = scale.percent(high) / 100 * height, scale.percent(low) / 100 * height
        zones.append(
            f'<rect class="ms-zone-{band}" width="1000" y="{number(top)}" height="{number(max(0, bottom - top))}"/>'
        )
        names.append(f'<text class="ms-zone-name" x="6" y="{number(scale.percent(high))}%" dy="15">{name}</text>')
    return "".join(zones), "".join(names)


def marker(x: float, kind: str, index: int) -> str:
    """A numbered mark at `x` percent of the width: `event` is round, `version` square."""
    at = number(x)
    is_version = kind == "version"
    shape = '<rect x="-8" y="-8" width="16" height="16" rx="3"/>' if is_version else '<circle r="8"/>'
    return (
        f'<g class="ms-mark{" ms-version" if is_version else ""}"><line x1="{at}%" x2="{at}%" y1="-10" y2="100%"/>'
        f'<svg x="{at}%" y="-18">{shape}<text text-anchor="middle" dy=".35em">{index}</text></svg></g>'
    )
