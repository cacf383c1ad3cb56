"""The form that ties the columns of a file to fields. Made for one file, so built by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mainstay.common.errors import MainstayError
from mainstay.ingest.files.dates import DAY_FIRST, MONTH_FIRST
from mainstay.ingest.files.kinds import FieldSpec, FieldType, KindSpec
from mainstay.ingest.files.mapping import FileMapping, build
from mainstay.ingest.files.survey import Survey

KEEP = "+"
DATE_CHOICES = (
    ("", "As the file tells"),
    (DAY_FIRST, "Day first: 31/12/2026"),
    (MONTH_FIRST, "Month first: 12/31/2026"),
    ("spreadsheet", "Days of a spreadsheet: 46387"),
    ("epoch", "Seconds since 1970"),
)
DECIMAL_CHOICES = (("", "As the file tells"), (".", "Point: 1,234.56"), (",", "Comma: 1.234,56"))
ACCOUNT_CHOICES = (
    ("key", "their key"),
    ("domain", "their domain, or an e-mail address"),
    ("name", "their name"),
    ("subscription", "the key of a subscription"),
    ("contact", "the key of a contact"),
)
_DATES = (FieldType.DATE, FieldType.INSTANT)
_SAMPLES = 3
_SAMPLE_LENGTH = 40


@dataclass(frozen=True)
class DateQuestion:
    """How the dates of a column are written: what is chosen, and why it has to be (empty: it need not)."""

    name: str
    chosen: str
    why: str


@dataclass(frozen=True)
class ColumnLine:
    """A column of the file: some of its values, and the field it becomes."""

    name: str
    label: str
    samples: tuple[str, ...]
    chosen: str
    dates: DateQuestion | None


@dataclass(frozen=True)
class MissingField:
    """A field no column fills: one value for all rows can, or a column that fills another field too."""

    spec: FieldSpec
    constant: str
    column: str


def column_lines(
    kind: KindSpec, mapping: FileMapping, sample: Mapping[str, Sequence[str]], surveyed: Survey | None
) -> list[ColumnLine]:
    """A line for each column. The first field that a column fills is the one it is shown with."""
    of_column: dict[str, str] = {}
    for field, names in mapping.columns.items():
        for name in names:
            of_column.setdefault(name, field)
    questions = {one.field: one.why for one in surveyed.questions if one.kind == "dates"} if surveyed else {}
    orders = surveyed.orders if surveyed else {}
    lines = []
    for number, (column, values) in enumerate(sample.items()):
        field = of_column.get(column, "")
        chosen = field or (KEEP if column in mapping.extra.values() else "")
        dates = None
        if field and kind.field(field).type in _DATES:
            declared = (mapping.dates.get(field) or ("",))[0]
            if declared or field in questions or field in orders:
                dates = DateQuestion(f"dates-{field}", declared, questions.get(field, ""))
        lines.append(ColumnLine(f"column-{number}", column, _samples(values), chosen, dates))
    return lines


def _samples(values: Sequence[str]) -> tuple[str, ...]:
    distinct = [value.strip() for value in dict.fromkeys(values) if value.strip()][:_SAMPLES]
    return tuple(value if len(value) <= _SAMPLE_LENGTH else f"{value[:_SAMPLE_LENGTH]}…" for value in distinct)


def missing_fields(kind: KindSpec, mapping: FileMapping, lines: Sequence[ColumnLine]) -> list[MissingField]:
    """The needed fields that no line fills, and those that have a constant already."""
    shown = {line.chosen for line in lines}
    missing = []
    for group in kind.needs:
        if shown.intersection(group):
            continue
        spec = kind.field(group[0])
        column = mapping.columns.get(spec.name, ("",))[0]
        missing.append(MissingField(spec, mapping.constants.get(spec.name, ""), column))
    named = {one.spec.name for one in missing}
    missing += [
        MissingField(kind.field(name), value, "") for name, value in mapping.constants.items() if name not in named
    ]
    return missing


def what_is_missing(kind: KindSpec, problem: MainstayError) -> str:
    """What to choose on the page where no column fills a needed field; empty for other problems."""
    groups = problem.details.get("missing", ())
    named = [" or ".join(kind.field(name).label for name in group) for group in groups]
    if not named:
        return ""
    return f"Choose the column that becomes {'; and one for '.join(named)}. Or give all rows the same value, below."


def mapping_from(kind: KindSpec, before: FileMapping, columns: Sequence[str], data: Mapping[str, Any]) -> FileMapping:
    """The mapping that was filled in. What the page does not show (values, defaults, where) stays as it was."""
    fields: dict[str, tuple[str, ...]] = {}
    extra: dict[str, str] = {}
    for number, column in enumerate(columns):
        chosen = str(data.get(f"column-{number}", ""))
        if chosen == KEEP and kind.extra:
            extra[column] = column
        elif chosen and chosen != KEEP:
            spec = kind.field(chosen)
            same = before.columns.get(spec.name, ())
            fields[spec.name] = same if column in same else fields.get(spec.name, (column,))
    constants, dates = {}, dict(before.dates)
    for spec in kind.fields:
        if spec.name not in fields:
            if (column := str(data.get(f"field-{spec.name}", ""))) in columns and column:
                fields[spec.name] = (column,)
            elif constant := str(data.get(f"constant-{spec.name}", "")).strip():
                constants[spec.name] = constant
        if f"dates-{spec.name}" in data:
            dates.pop(spec.name, None)
            if declared := str(data[f"dates-{spec.name}"]):
                dates[spec.name] = (declared,)
    changed = {"columns": fields, "extra": extra, "constants": constants, "dates": dates}
    chosen_ones = {
        name: str(data[name]) for name in ("decimal", "account_from", "currency", "timezone") if name in data
    }
    return build({**before.model_dump(mode="python"), **changed, **chosen_ones, "kind": kind.key})
