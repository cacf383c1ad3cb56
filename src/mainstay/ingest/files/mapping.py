"""Which column fills which field, and how its values are written: the map file, the page and the guess make one."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml
from mainstay.ingest.files.errors import BadMapping, one_of
from mainstay.ingest.files.kinds import KindSpec, kind_of

# Beside the real fields: every column that is not mapped otherwise.
REST = "rest"


def _text(value: Any) -> Any:
    """YAML reads `no` as false and 12 as a number; in a map both are text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | date) else value


def _texts(value: Any) -> Any:
    return [_text(one) for one in value] if isinstance(value, list | tuple) else [_text(value)]


def _text_keys(value: Any) -> Any:
    return {_text(key): _text(one) for key, one in value.items()} if isinstance(value, dict) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
TextMap = Annotated[dict[str, Text], BeforeValidator(_text_keys)]


class FileMapping(BaseModel):
    """How the columns of a file become the fields of a kind.

    `columns`: field to column, or to several columns that are joined with `joiner`. `values`: per field, what a cell's
    text stands for. `dates`: how dates are written, for all fields (under `*`) or by field. `extra`: further columns to
    keep, as name to column. `where`: only rows that have one of these texts in that column are taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: str
    columns: dict[str, Texts] = Field(default_factory=dict)
    joiner: str = "-"
    constants: TextMap = Field(default_factory=dict)
    defaults: TextMap = Field(default_factory=dict)
    values: dict[str, TextMap] = Field(default_factory=dict)
    dates: dict[str, Texts] = Field(default_factory=dict)
    decimal: Literal["", ".", ","] = ""
    currency: str = ""
    timezone: str = "UTC"
    extra: dict[str, str] = Field(default_factory=dict)
    account_from: Literal["key", "subscription", "contact", "domain", "name"] = "key"
    empty: Literal["clear", "keep"] = "clear"
    where: dict[str, Texts] = Field(default_factory=dict)
    known_until: date | None = None
    encoding: str = ""
    delimiter: str = ""

    @field_validator("dates", mode="before")
    @classmethod
    def _dates(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"*": value}

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone '{value}'; use one like Europe/Berlin") from None
        return value

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if value and not (len(value) == 3 and value.isalpha()):
            raise ValueError(f"'{value}' is not an ISO code of a currency; use one like EUR")
        return value.upper()

    @property
    def spec(self) -> KindSpec:
        """The kind it is for."""
        return kind_of(self.kind)

    def filled(self) -> set[str]:
        """The fields that get a value: from a column, a constant or a default."""
        return {*self.columns, *self.constants, *self.defaults}

    def used_columns(self) -> set[str]:
        """The columns that are read."""
        return {*(name for names in self.columns.values() for name in names), *self.extra.values()}

    def date_formats(self, field: str) -> tuple[str, ...]:
        """The formats declared for a field, if any."""
        return self.dates.get(field) or self.dates.get("*") or ()

    def checked(self, file_columns: Iterable[str]) -> Self:
        """Itself when it fits the kind and the file; else `BadMapping` with what to change. Resolves `rest`."""
        known = tuple(file_columns)
        for name in {*self.columns, *self.constants, *self.defaults, *self.values, *self.dates} - {"*"}:
            self.spec.field(name)
        for column in [*self.used_columns() - {REST}, *self.where]:
            if column not in known:
                raise BadMapping(one_of("column", column, known))
        both = set(self.columns) & set(self.constants)
        if both:
            raise BadMapping(f"'{min(both)}' has a column and a constant; leave one out.")
        if self.extra and not self.spec.extra:
            raise BadMapping(f"{self.spec.label} keep no further columns; map each to a field or leave it out.")
        _refuse_missing(self)
        if REST not in self.extra.values():
            return self
        rest = {name: name for name in known if name not in self.used_columns()}
        named = {name: column for name, column in self.extra.items() if column != REST}
        return self.model_copy(update={"extra": {**rest, **named}})


def _refuse_missing(mapping: FileMapping) -> None:
    filled = mapping.filled()
    missing = [group for group in mapping.spec.needs if not filled.intersection(group)]
    if missing:
        named = ", ".join(" or ".join(f"'{name}'" for name in group) for group in missing)
        example = f"columns: {{{missing[0][0]}: …}}"
        raise BadMapping(
            f"No column is mapped to {named} of {mapping.kind}. Name it in the map file ({example}), "
            "or give one value to all rows under `constants`.",
            details={"missing": [list(group) for group in missing]},
        )


# The names under which a map file keeps further columns; each kind has one of them.
_EXTRA_NAMES = ("attributes", "limits", "properties")


def read_map(text: str, kind: str) -> FileMapping:
    """The mapping of a YAML map file. `BadMapping` names the line or the key that is wrong."""
    try:
        content = yaml_text.load(text, origin="The map file")
    except NotYaml as error:
        raise BadMapping(error.message) from None
    if not isinstance(content, dict):
        raise BadMapping("The map file needs keys like `columns:`; see docs/how-to/import-files.md.")
    if content.setdefault("kind", kind) != kind:
        raise BadMapping(f"The map file is for {content['kind']}, not for {kind}.")
    spec = kind_of(kind)
    for name in _EXTRA_NAMES:
        if name in content:
            if name != spec.extra:
                raise BadMapping(f"{spec.label} have no '{name}'. {_extra_hint(spec)}")
            content["extra"] = _extra_columns(content.pop(name))
    return build(content)


def build(content: dict[str, Any]) -> FileMapping:
    """A mapping from plain values, checked. `BadMapping` says which key is wrong."""
    try:
        return FileMapping.model_validate(content)
    except ValidationError as error:
        raise BadMapping(" ".join(_sentence(one) for one in error.errors())) from None


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        names = [name for name in FileMapping.model_fields if name != "extra"] + list(_EXTRA_NAMES)
        return one_of("key", where, names)
    return f"`{where}`: {error['msg'].removeprefix('Value error, ')}."


def _extra_hint(spec: KindSpec) -> str:
    return f"Further columns go under `{spec.extra}`." if spec.extra else "Map each column to a field or leave it out."


def _extra_columns(value: Any) -> Any:
    if value == REST:
        return {REST: REST}
    if isinstance(value, list):
        return {str(name): str(name) for name in value}
    return value


def write_map(mapping: FileMapping) -> str:
    """The map file that `read_map` reads, with what differs from the defaults."""
    content = mapping.model_dump(mode="json", exclude_defaults=True)
    content["columns"] = {
        field: names[0] if len(names) == 1 else list(names) for field, names in mapping.columns.items()
    }
    if "dates" in content:
        dates = {field: form[0] if len(form) == 1 else list(form) for field, form in mapping.dates.items()}
        content["dates"] = dates["*"] if list(dates) == ["*"] else dates
    if extra := content.pop("extra", None):
        content[mapping.spec.extra] = list(extra) if all(name == column for name, column in extra.items()) else extra
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
