"""A scorecard as people write it (YAML), checked, and turned into what the arithmetic takes.

`Document` is the published form: its JSON is kept in `ScorecardVersion.document`, word for word what a version means.
The titles and descriptions of its fields are what the editor's form and the JSON Schema show.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml
from mainstay.conditions import ConditionError, parse
from mainstay.metrics.registry import Metric
from mainstay.scores import account_fields, arithmetic, gates
from mainstay.scores.arithmetic import RollUp, Unknown
from mainstay.scores.errors import BadScorecard

BANDS = ("green", "yellow", "red")
SHIPPED = Path(__file__).parent / "scorecards"

Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        max_length=60,
        title="Key",
        description="The name that never changes, in files and in the API: small letters, digits and underscores.",
    ),
]
_UNKNOWN = (
    "`leave_out`: the measure does not count and the rest is weighted again. `yellow`, `red`: it counts as that. "
    "`last_known`: it keeps the band of its last known value, for `hold_days`. "
    "A late source never counts as yellow or red: its measures are left out, or keep their band."
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ContractLinesDocument(_Strict):
    """The lines of a measure for accounts whose contracts are worth at least so much."""

    arr_from: float = Field(
        gt=0,
        allow_inf_nan=False,
        title="ARR from",
        description="Annual recurring revenue, in units of the reporting currency, from which these lines are used.",
    )
    green: float = Field(allow_inf_nan=False, title="Green line", description="At or beyond it the measure is green.")
    yellow: float = Field(
        allow_inf_nan=False, title="Yellow line", description="At or beyond it, short of green, it is yellow; else red."
    )


class MeasureDocument(_Strict):
    """A metric and its lines. At or beyond `green` it is green, at or beyond `yellow` yellow, else red.

    Green above yellow: more is better; below: less is better. Equal lines leave no yellow and need `direction`.
    """

    metric: str = Field(title="Metric", description="The key of the metric that is measured.")
    green: float = Field(
        allow_inf_nan=False,
        title="Green line",
        description="At or beyond this value the measure is green. Above the yellow line: more is better; below: less.",
    )
    yellow: float = Field(
        allow_inf_nan=False,
        title="Yellow line",
        description="At or beyond this value, short of green, the measure is yellow; else it is red.",
    )
    direction: Literal["up", "down"] | None = Field(
        default=None,
        title="Direction",
        description="Only for equal lines, which leave no yellow: `up` when more is better, `down` when less is.",
    )
    contract_lines: list[ContractLinesDocument] = Field(
        default=[],
        max_length=5,
        title="Lines by contract value",
        description="Other lines for larger contracts, by the account's ARR. Without a known ARR the first lines hold.",
    )
    label: str = Field(
        default="", max_length=60, title="Label", description="What pages call it; empty: the label of the metric."
    )
    says: str | dict[Literal["green", "yellow", "red"], str] = Field(
        default="",
        title="What we see",
        description="A few words for pages, for all bands or one text per band. `{value}` is the value, `{signed}` the "
        "value with its sign. Empty: the label and the value; an empty text for a band says nothing there.",
    )
    needs: str = Field(
        default="",
        max_length=80,
        title="What it needs",
        description="What would make it green, in a few words; `{green}` is the green line.",
    )

    @model_validator(mode="after")
    def _lines_agree_with_direction(self) -> Self:
        found = _direction(self.green, self.yellow)
        if self.direction is None and found is None:
            raise ValueError("green and yellow are the same line: say `direction: up` (more is better) or `down`")
        if self.direction is not None and found is not None and self.direction != found:
            raise ValueError(f"green {self.green:g} and yellow {self.yellow:g} say '{found}', not '{self.direction}'")
        for template in [*self.templates().values(), self.needs]:
            try:
                template.format(value="", signed="", green="")
            except (KeyError, IndexError, ValueError):
                raise ValueError(f"'{template}': the place-holders are {{value}}, {{signed}} and {{green}}") from None
        return self

    @model_validator(mode="after")
    def _contract_lines_agree(self) -> Self:
        own = self.direction or _direction(self.green, self.yellow)
        steps = [lines.arr_from for lines in self.contract_lines]
        if steps != sorted(set(steps)):
            begin = ", ".join(f"{step:g}" for step in steps)
            raise ValueError(f"`contract_lines` begin at {begin}; each must begin higher than the one before")
        for lines in self.contract_lines:
            found = _direction(lines.green, lines.yellow)
            if found not in (own, None):
                raise ValueError(f"the lines from {lines.arr_from:g} say '{found}', those of the measure '{own}'")
        return self

    def templates(self) -> dict[str, str]:
        """What is said, by band."""
        if isinstance(self.says, dict):
            return {str(band): text for band, text in self.says.items()}
        return dict.fromkeys(BANDS, self.says) if self.says else {}


class DimensionDocument(_Strict):
    """Measures that count together."""

    key: Key
    label: str = Field(min_length=1, max_length=60, title="Label", description="What pages call the dimension.")
    weight: int = Field(
        ge=1, le=100, title="Weight", description="How many of the 100 points it can earn; all weights add up to 100."
    )
    points: Literal["bands", "linear"] = Field(
        default="bands",
        title="Points",
        description="`bands`: green earns the whole weight, yellow half of it, red nothing. `linear`: between the "
        "yellow and the green line the points rise evenly from nothing to the whole.",
    )
    combine: Literal["worst", "average"] = Field(
        default="worst",
        title="Measures together",
        description="`worst`: the dimension is as good as its worst measure. `average`: as its measures on average.",
    )
    unknown: Unknown | None = Field(
        default=None,
        title="Measures without a value",
        description=f"As in the scorecard unless said here. {_UNKNOWN}",
    )
    measures: list[MeasureDocument] = Field(
        min_length=1, max_length=20, title="Measures", description="The metrics that count, each with its lines."
    )


class GateDocument(_Strict):
    """A condition that caps the band while it holds. The score itself stays. On what is unknown no gate closes."""

    key: Key
    condition: str = Field(
        min_length=1,
        title="Condition",
        description="On metrics and account fields, such as `open_urgent_tickets > 0`. While it holds, the band is "
        "capped. It never holds for a value that is unknown; `is null` on a metric is refused.",
    )
    at_most: Literal["yellow", "red"] = Field(
        default="yellow", title="At most", description="The best band the account can have while the condition holds."
    )
    label: str = Field(
        min_length=1,
        max_length=80,
        title="What we see",
        description="Said after the cap. A field of the condition in braces is its value: "
        "`{open_urgent_tickets} urgent open` gives “Capped at Moderate: 2 urgent open”.",
    )
    needs: str = Field(
        default="",
        max_length=80,
        title="What it needs",
        description="What lifts the cap, in a few words: `the urgent tickets closed`. Empty: the label is repeated.",
    )

    @model_validator(mode="after")
    def _label_can_be_filled(self) -> Self:
        try:
            gates.placeholders(self.label)
        except ValueError:
            raise ValueError(f"'{self.label}': a field of the condition stands in braces, like {{field}}") from None
        return self


class Document(_Strict):
    """A scorecard. The first one, by `position`, whose `condition` on account fields holds serves an account."""

    key: Key
    name: str = Field(min_length=1, max_length=100, title="Name", description="What pages call the scorecard.")
    position: int = Field(
        default=0,
        title="Position",
        description="The first scorecard, by position, whose condition holds serves an account.",
    )
    condition: str = Field(
        default="",
        title="Serves",
        description="A condition on account fields, such as `tier = 'enterprise'`. Empty: every account that no "
        "earlier scorecard serves.",
    )
    green: int = Field(default=80, ge=1, le=100, title="Healthy from", description="The lowest score that is green.")
    yellow: int = Field(
        default=50, ge=0, le=100, title="Moderate from", description="The lowest score that is yellow; below it is red."
    )
    minimum_coverage: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Least coverage",
        description="The share of the weight, 0 to 1, that must be known. With less there is no score, only “unknown”.",
    )
    unknown: Unknown = Field(default="leave_out", title="Measures without a value", description=_UNKNOWN)
    hold_days: int = Field(
        default=90,
        ge=1,
        le=400,
        title="Hold for, days",
        description="How old a last known value may be for `unknown: last_known`; an older one is left out.",
    )
    roll_up: RollUp = Field(
        default="arr_weighted_mean",
        title="Parent accounts",
        description="How the scores of child accounts make one for their parent, which is its score while it has no "
        "data of its own. `arr_weighted_mean`: the mean by ARR; `worst`: the lowest; `off`: none.",
    )
    gates: list[GateDocument] = Field(
        default=[],
        max_length=9,
        title="Gates",
        description="Conditions that cap the band, such as an open urgent ticket: at most yellow.",
    )
    dimensions: list[DimensionDocument] = Field(
        min_length=1, max_length=9, title="Dimensions", description="What health consists of; the weights make 100."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        weights = sum(dimension.weight for dimension in self.dimensions)
        if weights != 100:
            raise ValueError(f"the weights of the dimensions add up to {weights}; they must add up to 100")
        if self.yellow >= self.green:
            raise ValueError(f"the yellow band starts at {self.yellow}; that must be below green, {self.green}")
        for what, keys in (
            ("dimension", [dimension.key for dimension in self.dimensions]),
            ("metric", [measure.metric for dimension in self.dimensions for measure in dimension.measures]),
            ("gate", [gate.key for gate in self.gates]),
        ):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{what} '{twice[0]}' stands twice; each stands once")
        return self


def read(text: str, *, origin: str) -> Document:
    """Parse and check YAML; `origin` names it in errors. Raises BadScorecard."""
    try:
        content = yaml_text.load(text, origin=origin)
    except NotYaml as error:
        raise BadScorecard(error.message) from error
    return check(content, origin=origin)


def check(content: Any, *, origin: str) -> Document:
    """Check what YAML or JSON gave. Raises BadScorecard."""
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = _place(content, first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadScorecard(f"{origin}{place}: {said}.{more} Correct it and load it again.") from error


def build(document: Document, *, version: int, metrics: Mapping[str, Metric]) -> arithmetic.Scorecard:
    """The scorecard the arithmetic takes. Raises BadScorecard when a metric or the condition cannot be taken."""
    _check_condition(document)
    return arithmetic.Scorecard(
        key=document.key,
        name=document.name,
        version=version,
        green=document.green,
        yellow=document.yellow,
        minimum_coverage=document.minimum_coverage,
        hold_days=document.hold_days,
        roll_up=document.roll_up,
        gates=tuple(_gate(document.key, gate, metrics) for gate in document.gates),
        dimensions=tuple(
            arithmetic.Dimension(
                key=dimension.key,
                label=dimension.label,
                weight=dimension.weight,
                points=dimension.points,
                combine=dimension.combine,
                unknown=dimension.unknown or document.unknown,
                measures=tuple(_measure(document.key, measure, metrics) for measure in dimension.measures),
            )
            for dimension in document.dimensions
        ),
    )


def _check_condition(document: Document) -> None:
    try:
        if document.condition:
            parse(document.condition, account_fields.FIELDS)
    except ConditionError as error:
        raise BadScorecard(
            f"Scorecard '{document.key}', condition (on account fields only): {error.message}", details=error.details
        ) from error


def _measure(scorecard: str, measure: MeasureDocument, metrics: Mapping[str, Metric]) -> arithmetic.Measure:
    metric = metrics.get(measure.metric)
    if metric is None:
        known = ", ".join(sorted(metrics))
        raise BadScorecard(
            f"Scorecard '{scorecard}' measures '{measure.metric}', which is no metric. Metrics: {known}."
        )
    return arithmetic.Measure(
        metric=metric.key,
        label=measure.label or metric.label,
        unit=str(metric.unit),
        source=metric.source,
        direction=measure.direction or _direction(measure.green, measure.yellow) or "up",
        green=measure.green,
        yellow=measure.yellow,
        says=measure.templates(),
        needs=measure.needs,
        contract_lines=tuple(
            arithmetic.ContractLines(lines.arr_from, lines.green, lines.yellow) for lines in measure.contract_lines
        ),
    )


def _gate(scorecard: str, gate: GateDocument, metrics: Mapping[str, Metric]) -> gates.Gate:
    place = f"Scorecard '{scorecard}', gate '{gate.key}'"
    try:
        condition = parse(gate.condition, gates.fields(metrics))
    except ConditionError as error:
        raise BadScorecard(f"{place}, condition: {error.message}", details=error.details) from error
    sources = {key: metrics[key].source for key in sorted(condition.fields & metrics.keys())}
    found = gates.Gate(gate.key, gate.label, gate.needs, gate.at_most, condition, sources)
    asked = sorted(gates.asked_to_be_unknown(condition) & metrics.keys())
    if asked:
        raise BadScorecard(
            f"{place} would hold while '{asked[0]}' is unknown, and unknown is not bad. Compare its value instead."
        )
    wrong = sorted(set(gates.placeholders(gate.label)) - condition.fields)
    if wrong:
        known = ", ".join(f"{{{name}}}" for name in sorted(condition.fields))
        raise BadScorecard(f"{place}, label: '{{{wrong[0]}}}' is no field of the condition; use {known}.")
    return found


def _direction(green: float, yellow: float) -> Literal["up", "down"] | None:
    return None if green == yellow else "up" if green > yellow else "down"


def _place(content: Any, location: tuple[int | str, ...]) -> str:
    """`dimension 'support', measure 'csat_90d', green`: names instead of numbers where there are any."""
    words: list[str] = []
    for step in location:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
        if isinstance(step, int):
            named = content.get("key") or content.get("metric") if isinstance(content, dict) else None
            words[-1] = f"{words[-1].removesuffix('s')} {f'{named!r}' if named else step + 1}"
        else:
            words.append(str(step))
    return f", {', '.join(words)}" if words else ""
