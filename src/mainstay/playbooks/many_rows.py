"""Writes many rows of a table with one prepared statement.

The ORM builds a statement with a placeholder for every value of every row, which costs more than the database does with
them: of advancing a run, half the time.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def insert(rows: Sequence[Model], *names: str, unique: Sequence[str], update: Sequence[str] = ()) -> None:
    """Insert rows with these fields. Where one with the same `unique` fields is there: `update` them, else nothing."""
    if not rows:
        return
    columns, values = _values(rows, names)
    same = ", ".join(_column(rows[0], name) for name in unique)
    then = ", ".join(f"{column} = EXCLUDED.{column}" for column in (_column(rows[0], name) for name in update))
    marks = ", ".join(["%s"] * len(columns))
    _run(
        f"INSERT INTO {_table(rows[0])} ({', '.join(columns)}) VALUES ({marks}) "
        f"ON CONFLICT ({same}) DO {f'UPDATE SET {then}' if then else 'NOTHING'}",
        values,
    )


def update(rows: Sequence[Model], *names: str) -> None:
    """Write these fields of rows that are there."""
    if not rows:
        return
    columns, values = _values(rows, (*names, "id"))
    said = ", ".join(f"{column} = %s" for column in columns[:-1])
    _run(f"UPDATE {_table(rows[0])} SET {said} WHERE {columns[-1]} = %s", values)


def _values(rows: Sequence[Model], names: Iterable[str]) -> tuple[list[str], list[list[Any]]]:
    fields: list[Any] = [rows[0]._meta.get_field(name) for name in names]
    return [connection.ops.quote_name(field.column) for field in fields], [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows
    ]


def _column(row: Model, name: str) -> str:
    field: Any = row._meta.get_field(name)
    return connection.ops.quote_name(field.column)


def _table(row: Model) -> str:
    return connection.ops.quote_name(row._meta.db_table)


def _run(statement: str, values: list[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
