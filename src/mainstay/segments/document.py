"""A segment as people write it: a YAML document, checked."""

from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml
from mainstay.segments.errors import BadSegment

MAX_NAME = 100


class Document(BaseModel):
    """A segment: the accounts a condition holds for, under a name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, description="Short and stable.")]
    name: str = Field(min_length=1, max_length=MAX_NAME, description="As people call it.")
    description: str = Field(default="", max_length=500, description="What it is for, in a sentence.")
    condition: str = Field(min_length=1, max_length=4_000, description="Which accounts are in it.")
    shared: bool = Field(default=True, strict=True, description="False: only its owner sees it.")


def read(text: str, *, origin: str) -> Document:
    """Parse and check YAML; `origin` names it in errors. Raises BadSegment. Saving it checks the condition."""
    try:
        content = yaml_text.load(text, origin=origin)
    except NotYaml as error:
        raise BadSegment(error.message) from error
    return check(content, origin=origin)


def check(content: Any, *, origin: str) -> Document:
    """Check what YAML, JSON or a form gave. Raises BadSegment; its `details` name the `field` and the `reason`."""
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ", ".join(str(step) for step in first["loc"])
        raise BadSegment(
            f"{origin}, {place or 'document'}: {first['msg']}. Correct it and load it again.",
            details={"field": str(first["loc"][0]) if first["loc"] else "", "reason": first["msg"]},
        ) from error


def to_yaml(document: Document) -> str:
    """The document as YAML, in the order of its fields; what is left at its default is left out."""
    content = document.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
