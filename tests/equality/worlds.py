"""Fact tables filled by hand and at random, the same for every engine: rich where a small company cannot be.

The first world is empty; the second holds every case of `tests/metrics/cases`, each with accounts of its own; the
third has random accounts whose rows are made of the words and edges that occur in the cases. A new metric is in all
of them with its case file, a new fact table with its declaration. Tallies of declared metrics are tables like others.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import yaml

from mainstay.facts.tally import PREFIX
from mainstay.metrics import tables
from mainstay.metrics.engines.inputs import schema_of
from tests.equality import own
from tests.metrics import facts
from tests.metrics.own import happened

World = dict[str, pa.Table]
CASES = Path(__file__).parent.parent / "metrics" / "cases"
ACCOUNTS = 300
# Accounts and contacts of a case keep their numbers, moved by this much for each case.
_STEP = 100_000
# What a row is told apart by, where the roll-ups never give it twice.
_UNIQUE = {
    "user_days": ("account_id", "contact_id", "age"),
    "usage_days": ("account_id", "contact_id", "age", "event"),
    "event_days": ("account_id", "contact_id", "age", "event"),
    "meaning_days": ("account_id", "contact_id", "age", "meaning"),
    "first_values": ("account_id",),
    "contacts": ("contact_id",),
    "feature_days": ("account_id", "contact_id", "age", "feature"),
    "plan_features": ("account_id", "feature"),
}


@cache
def schemas() -> dict[str, pa.Schema]:
    """The fact tables and the tallies, with their columns."""
    named = {name: tables.columns(name) for name in tables.names()}
    return {name: schema_of(columns) for name, columns in {**named, **_tallies()}.items()}


def _tallies() -> dict[str, dict[str, str]]:
    return {spec.name: spec.columns() for spec in own.tallies()}


def all_worlds() -> dict[str, World]:
    """Every world by its name."""
    cases = of_cases()
    return {"nothing known": empty(), "cases": cases, "random": at_random(cases, seed=1)}


def empty() -> World:
    """Two accounts, and nothing about them."""
    made = {name: schema.empty_table() for name, schema in schemas().items()}
    return made | {"accounts": _table("accounts", [{"account_id": 1}, {"account_id": 2}])}


def of_cases() -> World:
    """All cases that were worked out by hand, side by side."""
    gathered: dict[str, list[pa.Table]] = {name: [schema.empty_table()] for name, schema in schemas().items()}
    with facts.engine() as cursor:
        for number, (given, events) in enumerate(_cases()):
            facts.fill(cursor, given)
            for spec in own.tallies():
                happened.fill_tally(cursor, spec, events)
            for name, schema in schemas().items():
                moved = ", ".join(_moved(column, number) for column in schema.names)
                gathered[name].append(cursor.sql(f"SELECT {moved} FROM {name}").to_arrow_table().cast(schema))
    world = {name: pa.concat_tables(parts) for name, parts in gathered.items()}
    return world | {"tallies": world["tallies"].group_by("tally").aggregate([("first_age", "max")]).rename_columns(
        ["tally", "first_age"]
    )}  # fmt: skip


def at_random(cases: World, *, seed: int) -> World:
    """Accounts with up to thirty rows in each table, each cell one that occurs in that column of the cases."""
    dice = Random(seed)
    made: World = {}
    for name, schema in schemas().items():
        words = {column: _words(cases, name, column) for column in schema.names}
        if name == "accounts":
            rows = [_row(dice, words) | {"account_id": account} for account in range(1, ACCOUNTS + 1)]
        elif "account_id" not in words:
            rows = list({row[next(iter(words))]: row for row in (_row(dice, words) for _ in range(40))}.values())
        else:
            rows = [
                _row(dice, words) | _whose(dice, words, account)
                for account in range(1, ACCOUNTS + 1)
                for _ in range(dice.choice([0, 1, 3, 30]))
            ]
        made[name] = _table(name, _told_apart(name, rows))
    return made


def _cases() -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What the cases of shipped and of declared metrics give: rows of tables, and events."""
    shipped = (case for path in sorted(CASES.glob("*.yaml")) for case in yaml.safe_load(path.read_text())["cases"])
    for case in [*shipped, *(case for _, case in own.cases())]:
        given = dict(case.get("given", {}))
        events = given.pop("events", [])
        accounts = given.pop("accounts", [{"account": account} for account in case["expect"]])
        yield {**(happened.tables(events) if events else {}), "accounts": accounts, **given}, events


def _moved(column: str, number: int) -> str:
    return f'"{column}" + {number * _STEP} AS "{column}"' if column in ("account_id", "contact_id") else f'"{column}"'


def _words(cases: World, name: str, column: str) -> list[Any]:
    found = cases[name][column].unique().to_pylist()
    return sorted(found, key=repr)[:200] or [None]


def _row(dice: Random, words: dict[str, list[Any]]) -> dict[str, Any]:
    return {column: dice.choice(values) for column, values in words.items()}


def _whose(dice: Random, words: dict[str, list[Any]], account: int) -> dict[str, Any]:
    whose = {"account_id": account}
    if "contact_id" in words:
        whose["contact_id"] = dice.choice([None, *(account * 100 + number for number in range(12))])
    return whose


def _told_apart(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    unique = _UNIQUE.get(name) or (
        tuple(column for column in schemas()[name].names if column not in ("n", "last_at"))
        if name.startswith(PREFIX)
        else None
    )
    return list({tuple(row[key] for key in unique): row for row in rows}.values()) if unique else rows


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({
        field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in schemas()[name]
    })  # fmt: skip
