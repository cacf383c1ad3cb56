"""Reads a file once to count its rows and to find out how its dates and numbers are written.

What only the whole column can tell (is 03/04/21 in April or in March?) is told here, or becomes a question.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from mainstay.ingest.files.dates import FORMATS_OF_ORDER, DateEvidence, DateStyle
from mainstay.ingest.files.errors import NeedsAnswer
from mainstay.ingest.files.kinds import FieldSpec, FieldType
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.numbers import NumberEvidence
from mainstay.ingest.files.parsing import Style
from mainstay.ingest.files.table import CHUNK_ROWS, Chunk, TableFile

_DATES = (FieldType.DATE, FieldType.INSTANT)
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)


@dataclass(frozen=True)
class Question:
    """What only the user can tell about the values of a field, with the answers (formats or decimal marks)."""

    field: str
    column: str
    why: str
    answers: tuple[str, ...]
    kind: str

    @property
    def sentence(self) -> str:
        """The question with the way to answer it."""
        if self.kind == "dates":
            choices = " or ".join(f'"{answer}"' for answer in self.answers)
            return (
                f"Column '{self.column}': {self.why}. "
                f"Declare it in the map file, `dates: {{{self.field}: {choices}}}`, or with --dates."
            )
        return f'Column \'{self.column}\': {self.why}. Declare the decimal mark: `decimal: ","` or `decimal: "."`.'


@dataclass(frozen=True)
class Survey:
    """What reading the whole file told. `orders`: fields whose order of day and month was concluded, with it."""

    rows: int
    styles: dict[str, Style]
    questions: tuple[Question, ...] = ()
    orders: dict[str, str] = field(default_factory=dict)

    def answered(self) -> "Survey":
        """Itself; `NeedsAnswer` when something is left to ask."""
        if self.questions:
            raise NeedsAnswer(
                "\n".join(question.sentence for question in self.questions),
                details={"fields": [question.field for question in self.questions]},
            )
        return self


def survey(
    table: TableFile,
    mapping: FileMapping,
    *,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Survey:
    """Read the file (or its first `limit` rows) and say how each mapped field is written."""
    dates = {spec.name: DateEvidence() for spec in _fields(mapping, _DATES) if not mapping.date_formats(spec.name)}
    numbers = {spec.name: NumberEvidence() for spec in _fields(mapping, _NUMBERS) if not mapping.decimal}
    rows = 0
    for chunk in table.chunks(CHUNK_ROWS):
        rows += chunk.size
        for name, dated in dates.items():
            dated.feed(_distinct(chunk, mapping.columns[name]))
        for name, numbered in numbers.items():
            numbered.feed(_distinct(chunk, mapping.columns[name]))
        if progress is not None:
            progress(rows)
        if limit is not None and rows >= limit:
            break
    return _conclude(table, mapping, rows, dates, numbers)


def _distinct(chunk: Chunk, columns: tuple[str, ...]) -> list[str]:
    """In the order of the file, so that an example in a question is the same each time."""
    return [value.strip() for column in columns for value in dict.fromkeys(chunk.column(column))]


def _fields(mapping: FileMapping, types: tuple[FieldType, ...]) -> list[FieldSpec]:
    return [spec for spec in mapping.spec.fields if spec.name in mapping.columns and spec.type in types]


def _conclude(
    table: TableFile,
    mapping: FileMapping,
    rows: int,
    dates: dict[str, DateEvidence],
    numbers: dict[str, NumberEvidence],
) -> Survey:
    questions: list[Question] = []
    styles: dict[str, Style] = {}
    zone = ZoneInfo(mapping.timezone)
    for spec in mapping.spec.fields:
        name = spec.name
        column = " + ".join(mapping.columns.get(name, ()))
        order, decimal = "", str(mapping.decimal or ".")
        if name in dates:
            order = dates[name].order
            if why := dates[name].question:
                questions.append(Question(name, column, why, _answers(dates[name]), "dates"))
        if name in numbers:
            decimal = numbers[name].decimal(comma_is_likely=table.delimiter == ";")
            if not decimal:
                questions.append(Question(name, column, numbers[name].question, (".", ","), "decimal"))
        styles[name] = Style(
            dates=_date_style(mapping.date_formats(name), order, zone),
            decimal=decimal or ".",
            values=tuple(mapping.values.get(name, {}).items()),
            default=mapping.defaults.get(name, ""),
        )
    orders = {name: evidence.order for name, evidence in dates.items() if evidence.order}
    return Survey(rows, styles, tuple(questions), orders)


def _date_style(formats: tuple[str, ...], order: str, zone: ZoneInfo) -> DateStyle:
    """`day first` and `month first` can be declared in the place of a format."""
    if len(formats) == 1 and formats[0] in FORMATS_OF_ORDER:
        return DateStyle((), formats[0], zone)
    return DateStyle(formats, order, zone)


def _answers(evidence: DateEvidence) -> tuple[str, ...]:
    """The formats to choose from, in the writing of the example."""
    example = (evidence.either or evidence.day_first or evidence.month_first)[0]
    year = 1 if len(example.split()[0].rstrip(",").split(_separator(example))[-1]) == 2 else 0
    return tuple(
        formats[year].replace("/", _separator(example)) + _time_format(example) for formats in FORMATS_OF_ORDER.values()
    )


def _separator(example: str) -> str:
    return next(character for character in example if character in "/.-")


def _time_format(example: str) -> str:
    _, _, clock = example.partition(" ")
    if not clock:
        return ""
    half = clock.lower().rstrip(".").endswith("m")
    seconds = ":%S" if clock.count(":") == 2 else ""
    return f" %I:%M{seconds} %p" if half else f" %H:%M{seconds}"
