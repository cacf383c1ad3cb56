"""The steps of a playbook as a tree: actions in a row, branches by condition, splits by share.

Every step has an id of its own in the whole playbook: a run stands before an id, so it finds its place in another
version, and no step is carried out twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError

from mainstay.playbooks.hints import hint
from mainstay.playbooks.step import NEEDED, Params, StepType, still_needed
from mainstay.playbooks.steps import step_types

KEY = r"^[a-z][a-z0-9_]*$"
BRANCH, SPLIT = "branch", "split"

Id = Annotated[str, Field(pattern=KEY, max_length=60, description="Its name in the playbook; it stays with versions.")]
Condition = Annotated[
    str,
    Field(
        max_length=4_000,
        description="A condition on the account, as in segments.",
        json_schema_extra=hint(is_condition=True),
    ),
]


class Strict(BaseModel):
    """Nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


def said_of(error: ErrorDetails) -> str:
    """What pydantic found wrong, in words for whoever writes the document."""
    match error["type"]:
        case "missing":
            return "it is missing"
        case "string_too_short":
            return "it is empty"
        case "string_pattern_mismatch" if error["input"] == "":
            return "it is empty"
        case "too_short" if not error["input"]:
            return "there is none yet; add one"
        case "string_pattern_mismatch" if error["ctx"]["pattern"] == KEY:
            return f"'{error['input']}' is no key: it begins with a small letter, then small letters, digits and _"
        case "extra_forbidden":
            return "there is nothing of this name here"
        case "literal_error" | "enum":
            return f"it is '{error['input']}', and should be {error['ctx']['expected']}"
        case "model_type" if error["ctx"]["class_name"] == "Duration":
            return f"'{error['input']}' is no duration; write it as {{days: 3}} or {{working_days: 2}}"
        case _:
            return error["msg"].removeprefix("Value error, ")


def is_needed(error: ErrorDetails) -> bool:
    """Whether it is only not said yet."""
    return error["type"] in ("missing", NEEDED) or (
        error["type"] in ("string_too_short", "string_pattern_mismatch", "too_short") and not error["input"]
    )


def _form_of(value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return kind if kind in (BRANCH, SPLIT) else "action"


type Step = Annotated[
    Annotated["Branch", Tag(BRANCH)] | Annotated["Split", Tag(SPLIT)] | Annotated["Action", Tag("action")],
    Discriminator(_form_of),
]


class Action(Strict):
    """Something that is done: its type, and what the type is told."""

    id: Id
    type: str
    params: dict[str, Any] = Field(default_factory=dict, alias="with")

    @field_validator("type")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in step_types():
            known = ", ".join([*step_types(), BRANCH, SPLIT])
            raise ValueError(f"there is no step type '{value}'; use one of {known}")
        return value

    @model_validator(mode="after")
    def _params_fit(self) -> Self:
        try:
            _ = self.typed_params
        except ValidationError as error:
            problems = [(("with", *one["loc"]), said_of(one), is_needed(one)) for one in error.errors()]
            # Carries the places inside `with`, which `reading` takes out again.
            raise PydanticCustomError("params", "{said}", {"said": problems[0][1], "problems": problems}) from None
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The step types by name, and what each can be told, so that an editor completes both."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        schema["properties"]["type"]["enum"] = list(step_types())
        schema["allOf"] = [_told(step, handler) for step in step_types().values()]
        return reference

    @property
    def step_type(self) -> StepType[Any]:
        """What kind of step it is."""
        return step_types()[self.type]

    @cached_property
    def typed_params(self) -> Params:
        """The parameters as the step type declares them."""
        params: Params = self.step_type.params.model_validate(self.params)
        return params


def _told(step: StepType[Any], handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """What stands in `with` of a step of this type; `with` itself where it cannot be left out."""
    told: JsonSchemaValue = {"properties": {"with": handler(step.params.__pydantic_core_schema__)}}
    if any(field.is_required() for field in step.params.model_fields.values()):
        told["required"] = ["with"]
    return {"if": {"properties": {"type": {"const": step.kind}}, "required": ["type"]}, "then": told}


class Heard(Strict):
    """What an earlier step came to: `{step: answer, outcome: timed_out}`."""

    step: Id
    outcome: str = Field(min_length=1, max_length=40)


class Arm(Strict):
    """One way of a branch: taken when its condition holds, or an earlier step came to an outcome; the first wins."""

    when: Condition = ""
    after: Heard | None = None
    steps: tuple[Step, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if bool(self.when.strip()) == (self.after is not None):
            what = "a condition (`when`), or what an earlier step came to (`after`)"
            raise ValueError(f"say only one of them: {what}") if self.after else still_needed(what)
        return self


class Branch(Strict):
    """The first arm that holds is walked, else `else`; then the steps after the branch."""

    id: Id
    type: Literal["branch"]
    branches: tuple[Arm, ...] = Field(min_length=1, max_length=10)
    otherwise: tuple[Step, ...] = Field(default=(), alias="else", max_length=100)


class Part(Strict):
    """One part of a split, with its share in percent."""

    name: Id
    share: int = Field(ge=1, le=99)
    steps: tuple[Step, ...] = Field(default=(), max_length=100)


class Split(Strict):
    """Chance, by a hash of whom the run is about: the same account takes the same part whenever it comes by."""

    id: Id
    type: Literal["split"]
    parts: tuple[Part, ...] = Field(min_length=2, max_length=10)

    @field_validator("parts")
    @classmethod
    def _is_a_whole(cls, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        total = sum(part.share for part in parts)
        if total != 100:
            raise ValueError(f"the shares add up to {total}; they must make 100")
        if len({part.name for part in parts}) != len(parts):
            raise ValueError("two parts have the same name; give each its own")
        return parts


for _model in (Arm, Branch, Part, Split):
    _model.model_rebuild()

type AnyStep = Action | Branch | Split


def below(step: AnyStep) -> list[tuple[str, Sequence[AnyStep]]]:
    """The ways inside a step, by the outcome that takes each: `1`, `2`, `else` of a branch, the names of a split."""
    match step:
        case Branch():
            arms: list[tuple[str, Sequence[AnyStep]]] = [
                (str(number), arm.steps) for number, arm in enumerate(step.branches, 1)
            ]
            return [*arms, ("else", step.otherwise)]
        case Split():
            return [(part.name, part.steps) for part in step.parts]
        case Action():
            return []


def walk(steps: Sequence[AnyStep], *, depth: int = 0) -> Iterator[tuple[AnyStep, int]]:
    """Every step of a tree with its depth, from top to bottom as it is read."""
    for step in steps:
        yield step, depth
        for _, inner in below(step):
            yield from walk(inner, depth=depth + 1)
