"""The lines of a measure over the present values of its metric: the chart, the slider, the colours of the accounts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from mainstay.metrics.registry import Direction, Metric, Unit
from mainstay.scores.spread import Shares, Spread
from mainstay.scores.wording import value_text
from mainstay.web import svg
from mainstay.web.svg.lines import Lines


@dataclass(frozen=True)
class Slider:
    """What a slider moves over."""

    low: float
    high: float
    step: float

    @property
    def texts(self) -> dict[str, str]:
        """As attributes have them."""
        return {name: f"{getattr(self, name):.10g}" for name in ("low", "high", "step")}


@dataclass(frozen=True)
class Picture:
    """The chart of a measure, and how many accounts have which colour; `shares` None while a line is no number."""

    chart: SafeString
    shares: Shares | None
    accounts: int

    @property
    def percents(self) -> list[tuple[str, int]]:
        """Band and share of the accounts, 0 to 100, of those that occur."""
        if self.shares is None or not self.accounts:
            return []
        counts = self.shares._asdict()
        return [(band, round(100 * count / self.accounts)) for band, count in counts.items() if count]


def number_of(value: Any) -> float | None:
    """A number that was typed or stored; None for what is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def is_up(measure: Mapping[str, Any], metric: Metric | None) -> bool:
    """Whether more is better: by the lines, else as said, else as for the metric."""
    green, yellow = number_of(measure.get("green")), number_of(measure.get("yellow"))
    if green is not None and yellow is not None and green != yellow:
        return green > yellow
    if measure.get("direction") in ("up", "down"):
        return bool(measure["direction"] == "up")
    return metric is None or metric.direction is not Direction.DOWN


def slider_of(spread: Spread, unit: str, anchors: list[float]) -> Slider:
    """From the lowest to the highest value worth a place, and to the `anchors`: lines that must be on it."""
    bars = spread.bars()
    low = min([*(bar.low for bar in bars[:1]), *anchors], default=0.0)
    high = max([*(bar.high for bar in bars[-1:]), *anchors], default=1.0)
    if unit == Unit.PERCENT and low >= 0 and high <= 100:
        low, high = 0.0, 100.0
    if 0 < low <= 0.2 * (high - low):
        low = 0.0
    if unit == Unit.BOOLEAN or low == high:
        low, high = min(low, 0.0), max(high, 1.0)
    step = nice((high - low) / 200)
    if unit in (Unit.COUNT, Unit.DAYS, Unit.BOOLEAN) or (unit == Unit.PERCENT and high - low >= 50):
        step = max(1.0, step)
    return Slider(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def picture(measure: Mapping[str, Any], metric: Metric | None, spread: Spread, slider: Slider) -> Picture:
    """The measure as it stands."""
    green, yellow = number_of(measure.get("green")), number_of(measure.get("yellow"))
    up = is_up(measure, metric)
    shares = spread.shares(green, yellow, is_up=up) if green is not None and yellow is not None else None
    name = metric.label if metric else str(measure.get("metric", ""))
    chart = svg.lines_over(
        spread.bars(), Lines(green, yellow, up), low=slider.low, high=slider.high, label=_spoken(name, shares, spread)
    )
    return Picture(chart, shares, spread.accounts)


def suggested(metric: Metric, spread: Spread) -> dict[str, Any]:
    """A measure to begin with: two fifths of the accounts green, a quarter red."""
    up = metric.direction is not Direction.DOWN
    if metric.unit is Unit.BOOLEAN:
        return {"metric": metric.key, "green": 1.0 if up else 0.0, "yellow": 0.0 if up else 1.0}
    if not spread.values:
        return {"metric": metric.key, "green": 70.0 if up else 30.0, "yellow": 50.0}
    green, yellow = (spread.at(0.6), spread.at(0.25)) if up else (spread.at(0.4), spread.at(0.75))
    green, yellow = rounded(green), rounded(yellow)
    found: dict[str, Any] = {"metric": metric.key, "green": green, "yellow": yellow}
    return found | {"direction": "up" if up else "down"} if green == yellow else found


def rounded(value: float) -> float:
    """To two digits, as people would say it."""
    if not value:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def nice(width: float) -> float:
    """The next step of 1, 2 or 5 times a power of ten."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def range_text(slider: Slider, unit: str) -> tuple[str, str]:
    """The ends of the slider as people read them."""
    if unit == Unit.BOOLEAN:
        return "no", "yes"
    return value_text(slider.low, unit), value_text(slider.high, unit)


def _spoken(name: str, shares: Shares | None, spread: Spread) -> str:
    if shares is None:
        return f"{name}: {len(spread.values):,} accounts with a value"
    return (
        f"{name}: {shares.green:,} accounts green, {shares.yellow:,} yellow, {shares.red:,} red, "
        f"{shares.unknown:,} without a value"
    )
