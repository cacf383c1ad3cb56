"""Bars: a share, the points of a dimension, how accounts are spread over the bands."""

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import letter, number, role, safe


def meter(
    percent: float | None,
    *,
    tone: str = "n",
    width: int | str = "100%",
    height: int = 6,
    label: str = "",
    tick: float | None = None,
) -> SafeString:
    """A bar from 0 to 100; None draws the track only. `tone`: n neutral, a accent, g, y, r. `tick`: a benchmark."""
    fill, mark = "", ""
    if percent is not None:
        share = number(max(0.0, min(100.0, percent)))
        fill = f'<rect class="ms-fill tone-{tone}" width="{share}%" height="{height}" rx="{number(height / 2)}"/>'
    if tick is not None:
        at = number(tick)
        mark = f'<line class="ms-tick" x1="{at}%" x2="{at}%" y1="-3" y2="{height + 3}"/>'
    return safe(
        f'<svg class="ms-meter" width="{width}" height="{height}" {role(label)}>',
        f'<rect class="ms-track" width="100%" height="{height}" rx="{number(height / 2)}"/>{fill}{mark}</svg>',
    )


def dimbar(points: float, weight: float, band: str, *, biggest: float = 40) -> SafeString:
    """One dimension of a score: the track is as long as the weight, so the eye sees where the points are."""
    length = 100 * weight / biggest
    share = length * points / weight if weight else 0
    return safe(
        '<svg class="ms-meter" width="100%" height="8" aria-hidden="true">',
        f'<rect class="ms-track" width="{number(length)}%" height="8" rx="3"/>',
        f'<rect class="ms-fill tone-{letter(band)}" width="{number(share)}%" height="8" rx="3"/></svg>',
    )


def distribution(green: int, yellow: int, red: int, unknown: int = 0) -> SafeString:
    """How many accounts are in each band, as one bar with a hairline between the parts."""
    counts = {"g": green, "y": yellow, "r": red, "u": unknown}
    total = sum(counts.values())
    if not total:
        return safe(
            '<svg class="ms-dist" width="100%" height="8" role="img" aria-label="No accounts">',
            '<rect class="ms-track" width="100%" height="8" rx="2"/></svg>',
        )
    label = f"{green} healthy, {yellow} moderate, {red} at risk" + (f", {unknown} unknown" if unknown else "")
    bars, start = [], 0.0
    for band, count in counts.items():
        if count:
            share = 100 * count / total
            gap = 0.6 if start + share < 99.9 and share > 1.2 else 0
            bars.append(
                f'<rect class="tone-{band}" x="{number(start)}%" width="{number(share - gap)}%" height="8" rx="2"/>'
            )
            start += share
    return safe(f'<svg class="ms-dist" width="100%" height="8" {role(label)}>', *bars, "</svg>")
