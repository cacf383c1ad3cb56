"""Product usage: daily active users and the features they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.safestring import SafeString

from mainstay.common.time import DAY
from mainstay.facts.selectors import DayActivity, FeatureUse, daily_active, feature_adoption
from mainstay.scores.selectors import HealthView
from mainstay.web import formats, svg
from mainstay.web.accounts.account_frame import Frame

PERIODS = {30: "30 days", 90: "90 days", 365: "12 months"}
USUAL = 90
SHOWN_ON_OVERVIEW = 8


@dataclass(frozen=True)
class FeatureLine:
    """A feature and the share of the active users who used it in 28 days."""

    use: FeatureUse
    share: float | None
    last_used: str


@dataclass(frozen=True)
class UsageCard:
    """The context of the card."""

    days: int
    periods: Sequence[tuple[int, str]]
    chart: SafeString
    caption: str
    features: Sequence[FeatureLine]
    tried: Sequence[FeatureLine]
    feature_caption: str
    rows: Sequence[DayActivity]
    is_table: bool

    @property
    def used(self) -> Sequence[FeatureLine]:
        """The features in use: all of them beside the table of days, else the first few."""
        used = [line for line in self.features if line.use.events]
        return used if self.is_table else used[:SHOWN_ON_OVERVIEW]

    @property
    def more_used(self) -> int:
        """How many features in use are not listed."""
        return sum(1 for line in self.features if line.use.events) - len(self.used)

    @property
    def unused(self) -> Sequence[FeatureLine]:
        """The features of the plan nobody used in 28 days."""
        return [line for line in self.features if not line.use.events]

    @property
    def is_empty(self) -> bool:
        """True when nothing was ever sent for the account in this period."""
        return not any(day.events for day in self.rows)


def usage_card(frame: Frame, view: HealthView | None, *, days: int, is_table: bool = False) -> UsageCard:
    """The card for the last `days` days; today is left out of the chart while it lasts."""
    days = days if days in PERIODS else USUAL
    end = frame.moment.at.date()
    series = daily_active(frame.account.pk, end - timedelta(days=days), end)
    values = frame.values
    seats = int(values.get("seats") or 0) or None
    line = _line(view)
    in_plan, tried = _features(frame)
    return UsageCard(
        days=days,
        periods=list(PERIODS.items()),
        chart=_chart(series, seats, line),
        caption=_caption(values.get("seats_used"), seats, values.get("daily_active_rate"), line, days),
        features=in_plan,
        tried=tried,
        feature_caption=_feature_caption(values.get("feature_coverage")),
        rows=series[::-1],
        is_table=is_table,
    )


def _line(view: HealthView | None) -> float | None:
    """The green line of the daily active rate in the account's scorecard, in percent of seats."""
    measures = view.result.scorecard.measures if view else ()
    return next((one.green for one in measures if one.metric == "daily_active_rate"), None)


def _chart(series: Sequence[DayActivity], seats: int | None, line: float | None) -> SafeString:
    target = seats * line / 100 if seats and line else None
    label = f"Daily active users in the last {len(series)} days"
    if len(series) <= 120:
        return svg.daily([(one.day, one.users) for one in series], label=label, seats=seats, target=target)
    return svg.daily(weekly(series), label=label, seats=seats, target=target, is_weekly=True)


def weekly(series: Sequence[DayActivity]) -> list[tuple[date, int]]:
    """The mean of the weekdays of each whole week that ends with the series, by its first day: a year in 52 points."""
    weeks = []
    for end in range(len(series), 6, -7):
        week = series[end - 7 : end]
        counts = [one.users for one in week if one.day.weekday() < 5]
        weeks.append((week[0].day, round(sum(counts) / len(counts))))
    return weeks[::-1]


def _caption(used: float | None, seats: int | None, rate: float | None, line: float | None, days: int) -> str:
    said = []
    if used is not None and seats:
        said.append(f"{formats.plain(used)} of {formats.plain(seats)} seats used in 28 days.")
    elif used is not None:
        said.append(f"{formats.plural(int(used), 'user')} in 28 days.")
    if rate is not None:
        said.append(f"{formats.percent(rate)} active on a weekday.")
    said.append("Bars: days. Line: weekday average." if days <= 120 else "Weekday average of each week.")
    if line and seats:
        said.append(f"Dashed: the green line, {formats.percent(line)}.")
    return " ".join(said)


def _features(frame: Frame) -> tuple[list[FeatureLine], list[FeatureLine]]:
    active = frame.values.get("seats_used")
    lines = [
        FeatureLine(one, 100 * one.users / active if active else None, _last_used(one, frame.moment.at))
        for one in feature_adoption(frame.account.pk, frame.moment.at)
    ]
    in_plan = sorted((line for line in lines if line.use.is_in_plan), key=lambda line: -(line.share or 0))
    return in_plan, [line for line in lines if not line.use.is_in_plan and line.use.events]


def _last_used(use: FeatureUse, at: datetime) -> str:
    if use.last_age is None:
        return "not used"
    if use.last_age <= 1:
        return "today" if use.last_age == 0 else "yesterday"
    day = at.date() - DAY * use.last_age
    return f"{day.day} {day:%b}"


def _feature_caption(coverage: float | None) -> str:
    used = "" if coverage is None else f" {formats.percent(coverage)} of the plan's features are used."
    return f"Share of active users in 28 days.{used}"
