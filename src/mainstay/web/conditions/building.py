"""The builder: rows of field, operator and value beside the text of a condition, which they write.

The page's script sends the rows as they stand; what comes back are the rows again, with the text they make. Without
script there is no builder, and the text is all there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from mainstay.common.errors import Invalid
from mainstay.conditions import ConditionError, Type
from mainstay.conditions.builder import (
    OPERATORS,
    WITHOUT_VALUE,
    Builder,
    Group,
    Joins,
    Operator,
    Row,
    rows_of,
    text_of,
)
from mainstay.web.conditions.scope import Scope, fields_of, group_of, parse_in, scope_of
from mainstay.web.conditions.vocabulary import values_of
from mainstay.web.travel import harmless

MOST_ROWS = 40
LABELS = {
    Operator.EQUALS: "is",
    Operator.DIFFERS: "is not",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.ABOVE: "is above",
    Operator.BELOW: "is below",
    Operator.BETWEEN: "is between",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.CONTAINS: "contains",
    Operator.LACKS: "does not contain",
    Operator.BEGINS: "begins with",
    Operator.YES: "is so",
    Operator.NO: "is not so",
    Operator.UNKNOWN: "is unknown",
    Operator.KNOWN: "is known",
}
DATES = {Operator.AT_LEAST: "is on or after", Operator.AT_MOST: "is on or before", Operator.ABOVE: "is after",
         Operator.BELOW: "is before"}  # fmt: skip
GROUPS = {"account": "Account", "health": "Health", "metric": "Metrics"}
HINTS = {Type.NUMBER: "a number", Type.DATE: "2026-01-01 or today - 30", Type.TEXT: "a text", Type.BOOLEAN: ""}


@dataclass(frozen=True)
class RowView:
    """A row with what its controls offer. `is_value`, `is_high`: whether it has a first and a second value."""

    row: Row
    operators: Sequence[tuple[str, str]]
    values: Sequence[str]
    hint: str
    is_value: bool
    is_high: bool


@dataclass(frozen=True)
class GroupView:
    """Rows with the word that joins them."""

    joins: Joins
    rows: Sequence[RowView]


@dataclass(frozen=True)
class Page:
    """The context of the template. `text` is what the rows write; `is_shown` False: rows cannot say the text."""

    is_shown: bool
    text: str
    top: GroupView
    groups: Sequence[GroupView]
    fields: Sequence[tuple[str, Sequence[tuple[str, str]]]]


@require_POST
@harmless
def builder(request: HttpRequest, scope: str) -> HttpResponse:
    """The rows of `rows` (JSON) with the text they write, or the rows of `text`."""
    chosen = scope_of(scope)
    if "rows" in request.POST:
        built = _normal(_decoded(request.POST["rows"]), chosen)
        return _page(request, built, chosen)
    text = request.POST.get("text", "")
    if not text.strip():
        return _page(request, Builder(rows=(Row(),)), chosen)
    try:
        return _page(request, rows_of(parse_in(chosen, text).node), chosen)
    except ConditionError:
        return _page(request, None, chosen)


def _page(request: HttpRequest, built: Builder | None, scope: Scope) -> HttpResponse:
    shown = built or Builder()
    page = Page(
        is_shown=built is not None,
        text=text_of(shown, fields_of(scope)),
        top=GroupView(shown.joins, [_view(row, scope) for row in shown.rows]),
        groups=[GroupView(group.joins, [_view(row, scope) for row in group.rows]) for group in shown.groups],
        fields=_choices(scope),
    )
    return render(request, "conditions/builder.html", {"page": page})


def _decoded(text: str) -> Builder:
    try:
        built: Builder = msgspec.json.decode(text, type=Builder)
    except msgspec.DecodeError as error:
        raise Invalid(f"These are no rows of a condition: {error}. Reload the page.") from error
    if len(built.rows) + sum(len(group.rows) for group in built.groups) > MOST_ROWS:
        raise Invalid(f"At most {MOST_ROWS} rows are taken. Write a longer condition as text.")
    return built


def _normal(built: Builder, scope: Scope) -> Builder:
    """Each row with an operator that its field has: after another field was chosen, the first one."""

    def one(row: Row) -> Row:
        field = fields_of(scope).get(row.field)
        if field is None:
            return Row()
        offered = OPERATORS[field.type]
        return row if row.operator in offered else Row(row.field, offered[0])

    groups = tuple(Group(group.joins, tuple(one(row) for row in group.rows)) for group in built.groups if group.rows)
    return Builder(built.joins, tuple(one(row) for row in built.rows), groups)


def _view(row: Row, scope: Scope) -> RowView:
    field = fields_of(scope).get(row.field)
    kind = field.type if field else Type.TEXT
    labels: dict[Any, str] = LABELS | (DATES if kind is Type.DATE else {})
    is_list = row.operator in (Operator.IN, Operator.NOT_IN)
    return RowView(
        row=row,
        operators=[(operator.value, labels[operator]) for operator in OPERATORS[kind]] if field else [],
        values=values_of(row.field) if field and not is_list else [],
        hint="several, with commas" if is_list else HINTS[kind],
        is_value=field is not None and row.operator not in WITHOUT_VALUE,
        is_high=row.operator is Operator.BETWEEN,
    )


def _choices(scope: Scope) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields by what they are about. `today` is no field of an account: dates are compared with it."""
    found: dict[str, list[tuple[str, str]]] = {label: [] for label in GROUPS.values()}
    for field in fields_of(scope).values():
        if field.name != "today":
            found[GROUPS[group_of(field.name)]].append((field.name, field.label.partition(":")[0]))
    return [(label, fields) for label, fields in found.items() if fields]
