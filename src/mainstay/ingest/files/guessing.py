"""Guesses which column is which field: by its name, by other names for it, and by whether its values fit. Pure."""

import re
from collections.abc import Mapping, Sequence

from mainstay.ingest.files.dates import DAY_FIRST, MONTH_FIRST, DateStyle
from mainstay.ingest.files.kinds import FieldSpec, FieldType, KindSpec
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.parsing import ColumnParser, Style

# A column with a telling name may hold some wrong values: they fail with a reason. By values alone all must fit.
_SOME, _ALL = 0.5, 1.0
_SURVEYS = ("nps", "csat", "ces")


def guess(kind: KindSpec, sample: Mapping[str, Sequence[str]]) -> FileMapping:
    """The likeliest mapping of these columns (name to some of its values). Fields it cannot tell are left out."""
    offers = [
        (rank, position, spec.name, column)
        for position, spec in enumerate(kind.fields)
        for column, values in sample.items()
        if (rank := _rank(kind, spec, column)) is not None
        and (rank == 0 or spec.required or _fits(spec, values, _SOME))
    ]
    columns: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for _, _, field, column in sorted(offers):
        if field not in columns and column not in taken:
            columns[field] = (column,)
            taken.add(column)
    _by_values(kind, sample, columns, taken)
    # Messages keep the quiet hours of their recipient, who is rarely where the installation is.
    zones = [column for column in sample if column not in taken and plain_name(column) == "timezone"]
    extra = {column: column for column in zones} if kind.extra == "attributes" else {}
    return FileMapping(kind=kind.key, columns=columns, constants=_constants(kind, columns), extra=extra)


def plain_name(text: str) -> str:
    """`Account-ID`, `accountId` and `account id` are the same name."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _rank(kind: KindSpec, spec: FieldSpec, column: str) -> int | None:
    """0 is the surest; None: the name says nothing."""
    name = plain_name(column)
    prefix = plain_name(kind.singular)
    if spec.name == "key" and name in (f"{prefix}key", f"{prefix}id"):
        return 0
    if name in (plain_name(spec.name), plain_name(spec.label)):
        return 0
    for position, synonym in enumerate(spec.synonyms, start=1):
        if name in (plain_name(synonym), prefix + plain_name(synonym)):
            return position
    return None


def _fits(spec: FieldSpec, values: Sequence[str], share: float) -> bool:
    given = [value for value in values if value.strip()]
    if not given or spec.type in (FieldType.TEXT, FieldType.KEY, FieldType.WORDS):
        return True
    # Ambiguous dates are dates: their order is asked about later. Decimal commas are numbers.
    attempts = (Style(DateStyle(order=DAY_FIRST)), Style(DateStyle(order=MONTH_FIRST), decimal=","))
    bad = min(len(ColumnParser(spec, style).parse(given)[1]) for style in attempts)
    return bad <= (1 - share) * len(given)


def _by_values(
    kind: KindSpec, sample: Mapping[str, Sequence[str]], columns: dict[str, tuple[str, ...]], taken: set[str]
) -> None:
    """What the names did not tell: the only column of dates, the only column of e-mail addresses."""
    for spec in kind.fields:
        if spec.name in columns:
            continue
        free = [column for column in sample if column not in taken and any(sample[column])]
        if spec.name == "email":
            found = [column for column in free if all("@" in value for value in sample[column] if value)]
        elif spec.required and spec.type in (FieldType.DATE, FieldType.INSTANT):
            found = [column for column in free if _fits(spec, sample[column], _ALL)]
        else:
            continue
        if len(found) == 1:
            columns[spec.name] = (found[0],)
            taken.add(found[0])
    if kind.key == "contacts" and "key" not in columns and "email" in columns:
        columns["key"] = columns["email"]


def _constants(kind: KindSpec, columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """A column called NPS says what kind of survey it was."""
    if kind.key != "responses" or "kind" in columns or "score" not in columns:
        return {}
    name = plain_name(columns["score"][0])
    survey = next((survey for survey in _SURVEYS if name.startswith(survey)), "")
    return {"kind": survey} if survey else {}
