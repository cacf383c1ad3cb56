"""The days of a month as a strip: which are kept, how, and which were corrected."""

from collections.abc import Sequence
from datetime import date

from django.utils.html import escape
from django.utils.safestring import SafeString

from mainstay.web.svg.parts import role, safe

# A cell of a day and the gap after it; the cells stand in the middle, a mark below.
CELL, GAP, HEIGHT = 9, 2, 19
TOP = (HEIGHT - CELL) / 2
LONGEST_MONTH = 31


def days(cells: Sequence[tuple[date, str, bool, str]], *, label: str) -> SafeString:
    """A cell a day: `(day, css, is_marked, said)`, at the place of its number. A dot stands below marked ones."""
    step = CELL + GAP
    shapes = []
    for day, css, is_marked, said in cells:
        x = (day.day - 1) * step
        shapes.append(
            f"<g><title>{escape(f'{day:%-d %B}: {said}')}</title>"
            f'<rect class="ms-day {css}" x="{x + 0.5}" y="{TOP + 0.5}" width="{CELL - 1}" height="{CELL - 1}" rx="2"/>'
        )
        if is_marked:
            shapes.append(f'<circle class="ms-day-mark" cx="{x + CELL / 2}" cy="{HEIGHT - 2}" r="1.8"/>')
        shapes.append("</g>")
    width = LONGEST_MONTH * step
    return safe(
        f'<svg class="ms-days" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" {role(label)}>',
        *shapes,
        "</svg>",
    )
