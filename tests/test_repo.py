"""The shape of the repository: sizes, docstrings, migration names, one way to name money and time."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "mainstay"
PYTHON = [
    path
    for folder in ("src", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]


def test_no_file_is_longer_than_500_lines() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in PYTHON}
    assert {path: lines for path, lines in long.items() if lines > 500} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert long == []


@pytest.mark.parametrize("room", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_a_room_opens_with_a_docstring(room: str) -> None:
    assert ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text()))


def test_migrations_are_named_as_what_they_do() -> None:
    names = [path.stem for path in PACKAGE.glob("*/migrations/0*.py")]
    assert [name for name in names if re.search(r"_auto_|_and_more$|^\d+_alter_\w+_\w+_and", name)] == []


def test_migrations_import_no_code_of_ours() -> None:
    importing = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.glob("*/migrations/0*.py")
        if re.search(r"^(from|import) mainstay", path.read_text(), re.MULTILINE)
    ]
    assert importing == []


def test_money_is_never_a_float() -> None:
    named = re.compile(r"amount|price|mrr|arr$|_minor")
    floats = [
        str(field)
        for model in apps.get_models()
        if model.__module__.startswith("mainstay.")
        for field in model._meta.local_fields
        if isinstance(field, models.FloatField | models.DecimalField) and named.search(field.name)
    ]
    assert floats == []


def test_pages_carry_no_inline_style_script_or_foreign_host() -> None:
    refused = re.compile(r'style="|<script(?![^>]*\bsrc=)|src="(?:https?:)?//|data:image|\bon[a-z]+="', re.IGNORECASE)
    guilty = [
        f"{path.relative_to(PACKAGE)}: {match.group(0)}"
        for path in (PACKAGE / "web").rglob("*.html")
        for match in refused.finditer(path.read_text())
    ]
    assert guilty == []


def test_the_engines_are_compared_with_the_packages_that_are_shipped() -> None:
    pin = re.compile(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==\S+", re.MULTILINE)
    shipped = set(pin.findall((ROOT / "requirements.lock").read_text()))
    missing = shipped - set(pin.findall((ROOT / "requirements-engines.lock").read_text()))
    assert missing == set(), "run the line of `make lock` that writes requirements-engines.lock"


def test_every_setting_is_documented() -> None:
    settings = (PACKAGE / "config" / "settings.py").read_text() + (PACKAGE / "config" / "env.py").read_text()
    read = set(re.findall(r'"(MAINSTAY_[A-Z_]+|DATABASE_URL)"', settings))
    documented = (ROOT / "docs" / "settings.md").read_text()
    assert {name for name in read if f"`{name}`" not in documented} == set()
