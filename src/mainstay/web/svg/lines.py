"""How values are spread, with the two lines of a measure: what a slider moves over."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import number, role, safe

HEIGHT = 44


@dataclass(frozen=True)
class Lines:
    """The green and the yellow line; None while it is no number."""

    green: float | None
    yellow: float | None
    is_up: bool

    def letter(self, value: float) -> str:
        """The colour of a value: g, y, r, or n while a line is missing."""
        if self.green is None or self.yellow is None:
            return "n"
        sign = 1 if self.is_up else -1
        return "g" if sign * value >= sign * self.green else "y" if sign * value >= sign * self.yellow else "r"


def lines_over(
    bars: Sequence[tuple[float, float, int]], lines: Lines, *, low: float, high: float, label: str
) -> SafeString:
    """Bars `(low, high, accounts)` in the colour of their middle, from `low` to `high`, and the two lines."""
    span = (high - low) or 1.0
    most = max((count for _, _, count in bars), default=0) or 1

    def x(value: float) -> float:
        return max(0.0, min(100.0, (value - low) / span * 100))

    shapes = []
    for start, end, count in bars:
        if count:
            # A single value is drawn as a bar of a hundredth of the width around it.
            left, right = (x(start) - 0.6, x(start) + 0.6) if start == end else (x(start), x(end))
            height = max(1.5, (HEIGHT - 4) * count / most)
            width = max(0.4, right - left - (0 if start == end else 0.2))
            shapes.append(
                f'<rect class="tone-{lines.letter((start + end) / 2)}" x="{number(left)}%" width="{number(width)}%"'
                f' y="{number(HEIGHT - height)}" height="{number(height)}"/>'
            )
    for value, css in ((lines.yellow, "y"), (lines.green, "g")):
        if value is not None:
            at = number(x(value))
            shapes.append(f'<line class="sc-line sc-line-{css}" x1="{at}%" x2="{at}%" y1="0" y2="{HEIGHT}"/>')
    return safe(
        f'<svg class="sc-spread" width="100%" height="{HEIGHT}" {role(label)}>',
        *shapes,
        f'<line class="ms-grid" x1="0" x2="100%" y1="{HEIGHT}" y2="{HEIGHT}"/></svg>',
    )
