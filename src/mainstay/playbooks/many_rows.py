"""Writes many rows of a table with one prepared statement.

The ORM builds a statement with a placeholder for every value of every row, which costs more than the database does with
them: of advancing a run, half the time.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model

type Row = Sequence[Any]


def insert(
    model: type[Model], names: Sequence[str], rows: Sequence[Row], *, unique: Sequence[str], update: Sequence[str] = ()
) -> None:
    """Insert rows, which give a value for each of these fields, keys of other rows for foreign keys.

    Where a row with the same `unique` fields is there: `update` them, else nothing.
    """
    if not rows:
        return
    columns = [_column(model, name) for name in names]
    same = ", ".join(_column(model, name) for name in unique)
    then = ", ".join(f"{column} = EXCLUDED.{column}" for column in (_column(model, name) for name in update))
    marks = ", ".join(["%s"] * len(columns))
    _run(
        f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES ({marks}) "
        f"ON CONFLICT ({same}) DO {f'UPDATE SET {then}' if then else 'NOTHING'}",
        _prepared(model, names, rows),
    )


def create(rows: Sequence[Model]) -> None:
    """Insert these rows, whose keys are given; one whose key is there already stays as it is."""
    if not rows:
        return
    fields = type(rows[0])._meta.concrete_fields
    values_of = attrgetter(*(field.attname for field in fields))
    insert(type(rows[0]), [field.name for field in fields], [values_of(row) for row in rows], unique=("id",))


def update(rows: Sequence[Model], *names: str) -> None:
    """Write these fields of rows that are there."""
    if not rows:
        return
    model, written = type(rows[0]), (*names, "id")
    *columns, key = (_column(model, name) for name in written)
    said = ", ".join(f"{column} = %s" for column in columns)
    values_of = attrgetter(*(_field(model, name).attname for name in written))
    _run(
        f"UPDATE {_table(model)} SET {said} WHERE {key} = %s",
        _prepared(model, written, [values_of(row) for row in rows]),
    )


def _prepared(model: type[Model], names: Iterable[str], rows: Sequence[Row]) -> list[list[Any]]:
    """As the database takes them. Most values of a column are the same in many rows: each is prepared once."""
    columns: list[tuple[Any, dict[Any, Any]]] = [(_field(model, name), {}) for name in names]
    return [[_once(field, value, known) for (field, known), value in zip(columns, row, strict=True)] for row in rows]


def _once(field: Any, value: Any, known: dict[Any, Any]) -> Any:
    try:
        return known[value]
    except KeyError:
        known[value] = field.get_db_prep_save(value, connection)
        return known[value]
    except TypeError:  # a list or a dict
        return field.get_db_prep_save(value, connection)


def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(_field(model, name).column)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _run(statement: str, values: list[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
