"""What every step type promises."""

from importlib.util import find_spec

import pytest

from mainstay.playbooks.steps import step_types
from mainstay.playbooks.templates import names
from tests.harness import ROOT


def test_the_step_types_are_found() -> None:
    assert set(step_types()) >= {"task", "email", "wait"}


def test_the_docs_name_every_step_type_its_parameters_and_what_texts_may_use() -> None:
    docs = (ROOT / "docs" / "how-to" / "playbooks.md").read_text()
    for step in step_types().values():
        assert f"| `{step.kind}` |" in docs
        assert {name for name in step.params.model_fields if f"`{name}`" not in docs} == set()
    assert {name for name in names() if f"`{name}`" not in docs} == set()


@pytest.mark.parametrize("kind", sorted(step_types()))
def test_a_step_type_explains_itself_and_has_a_schema_and_a_test(kind: str) -> None:
    step = step_types()[kind]
    assert step.kind == kind
    assert step.label
    assert step.meaning.endswith(".")
    assert step.params.model_json_schema()["type"] == "object"
    assert find_spec(f"tests.playbooks.steps.test_{kind}")
