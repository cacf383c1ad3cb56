"""A scorecard as people write it (YAML), checked, and turned into what the arithmetic takes.

`Document` is the published form: its JSON is kept in `ScorecardVersion.document`, word for word what a version means.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mainstay.conditions import ConditionError, parse
from mainstay.metrics.registry import Metric
from mainstay.scores import account_fields, arithmetic
from mainstay.scores.errors import BadScorecard

BANDS = ("green", "yellow", "red")
SHIPPED = Path(__file__).parent / "scorecards"

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasureDocument(_Strict):
    """A metric and its lines. At or beyond `green` it is green, at or beyond `yellow` yellow, else red.

    Green above yellow: more is better; below: less is better. Equal lines leave no yellow and need `direction`.
    """

    metric: str
    green: float = Field(allow_inf_nan=False)
    yellow: float = Field(allow_inf_nan=False)
    direction: Literal["up", "down"] | None = None
    label: str = Field(default="", max_length=60)
    says: str | dict[Literal["green", "yellow", "red"], str] = ""
    needs: str = Field(default="", max_length=80)

    @model_validator(mode="after")
    def _lines_agree_with_direction(self) -> Self:
        found = None if self.green == self.yellow else "up" if self.green > self.yellow else "down"
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

    def templates(self) -> dict[str, str]:
        """What is said, by band."""
        if isinstance(self.says, dict):
            return {str(band): text for band, text in self.says.items()}
        return dict.fromkeys(BANDS, self.says) if self.says else {}


class DimensionDocument(_Strict):
    """Measures that count together."""

    key: Key
    label: str = Field(min_length=1, max_length=60)
    weight: int = Field(ge=1, le=100)
    points: Literal["bands", "linear"] = "bands"
    combine: Literal["worst", "average"] = "worst"
    measures: list[MeasureDocument] = Field(min_length=1, max_length=20)


class Document(_Strict):
    """A scorecard. The first one, by `position`, whose `condition` on account fields holds serves an account."""

    key: Key
    name: str = Field(min_length=1, max_length=100)
    position: int = 0
    condition: str = ""
    green: int = Field(default=80, ge=1, le=100)
    yellow: int = Field(default=50, ge=0, le=100)
    minimum_coverage: float = Field(default=0.5, ge=0, le=1)
    dimensions: list[DimensionDocument] = Field(min_length=1, max_length=9)

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
        ):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{what} '{twice[0]}' stands twice; each stands once")
        return self


def read(text: str, *, origin: str) -> Document:
    """Parse and check YAML; `origin` names it in errors. Raises BadScorecard."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadScorecard(
            f"{origin} is not YAML: {' '.join(str(error).split())}. Check quotes and indents."
        ) from error
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
        dimensions=tuple(
            arithmetic.Dimension(
                key=dimension.key,
                label=dimension.label,
                weight=dimension.weight,
                points=dimension.points,
                combine=dimension.combine,
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
        direction=measure.direction or ("up" if measure.green > measure.yellow else "down"),
        green=measure.green,
        yellow=measure.yellow,
        says=measure.templates(),
        needs=measure.needs,
    )


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
