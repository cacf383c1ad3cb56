"""What every step type promises."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from mainstay.playbooks import steps
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Task
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.templates import names
from tests.builders import Cast
from tests.harness import ROOT
from tests.playbooks.plays import play, publish, refresh, signal


def test_the_step_types_are_found() -> None:
    assert set(step_types()) >= {"task", "email", "wait"}


def test_the_docs_name_every_step_type_its_parameters_and_what_texts_may_use() -> None:
    docs = (ROOT / "docs" / "how-to" / "playbooks.md").read_text()
    for step in step_types().values():
        assert f"| `{step.kind}` |" in docs
        assert {name for name in step.params.model_fields if f"`{name}`" not in docs} == set()
    assert {name for name in names() if f"`{name}`" not in docs} == set()


FAX = """
from mainstay.playbooks.commands import Command, OpenTask
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Duration, Params, StepType, Template
from mainstay.playbooks.templates import render


class FaxParams(Params):
    text: Template
    due_in: Duration


def run(params: FaxParams, context: Context) -> list[Command]:
    due_at = params.due_in.after(context.now, context.calendar)
    return [OpenTask(owner_id=None, title=f"Fax: {render(params.text, context)}", why="", due_at=due_at)]


STEP = StepType(kind="fax", label="Fax", meaning="Sends a fax.", params=FaxParams, run=run)
"""


@pytest.fixture
def fax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A step type that is added with one file."""
    (tmp_path / "fax.py").write_text(FAX)
    monkeypatch.setattr(steps, "__path__", [*steps.__path__, str(tmp_path)])
    step_types.cache_clear()
    yield
    step_types.cache_clear()
    sys.modules.pop("mainstay.playbooks.steps.fax")


def test_a_step_type_is_added_with_one_file(cast: Cast, fax: None) -> None:
    step = {"id": "send", "type": "fax", "with": {"text": "Hello {{ account.name }}", "due_in": {"working_days": 1}}}
    publish(play(step))
    signal(cast.acme)
    refresh()
    assert Task.objects.get().title == "Fax: Hello Acme"
    with pytest.raises(BadPlaybook, match=r"steps\.0\.with\.text: .*acount"):
        play(step | {"with": {"text": "{{ acount.name }}", "due_in": {}}})


@pytest.mark.parametrize("kind", sorted(step_types()))
def test_a_step_type_explains_itself_and_has_a_schema_and_a_test(kind: str) -> None:
    step = step_types()[kind]
    assert step.kind == kind
    assert step.label
    assert step.meaning.endswith(".")
    assert step.params.model_json_schema()["type"] == "object"
    assert find_spec(f"tests.playbooks.steps.test_{kind}")
