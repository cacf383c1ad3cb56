"""What all charts share: numbers, names for assistive technology, paths, the frame and the read-out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.safestring import SafeString, mark_safe

NOT_ENOUGH: SafeString = mark_safe('<p class="mut">Not enough history yet.</p>')

type Point = tuple[float, float]


def letter(band: str) -> str:
    """`green` and `g` are `g`: the letter that classes and marks of a band end in."""
    return band[:1] if band[:1] in "gyru" else "u"


def number(value: float) -> str:
    """At most two decimals, none where there is nothing to say: `12.5`, `7`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def role(label: str) -> str:
    """A chart with a label is an image with a name; without one it is decoration beside its text."""
    return f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'


def safe(*parts: str) -> SafeString:
    """The parts as markup. Only for strings whose texts went through `escape`."""
    return mark_safe("".join(parts))


def line(points: Sequence[Point | None], *, step: bool = False) -> str:
    """The `d` of a path through the points; None breaks it. `step`: horizontal, then vertical."""
    parts: list[str] = []
    before: Point | None = None
    for point in points:
        if point is not None:
            parts.append(_segment(before, point, step=step))
        before = point
    return "".join(parts)


def _segment(before: Point | None, point: Point, *, step: bool) -> str:
    x, y = number(point[0]), number(point[1])
    if before is None:
        return f"M{x} {y}"
    if not step:
        return f"L{x} {y}"
    return f"H{x}" if before[1] == point[1] else f"H{x}V{y}"


def month_starts(first: date, last: date) -> Iterator[date]:
    """The first of each month after `first`, up to `last`."""
    year, month = first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        day = date(year, month, 1)
        if day > last:
            return
        yield day


@dataclass(frozen=True)
class Tick:
    """A label at a value of the vertical axis; a `cut` is a threshold and gets a dashed line."""

    value: float
    text: str
    is_cut: bool = False


@dataclass(frozen=True)
class Reading:
    """What the pointer reads at a place: x in percent of the width, the value, two lines of text."""

    x: float
    value: float
    title: str
    text: str


@dataclass(frozen=True)
class Scale:
    """The vertical axis, from `low` at the bottom to `high` at the top."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """The distance from the top, 0 to 100."""
        return 100 - (value - self.low) / (self.high - self.low) * 100


def frame(
    *,
    height: int,
    scale: Scale,
    label: str,
    ticks: Sequence[Tick],
    months: Sequence[tuple[float, str]],
    shapes: str,
    over: str = "",
    readings: Sequence[Reading] = (),
) -> SafeString:
    """A plot with grid and labels. `shapes` are drawn in 1000 x `height` units, `over` in percent."""
    grid: list[str] = []
    cuts: list[str] = []
    for tick in ticks:
        y = number(scale.percent(tick.value))
        css = " ms-cut" if tick.is_cut else ""
        (cuts if tick.is_cut else grid).append(f'<line class="ms-grid{css}" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>')
        grid.append(f'<text class="ms-y{css}" x="-8" y="{y}%" dy=".33em" text-anchor="end">{escape(tick.text)}</text>')
    below = "".join(
        f'<text class="ms-x{" ms-alt" if index % 2 else ""}" x="{number(x)}%" y="100%" dy="18"'
        f' text-anchor="middle">{escape(text)}</text>'
        for index, (x, text) in enumerate(months)
    )
    return safe(
        f'<div class="ms-chart"><svg class="ms-plot" width="100%" height="{height}" {role(label)}>',
        *grid,
        f'<svg width="100%" height="100%" viewBox="0 0 1000 {height}" preserveAspectRatio="none">{shapes}</svg>',
        *cuts,
        below,
        over,
        f"<g>{_read_out(readings, scale)}</g></svg></div>",
    )


def _read_out(readings: Sequence[Reading], scale: Scale) -> str:
    """One transparent column per reading; `:hover` shows its line, dot and label. No script."""
    width = 100 / max(1, len(readings) - 1)
    return "".join(_reading(reading, width, number(scale.percent(reading.value))) for reading in readings)


def _reading(reading: Reading, width: float, y: str) -> str:
    x = number(reading.x)
    # 6.4 px is the mean width of a character of Inter at 11 px, measured over the labels in use.
    box = 18 + 6.4 * max(len(reading.title), len(reading.text))
    left = -box - 8 if reading.x > 55 else 8
    return (
        f'<g class="ms-at"><rect class="ms-hit" x="{number(reading.x - width / 2)}%" y="0" width="{number(width)}%"'
        f' height="100%"/><line class="ms-cross" x1="{x}%" x2="{x}%" y1="0" y2="100%"/>'
        f'<circle class="ms-dot" cx="{x}%" cy="{y}%" r="4"/><svg class="ms-tip" x="{x}%" y="4">'
        f'<rect class="ms-tip-box" x="{number(left)}" width="{number(box)}" height="38" rx="6"/>'
        f'<text class="ms-tip-1" x="{number(left + 9)}" y="16">{escape(reading.title)}</text>'
        f'<text class="ms-tip-2" x="{number(left + 9)}" y="31">{escape(reading.text)}</text></svg></g>'
    )
