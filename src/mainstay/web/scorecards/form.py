"""What the editor shows: every field with its value and faults, every measure over the values of its metric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from mainstay.metrics.registry import all_metrics
from mainstay.scores import drafts, published, publishing
from mainstay.scores.models import Draft
from mainstay.scores.problems import Checked, Place, Problem
from mainstay.scores.published import Published
from mainstay.scores.spread import Spread, spreads
from mainstay.web.scorecards.lines import Picture, Slider, number_of, picture, range_text, slider_of
from mainstay.web.scorecards.rows import is_worded, rendered, says_of

UNKNOWN = (("leave_out", "are left out"), ("yellow", "count as yellow"), ("red", "count as red"),
           ("last_known", "keep the band of their last value"))  # fmt: skip
ROLL_UPS = (("arr_weighted_mean", "the mean of their children by ARR"), ("worst", "the worst child"),
            ("off", "no score"))  # fmt: skip
COMBINES = (("worst", "its worst measure"), ("average", "the average of its measures"))
POINTS = (("bands", "by colour"), ("linear", "in proportion between the lines"))
DIRECTIONS = (("up", "more is better"), ("down", "less is better"))
AT_MOST = (("yellow", "Moderate"), ("red", "At risk"))
_HEAD = ("name", "condition", "green", "yellow", "minimum_coverage", "unknown", "hold_days", "roll_up")
_DIMENSION = ("key", "label", "weight", "points", "combine", "unknown")
_MEASURE = ("metric", "green", "yellow", "direction", "label", "needs")
_GATE = ("key", "condition", "at_most", "label", "needs")
_UNITS = {"percent": "%", "days": "days"}


@dataclass(frozen=True)
class Field:
    """A field of the form. `name` is its place in the content."""

    name: str
    value: str

    @property
    def id(self) -> str:
        """For labels and links to it."""
        return f"f-{self.name.replace('.', '-')}"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the name of the field where."""

    name: str
    text: str
    excerpt: str


@dataclass(frozen=True)
class Group:
    """Fields that are told together, and what is wrong with them."""

    place: str
    fields: Mapping[str, Field]
    faults: Sequence[Fault]

    @property
    def id(self) -> str:
        """Of the part that tells the faults."""
        return f"l-{self.place.replace('.', '-') or 'head'}"

    @property
    def bad(self) -> str:
        """The names of the fields with faults, for the script that marks them."""
        return " ".join(fault.name for fault in self.faults)


@dataclass(frozen=True)
class MeasureView:
    """A measure of the form."""

    group: Group
    label: str
    meaning: str
    unit: str
    slider: Slider
    ends: tuple[str, str]
    picture: Picture
    says: Sequence[tuple[str, str]]
    contract_lines: Sequence[Group]
    is_worded: bool
    needs_direction: bool


