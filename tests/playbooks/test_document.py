from typing import Any

import pytest

from mainstay.playbooks.document import Document, load_document, parse_document
from mainstay.playbooks.errors import BadPlaybook


def document(**changes: Any) -> dict[str, Any]:
    task = {"id": "call", "type": "task", "with": {"title": "Call", "why": "Why", "due_in": {"hours": 1}}}
    values = {"key": "p", "name": "P", "starts_on": {"signal": "health_red"}, "steps": [task]}
    return {**values, **changes}


def step(**params: Any) -> dict[str, Any]:
    return {"id": "s", "type": "task", "with": {"title": "T", "why": "W", "due_in": {"hours": 1}, **params}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "Not a key"}, "key: "),
        ({"steps": []}, "steps: "),
        ({"colour": "red"}, "colour: "),
        ({"steps": [{"id": "s", "type": "fax"}]}, "no step type 'fax'; use one of email, task, wait"),
        ({"steps": [step(), step()]}, "the step 's' is there twice"),
        ({"steps": [step(colour="red")]}, "colour"),
        ({"steps": [step(title="Call {{ account.nme }}")]}, "account.nme"),
        ({"steps": [step(title="Call {{ account.name }")]}, "cannot be filled in"),
        ({"steps": [step(due_in={"days": -1})]}, "greater than or equal to 0"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused_with_the_place_and_the_reason(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadPlaybook) as refused:
        parse_document(document(**changes), name="mine")
    assert "The playbook mine cannot be used" in refused.value.message
    assert said in refused.value.message


@pytest.mark.parametrize(("text", "said"), [("a: [", "is not YAML"), ("- a", "must be a mapping")])
def test_a_text_that_is_no_document_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadPlaybook, match=said):
        load_document(text, name="mine.yaml")


def test_a_document_survives_being_stored() -> None:
    parsed = parse_document(document(), name="p")
    assert Document.model_validate(parsed.as_dict()) == parsed
