"""The Health card: number, one sentence, path to green, dimensions with their measures, coverage, ages of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from mainstay.ingest.own import OWN
from mainstay.ingest.sources import label_of
from mainstay.scores.explaining import DimensionResult, MeasureResult, State, Step
from mainstay.scores.selectors import HealthView, health
from mainstay.web import formats, svg
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.accounts.account_ways import Ways, ways_up
from mainstay.web.moment import with_query
from mainstay.web.values import written


@dataclass(frozen=True)
class MeasureLine:
    """A measure with everything there is to say about it."""

    measure: MeasureResult
    url: str
    text: str
    value: str
    green: str
    yellow: str
    source: str
    age: str
    corrected: str = ""

    @property
    def is_late(self) -> bool:
        """Left out because its source is late."""
        return self.measure.state is State.LATE

    @property
    def is_known(self) -> bool:
        """Counts."""
        return self.measure.state is State.KNOWN


@dataclass(frozen=True)
class DimensionLine:
    """A row of the table. `said`: measures with something to say; `silent`: the others that count."""

    dimension: DimensionResult
    measures: Sequence[MeasureLine]

    @property
    def said(self) -> Sequence[MeasureLine]:
        """What we see, and what we cannot see because it is late; begins with a capital letter."""
        lines = [line for line in self.measures if line.text]
        return [replace(lines[0], text=lines[0].text[:1].upper() + lines[0].text[1:]), *lines[1:]] if lines else []

    @property
    def others(self) -> int:
        """How many measures have nothing to say in a few words: fine without a mention, or never measured."""
        return len(self.measures) - len(self.said)


@dataclass(frozen=True)
class SourceLine:
    """A source behind the score and its age when it was computed."""

    label: str
    age: str
    is_late: bool


@dataclass(frozen=True)
class StepLine:
    """A step of the plan, and the query of the form that makes a task of it."""

    step: Step
    band: str
    task_query: str


@dataclass(frozen=True)
class HealthCard:
    """The context of the card."""

    view: HealthView
    headline: str
    rest: str
    standing: str
    path: SafeString | str
    dimensions: Sequence[DimensionLine]
    sources: Sequence[SourceLine]
    steps: Sequence[StepLine]
    ways: Ways | None
    biggest: int
    corrected: str = ""

    @property
    def coverage_percent(self) -> int:
        """0 to 100, whole; not 100 before everything is known."""
        percent = round(self.view.coverage * 100)
        return 99 if percent == 100 and self.view.coverage < 1 else percent


def health_card(frame: Frame) -> HealthCard | None:
    """The card of an account; None when no scorecard has served it yet."""
    view = health(frame.account.pk, frame.moment.as_of, known=frame.moment.known)
    if view is None:
        return None
    plan = view.plan()
    headline, _, rest = view.sentence.partition(". ")
    return HealthCard(
        view=view,
        headline=headline if headline.endswith(".") else f"{headline}.",
        rest=rest,
        standing=_standing(view),
        path=_path(view, plan.steps, when="then" if frame.is_past else "today"),
        dimensions=[_dimension(part, frame) for part in view.result.dimensions],
        sources=_sources(view),
        steps=[_step(step, view, frame) for step in plan.steps],
        ways=ways_up(view.result, frame),
        biggest=max(part.weight for part in view.result.dimensions),
        corrected=frame.corrected.get("score", ""),
    )


def _step(step: Step, view: HealthView, frame: Frame) -> StepLine:
    why = f"{step.label} needs {step.needs}. Worth {step.gain} points: {view.score} would be {step.score_after}."
    values = {"account": frame.account.key, "title": f"Bring {step.label.lower()} to green", "why": why}
    band = view.result.scorecard.band(step.score_after)
    return StepLine(step, band, urlencode(values | {"next": frame.url}))


def _standing(view: HealthView) -> str:
    """Since when, and what was before: `was Healthy until 18 Nov`."""
    since = view.band_since
    if view.result.caps:
        return "capped by a gate"
    if since is None:
        return ""
    # A day's score is the one as of its end: a band that began at a midnight began on the day before.
    day = since - timedelta(microseconds=1)
    year = "" if day.year == view.as_of.year else f" {day.year}"
    if not view.previous_band:
        return f"since {day.day} {day:%b}{year}"
    return f"was {formats.band_name(view.previous_band)} until {day.day} {day:%b}{year}"


def _path(view: HealthView, steps: Sequence[Step], *, when: str) -> SafeString | str:
    if view.score is None:
        return ""
    card = view.result.scorecard
    gains = [(step.label, step.gain) for step in steps]
    cuts = ((card.yellow, "Moderate"), (card.green, "Healthy"))
    return svg.score_path(view.score, gains, view.band, cuts=cuts, when=when)


def _dimension(part: DimensionResult, frame: Frame) -> DimensionLine:
    return DimensionLine(part, [measure_line(measure, frame) for measure in part.measures])


def measure_line(measure: MeasureResult, frame: Frame) -> MeasureLine:
    """A measure as pages show it."""
    url = reverse("account-why", args=[frame.account.key, measure.metric])
    good = measure.last_good
    text = measure.says
    if measure.state is State.LATE and not measure.stands_in:
        value = f" {written(good.value, measure.unit)} on {good.at.day} {good.at:%b}" if good else ""
        text = f"{measure.label}: unknown, last good{value}" if good else f"{measure.label}: unknown, its data is late"
    return MeasureLine(
        measure=measure,
        url=with_query(url, frame.moment.query),
        text=text,
        value=written(measure.value, measure.unit),
        green=f"{written(measure.green, measure.unit)} {_beyond(measure)}".strip(),
        yellow=f"{written(measure.yellow, measure.unit)} {_beyond(measure)}".strip(),
        source=label_of(measure.source),
        age="" if measure.source == OWN else formats.age(measure.source_age_seconds),
        corrected=frame.corrected.get(measure.metric, ""),
    )


def _beyond(measure: MeasureResult) -> str:
    if measure.unit == "boolean":
        return ""
    return "or more" if measure.direction == "up" else "or less"


def _sources(view: HealthView) -> list[SourceLine]:
    """Each source once, the oldest first; those that never delivered last."""
    ages: Mapping[str, MeasureResult] = {
        measure.source: measure for part in view.result.dimensions for measure in part.measures if measure.source != OWN
    }
    late = {measure.source for measure in view.result.late}
    found = sorted(ages.values(), key=lambda one: -(one.source_age_seconds or -1))
    return [SourceLine(label_of(one.source), formats.age(one.source_age_seconds), one.source in late) for one in found]