@dataclass(frozen=True)
class DimensionView:
    """A dimension of the form."""

    group: Group
    number: int
    measures: Sequence[MeasureView]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A draft as the editor shows it."""

    draft: Draft
    content: Mapping[str, Any]
    checked: Checked
    now: datetime

    @cached_property
    def head(self) -> Group:
        """The fields of the whole scorecard."""
        return self._group("", _HEAD)

    @cached_property
    def dimensions(self) -> list[DimensionView]:
        """The dimensions, each with its measures."""
        return [
            DimensionView(
                self._group(f"dimensions.{at}", _DIMENSION),
                at + 1,
                [self._measure(at, index, one) for index, one in enumerate(groups(dimension.get("measures")))],
            )
            for at, dimension in enumerate(groups(self.content.get("dimensions")))
        ]

    @cached_property
    def gates(self) -> list[Group]:
        """The gates."""
        return [self._group(f"gates.{at}", _GATE) for at, _ in enumerate(groups(self.content.get("gates")))]

    @property
    def faulty(self) -> set[str]:
        """The groups with faults."""
        return set(self._problems)

    @property
    def first_fault(self) -> str:
        """The id of the field with the first fault, else of the part that tells it; empty without faults."""
        if not self.checked.problems:
            return ""
        place = self.checked.problems[0].place
        whole = [self.head, *self.gates]
        for dimension in self.dimensions:
            whole += [dimension.group, *(measure.group for measure in dimension.measures)]
        group = next((one for one in whole if one.place == _group_of(place)), self.head)
        return next((field.id for field in group.fields.values() if field.name == _dotted(place)), group.id)

    @property
    def weight(self) -> int | None:
        """The sum of the weights; None while one of them is no number."""
        weights = [number_of(one.get("weight")) for one in groups(self.content.get("dimensions"))]
        return int(sum(one or 0 for one in weights)) if None not in weights else None

    @cached_property
    def order(self) -> list[Published]:
        """The other scorecards in force, in order."""
        return [card for card in published.in_force(self.now) if card.scorecard.key != self.key]

    @cached_property
    def earlier(self) -> list[Published]:
        """The scorecards asked before this one."""
        position = number_of(self.content.get("position")) or 0
        return [card for card in self.order if (card.position, card.scorecard.key) < (position, self.key)]

    @property
    def never_asked(self) -> list[str]:
        """The names of scorecards that this one would leave nobody, since it is asked before and serves everybody."""
        if str(self.content.get("condition") or "").strip():
            return []
        return [card.scorecard.name for card in self.order[len(self.earlier) :]]

    @property
    def after(self) -> str:
        """The key of the scorecard asked before this one; empty for the first."""
        return self.earlier[-1].scorecard.key if self.earlier else ""

    @cached_property
    def key(self) -> str:
        """Of the scorecard that is drafted; of a new one what its name gives."""
        return str(drafts.content_of(self.draft)["key"])

    @cached_property
    def conditions(self) -> list[str]:
        """Those of the scorecards asked before, then its own; while that is wrong, one that holds for everybody."""
        condition = str(self.content.get("condition") or "")
        if any(problem.place[:1] == ("condition",) for problem in self.checked.problems):
            condition = ""
        return [*(card.condition for card in self.earlier), condition]

    @cached_property
    def _spreads(self) -> Mapping[str, Spread]:
        """By metric, the values of those whom the draft would serve."""
        wanted = [str(one["metric"]) for one in measures_of(self.content) if one.get("metric")]
        return spreads(wanted, self.conditions, now=self.now)

    @cached_property
    def _anchors(self) -> Mapping[str, list[float]]:
        """The lines in force by metric: sliders span them, whatever is typed meanwhile."""
        base = self.draft.base.document if self.draft.base else {}
        return {
            str(measure.get("metric")): [
                line for name in ("green", "yellow") if (line := number_of(measure.get(name))) is not None
            ]
            for measure in measures_of(base)
        }

    @cached_property
    def _problems(self) -> Mapping[str, list[Problem]]:
        found: dict[str, list[Problem]] = {}
        for problem in self.checked.problems:
            found.setdefault(_group_of(problem.place), []).append(problem)
        return found

    def _measure(self, at: int, index: int, measure: Mapping[str, Any]) -> MeasureView:
        place = f"dimensions.{at}.measures.{index}"
        key = str(measure.get("metric", ""))
        metric = all_metrics().get(key)
        unit = str(metric.unit) if metric else ""
        spread = self._spreads.get(key, Spread([], 0))
        slider = slider_of(spread, unit, self._anchors.get(key, []))
        lines = [number_of(measure.get("green")), number_of(measure.get("yellow"))]
        return MeasureView(
            group=self._group(place, _MEASURE),
            label=metric.label if metric else key,
            meaning=metric.description if metric else "This metric is not declared any more.",
            unit=_UNITS.get(unit, ""),
            slider=slider,
            ends=range_text(slider, unit),
            picture=picture(measure, metric, spread, slider),
            says=list(says_of(measure).items()),
            contract_lines=[
                self._group(f"{place}.contract_lines.{n}", ("arr_from", "green", "yellow"))
                for n, _ in enumerate(groups(measure.get("contract_lines")))
            ],
            is_worded=is_worded(measure),
            needs_direction=lines[0] == lines[1],
        )

    def _group(self, place: str, names: Sequence[str]) -> Group:
        prefix = f"{place}." if place else ""
        own = self._problems.get(place, [])
        fields = {name: Field(f"{prefix}{name}", rendered(self.content, f"{prefix}{name}")) for name in names}
        return Group(place, fields, [Fault(_dotted(one.place), one.text, one.excerpt) for one in own])


def form_of(draft: Draft, *, now: datetime) -> Form:
    """The form of a draft as it is kept."""
    return Form(draft=draft, content=draft.content, checked=drafts.check(draft), now=now)


def position_of(form: Form, after: str) -> int:
    """The position behind the scorecard `after`; the present one where it stands there already. BadScorecard."""
    if after == form.after:
        return int(number_of(form.content.get("position")) or 0)
    return publishing.position_after(after, moving=form.key)


def measures_of(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The measures of all dimensions."""
    for dimension in groups(content.get("dimensions")):
        yield from groups(dimension.get("measures"))


def groups(value: Any) -> list[Mapping[str, Any]]:
    """The items of a list that are groups of fields; of anything else none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _group_of(place: Place) -> str:
    """The group of the form that shows a fault at this place; the head for the scorecard as a whole."""
    if place[:1] == ("dimensions",) and len(place) > 1:
        is_measure = len(place) > 3 and place[2] == "measures"
        return _dotted(place[:4] if is_measure else place[:2])
    return _dotted(place[:2]) if place[:1] == ("gates",) and len(place) > 1 else ""


def _dotted(place: Place) -> str:
    return ".".join(str(step) for step in place)
