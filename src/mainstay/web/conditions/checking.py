"""What the editor says of a text: refused at a place, or how many accounts it holds for, with a few of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.http import urlencode

from mainstay.conditions import ConditionError, Field, Type
from mainstay.conditions.literals import compared_texts
from mainstay.metrics.registry import all_metrics
from mainstay.segments.fields import FROM, columns
from mainstay.web import formats
from mainstay.web.accounts import query
from mainstay.web.accounts.filters import Where, where_of
from mainstay.web.conditions.scope import Scope, fields_of, parse_in
from mainstay.web.conditions.vocabulary import values_of
from mainstay.web.values import written

SAMPLE = 5
# Besides the name of the account: what fits on a phone.
MOST_FIELDS = 4


@dataclass(frozen=True)
class SampleRow:
    """An account the condition holds for, with its values of the fields the condition names."""

    name: str
    url: str
    values: Sequence[str]


@dataclass(frozen=True)
class Note:
    """Something that is allowed and probably meant otherwise; `suggestion` could stand at the place instead."""

    text: str
    start: int
    length: int
    suggestion: str


@dataclass(frozen=True)
class Check:
    """The context of the template. An empty text has nothing to say.

    `asks` is what the page sends to be told for how many accounts there is no answer (see `unanswered`).
    """

    error: ConditionError | None = None
    is_told: bool = False
    count: int = 0
    asks: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[SampleRow] = ()
    notes: Sequence[Note] = ()
    url: str = ""


def check(text: str, scope: Scope = Scope.ALL) -> Check:
    """Read, count and sample; few statements, since it is asked while somebody types."""
    if not text.strip():
        return Check()
    try:
        condition = parse_in(scope, text)
        where = where_of(text)
    except ConditionError as error:
        return Check(error=error)
    count = query.count(where)
    known = fields_of(scope)
    shown = [known[name] for name in condition.named if name != "name"][:MOST_FIELDS]
    return Check(
        is_told=True,
        count=count,
        asks=json.dumps({"text": text}) if condition.fields else "",
        heads=[field.name for field in shown],
        rows=_sample(where, shown) if count else [],
        notes=_notes(text, known),
        url=f"{reverse('portfolio')}?{urlencode({'condition': text})}",
    )


def unanswered(text: str, scope: Scope = Scope.ALL) -> int:
    """For how many accounts the condition neither holds nor does not, because a value is missing."""
    try:
        parse_in(scope, text)
        return query.count_unanswered(where_of(text))
    except ConditionError:
        return 0


def _sample(where: Where, fields: Sequence[Field]) -> list[SampleRow]:
    ids = query.some_ids(where, SAMPLE)
    marks = ", ".join(["%s"] * len(ids))
    chosen = ["accounts_account.key", "accounts_account.name", *(columns()[field.name] for field in fields)]
    statement = f"SELECT {', '.join(chosen)} FROM {FROM} WHERE accounts_account.id IN ({marks}) ORDER BY 2, 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, ids)
        found = cursor.fetchall()
    return [
        SampleRow(
            name, reverse("account", args=[key]), [value_text(*pair) for pair in zip(fields, values, strict=True)]
        )
        for key, name, *values in found
    ]


def value_text(field: Field, value: Any) -> str:
    """The value of a field as pages write it."""
    if value is None or value == "":
        return formats.NOTHING
    metric = all_metrics().get(field.name)
    if metric is not None:
        return written(float(value), metric.unit)
    if field.type is Type.BOOLEAN:
        return "yes" if value else "no"
    if field.name == "coverage":
        return formats.percent(float(value) * 100)
    return formats.plain(float(value)) if field.type is Type.NUMBER else str(value)


def _notes(text: str, fields: Mapping[str, Field]) -> list[Note]:
    """Texts that no account has, where the values in use are known."""
    notes = []
    for literal in compared_texts(text, fields):
        values = values_of(literal.field)
        if values and literal.text not in values:
            near = next(iter(get_close_matches(literal.text, values, n=1)), "")
            suggestion = "'" + near.replace("'", "''") + "'" if near else ""
            told = f"No account has {literal.field} '{literal.text}'."
            notes.append(Note(told, literal.start, literal.end - literal.start, suggestion))
    return notes
