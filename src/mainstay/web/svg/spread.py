"""How the values of a metric are spread over accounts: now, and over time."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.safestring import SafeString

from mainstay.metrics.insight import Bin, Spread
from mainstay.web.formats import plain
from mainstay.web.svg.parts import NOT_ENOUGH, Reading, Scale, Tick, frame, line, month_starts, number

type Written = Callable[[float | None], str]


def histogram(bins: Sequence[Bin], *, label: str, written: Written, height: int = 150) -> SafeString:
    """A bar for each bin; `written` says a value as people read it."""
    if not bins:
        return NOT_ENOUGH
    highest = max(1, *(one.accounts for one in bins))
    scale = Scale(0, highest)
    step = 1000 / len(bins)
    shapes, readings, labels = [], [], []
    every = max(1, -(-len(bins) // 6))
    for index, one in enumerate(bins):
        top = scale.percent(one.accounts) / 100 * height
        shapes.append(
            f'<rect class="ms-bar ms-solid" x="{number(index * step + step * 0.06)}" y="{number(top)}"'
            f' width="{number(step * 0.88)}" height="{number(height - top)}"/>'
        )
        middle = (index + 0.5) * step / 10
        span = written(one.start) if one.start == one.end else f"{written(one.start)} to {written(one.end)}"
        readings.append(Reading(middle, one.accounts, span, f"{plain(one.accounts)} accounts"))
        if index % every == 0:
            labels.append((middle, written(one.start)))
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(highest, plain(highest)), Tick(0, "0")],
        months=labels,
        shapes="".join(shapes),
        readings=readings,
    )


def spread_over_time(
    days: Sequence[tuple[date, Spread]], *, label: str, written: Written, height: int = 170
) -> SafeString:
    """The median as a line; behind it the middle half and the middle four fifths of the accounts."""
    known = [(day, one) for day, one in days if one.median is not None]
    if len(known) < 2:
        return NOT_ENOUGH
    low = min(one.p10 for _, one in known if one.p10 is not None)
    high = max(one.p90 for _, one in known if one.p90 is not None)
    scale = Scale(low, high if high > low else low + 1)
    first, last = known[0][0], known[-1][0]
    length = max(1, (last - first).days)
    xs = [(day - first).days / length * 1000 for day, _ in known]

    def down(value: float | None) -> float:
        return scale.percent(value if value is not None else low) / 100 * height

    def area(css: str, lower: str, upper: str) -> str:
        above = [(x, down(getattr(one, upper))) for x, (_, one) in zip(xs, known, strict=True)]
        below = [(x, down(getattr(one, lower))) for x, (_, one) in zip(xs, known, strict=True)]
        return f'<path class="{css}" d="{line(above)}{line(below[::-1]).replace("M", "L", 1)}Z"/>'

    medians = [(x, down(one.median)) for x, (_, one) in zip(xs, known, strict=True)]
    starts = list(month_starts(first, last))
    every = max(1, -(-len(starts) // 8))
    return frame(
        height=height,
        scale=scale,
        label=label,
        ticks=[Tick(scale.high, written(scale.high)), Tick(scale.low, written(scale.low))],
        months=[((day - first).days / length * 100, f"{day:%b}") for day in starts[::every]],
        shapes=area("ms-most", "p10", "p90") + area("ms-half", "p25", "p75")
        + f'<path class="ms-line" d="{line(medians)}"/>',
        readings=[
            Reading(x / 10, one.median or 0, f"{day.day} {day:%b %Y}",
                    f"{written(one.median)} · half {written(one.p25)} to {written(one.p75)}")
            for x, (day, one) in zip(xs, known, strict=True)
        ],
    )  # fmt: skip
