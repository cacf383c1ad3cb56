"""How accounts were spread over the bands, week by week, with what changed the rule."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.web import formats
from mainstay.web.svg.history import Marker, marker
from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, letter, month_starts, number

# From the bottom of the chart up.
BANDS = ("green", "yellow", "red", "unknown")


def bands_over_time(
    series: Sequence[tuple[date, Mapping[str, int]]],
    *,
    label: str,
    markers: Sequence[Marker] = (),
    height: int = 190,
) -> SafeString:
    """Stacked shares of `(day, accounts by band)`, oldest first, each up to the next; markers as in `history`."""
    counted = [(day, bands) for day, bands in series if sum(bands.values())]
    if len(counted) < 2:
        return NOT_ENOUGH
    first, last = counted[0][0], counted[-1][0]
    days = (last - first).days

    def x(day: date) -> float:
        return max(0.0, min(100.0, (day - first).days / days * 100))

    scale = Scale(0, 100)
    shapes, under = [], [0.0] * len(counted)
    for band in BANDS:
        over = [
            low + 100 * bands.get(band, 0) / sum(bands.values()) for low, (_, bands) in zip(under, counted, strict=True)
        ]
        if over != under:
            xs = [x(day) * 10 for day, _ in counted]
            shapes.append(f'<path class="ms-area tone-{letter(band)}" d="{_area(xs, under, over, height)}"/>')
        under = over
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(0, "0%"), Tick(50, "50%"), Tick(100, "100%")],
        months=[
            (x(month), f"{month:%b}" if month.month > 1 else str(month.year)) for month in month_starts(first, last)
        ],
        shapes="".join(shapes),
        over="".join(marker(x(one.day), one.kind, at) for at, one in enumerate(markers, 1)),
        readings=[Reading(x(day), 50, f"{day.day} {day:%b %Y}", _read(bands)) for day, bands in counted],
    )


def _area(xs: Sequence[float], under: Sequence[float], over: Sequence[float], height: int) -> str:
    def points(values: Sequence[float]) -> list[str]:
        return [f"{number(x)} {number((100 - value) / 100 * height)}" for x, value in zip(xs, values, strict=True)]

    return f"M{'L'.join([*points(over), *reversed(points(under))])}Z"


def _read(bands: Mapping[str, int]) -> str:
    return " · ".join(f"{bands[band]:,} {formats.band_name(band).lower()}" for band in BANDS if bands.get(band))
