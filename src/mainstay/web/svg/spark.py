"""A trend the size of a word."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import Point, letter, line, number, role, safe


def sparkline(
    values: Sequence[float | None],
    band: str,
    *,
    width: int = 72,
    height: int = 24,
    span: float = 36,
    label: str = "",
    rules: Sequence[int] = (),
) -> SafeString:
    """Scores of some weeks, oldest first; None leaves a gap. The last known one carries the colour of the band.

    `rules`: positions of the scores before which the rule changed; a square stands between them and the one before.

    The window is at least `span` points high, so that a flat line means flat and rows can be compared.
    """
    known = [value for value in values if value is not None]
    if not known:
        return safe(f'<svg class="ms-spark" width="{width}" height="{height}" {role(label)}></svg>')
    middle = (min(known) + max(known)) / 2
    half = max(span, max(known) - min(known)) / 2

    def place(index: int, value: float | None) -> Point | None:
        if value is None:
            return None
        x = 2 + index * (width - 7) / max(1, len(values) - 1)
        return x, height - 3 - (value - middle + half) / (2 * half) * (height - 6)

    points = [place(index, value) for index, value in enumerate(values)]
    marks = "".join(_rule(2 + (at - 0.5) * (width - 7) / max(1, len(values) - 1), height) for at in rules if at > 0)
    end_x, end_y = next(point for point in reversed(points) if point is not None)
    return safe(
        f'<svg class="ms-spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" {role(label)}>',
        marks,
        f'<path class="ms-spark-line" d="{line(points)}"/>',
        f'<circle class="ms-spark-dot band-{letter(band)}" cx="{number(end_x)}" cy="{number(end_y)}" r="2.5"/></svg>',
    )


def _rule(x: float, height: int) -> str:
    return (
        f'<g class="ms-spark-rule"><title>The scorecard changed</title><line x1="{number(x)}" x2="{number(x)}" y1="1"'
        f' y2="{height - 4}"/><rect x="{number(x - 1.75)}" y="{height - 4.5}" width="3.5" height="3.5"/></g>'
    )
