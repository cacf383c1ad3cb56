import json
import re
from typing import Any

import pytest

from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.reading import check, content_of, read, to_yaml
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.tree import walk
from mainstay.playbooks.upgrading import upgraded


def step(name: str = "s", **params: Any) -> dict[str, Any]:
    return {"id": name, "type": "task", "with": {"title": "T", "why": "W", "due_in": {"hours": 1}, **params}}


def document(**changes: Any) -> dict[str, Any]:
    values = {"key": "p", "name": "P", "entry": {"by": "signal", "kind": "health_red"}, "steps": [step("call")]}
    return {**values, **changes}


def branch(**arm: Any) -> dict[str, Any]:
    return {"id": "b", "type": "branch", "branches": [{"steps": [step()], **arm}]}


def split(*shares: int) -> dict[str, Any]:
    return {"id": "x", "type": "split", "parts": [{"name": f"p{one}", "share": one} for one in shares]}


WAIT = {"id": "w", "type": "wait", "with": {"days": 1}}


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"key": "Not a key"}, "key", "'Not a key' is no key: it begins with a small letter"),
        ({"steps": []}, "steps", "there is none yet; add one"),
        ({"colour": "red"}, "colour", "nothing of this name"),
        ({"entry": {"by": "fax"}}, "entry", "'date', 'rhythm', 'event', 'answer', 'hand'"),
        ({"entry": {"by": "signal"}}, "entry.kind", "it is missing"),
        ({"entry": {"by": "date", "of": "renewal", "days_before": 1, "days_after": 1}}, "entry", "either"),
        ({"entry": {"by": "event"}}, "entry", "at least one event"),
        ({"entry": {"by": "answer", "survey": "nps", "at_least": float("nan")}}, "entry.at_least", "finite number"),
        ({"steps": [{"id": "s", "type": "fax"}]}, "steps.0.type", "no step type 'fax'; use one of"),
        ({"steps": [step(), step()]}, "document", "the step 's' is there twice"),
        ({"steps": [step(), branch(when="score > 5")]}, "document", "the step 's' is there twice"),
        ({"steps": [step(colour="red")]}, "steps.0.with.colour", "nothing of this name"),
        ({"steps": [step(title="Call {{ account.nme }}")]}, "steps.0.with.title", "account.nme"),
        ({"steps": [step(title="Call {{ account.name }")]}, "steps.0.with.title", "cannot be filled in"),
        ({"steps": [step(due_in={"days": -1})]}, "steps.0.with.due_in.days", "greater than or equal to 0"),
        ({"steps": [branch(when="score > 5", steps=[{"id": "f", "type": "fax"}])]},
         "steps.0.branches.0.steps.0.type", "no step type"),
        ({"steps": [branch()]}, "steps.0.branches.0", "still needed: a condition (`when`)"),
        ({"steps": [branch(after={"step": "gone", "outcome": "x"})]}, "document", "'gone', which has none"),
        ({"steps": [WAIT, branch(after={"step": "w", "outcome": "x"})]}, "document", "never comes to 'x'"),
        ({"steps": [split(30, 60)]}, "steps.0.parts", "add up to 90"),
        ({"exit": [{"when": "condition"}]}, "exit.0", "still needed: a condition (`where`)"),
        ({"exit": [{"when": "churned", "where": "arr > 5"}]}, "exit.0", "`where` says the condition"),
        ({"exit": [{"when": "goal"}]}, "document", "no `goal`"),
        ({"entry": {"by": "stage", "stage": "x"}, "exit": [{"when": "signal_closed"}]}, "document", "no signal lets"),
        ({"reentry": "sometimes"}, "reentry", "'never' or 'after_exit'"),
        ({"steps": [step(due_in="2 working days")]}, "steps.0.with.due_in", "write it as {days: 3} or"),
        ({"holdout": 60}, "holdout", "less than or equal to 50"),
        ({"schema_version": 3}, "schema_version", "2"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_used_is_refused_with_the_place_and_the_reason(
    changes: dict[str, Any], place: str, said: str
) -> None:
    with pytest.raises(BadPlaybook) as refused:
        check(document(**changes), origin="mine.yaml")
    assert refused.value.message.startswith("mine.yaml, ")
    found = [one["reason"] for one in refused.value.details["problems"] if one["place"] == place]
    assert said in " ".join(found)


def test_everything_that_is_wrong_is_told_at_once_with_its_line() -> None:
    text = """\
key: p
name: P
entry:
  by: hand
steps:
  - id: one
    type: fax
  - id: two
    type: task
    with:
      title: "{{ acount.name }}"
"""
    with pytest.raises(BadPlaybook) as refused:
        read(text, origin="p.yaml")
    lines = {one["place"]: one["line"] for one in refused.value.details["problems"]}
    assert lines == {"steps.0.type": 7, "steps.1.with.title": 11, "steps.1.with.why": 10, "steps.1.with.due_in": 10}


@pytest.mark.parametrize(("text", "said"), [("a: [", "is not YAML"), ("- a", "is a mapping")])
def test_a_text_that_is_no_document_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadPlaybook, match=said):
        read(text, origin="mine.yaml")


FULL = document(
    **{"for": {"where": "arr > 5", "segment": "big"}},
    subject={"contacts": {"persona": ["administrator"]}},
    reentry={"after_days": 30},
    exit=[{"when": "goal", "tasks": "dismiss"}],
    goal={"where": "score > 80"},
    holdout=10,
    caps={"starts_a_day": 100},
    owner="mary@orchard.example",
    steps=[WAIT, branch(when="score > 5") | {"else": [step("t")]}, split(30, 70)],
)


@pytest.mark.parametrize("values", [document(), FULL], ids=["small", "full"])
def test_a_document_survives_being_stored_and_being_written_as_yaml(values: dict[str, Any]) -> None:
    parsed = check(values, origin="p")
    assert Document.model_validate(parsed.as_dict()) == parsed
    assert read(to_yaml(parsed), origin="p") == parsed
    assert check(content_of(parsed), origin="p") == parsed


def test_a_document_of_the_first_form_is_upgraded() -> None:
    former = {
        "schema_version": 1,
        "key": "p",
        "name": "P",
        "description": "",
        "starts_on": {"signal": "seats_filling", "where": "band = 'green'"},
        "exit": "signal_closed",
        "again_after_days": 90,
        "steps": [step("call")],
    }
    parsed = check(former, origin="p")
    assert content_of(parsed) == {
        "key": "p",
        "name": "P",
        "for": {"where": "band = 'green'"},
        "entry": {"by": "signal", "kind": "seats_filling"},
        "reentry": {"after_days": 90},
        "exit": [{"when": "signal_closed"}],
        "steps": [step("call")],
    }
    assert upgraded(parsed.as_dict()) == parsed.as_dict()
    assert check(former | {"exit": "never", "again_after_days": 0}, origin="p").exit == ()


def test_the_flow_of_a_tree_leads_from_each_step_to_the_next() -> None:
    flow = check(FULL, origin="p").flow
    assert flow.first == "w"
    assert flow.nexts == {"w": "b", "b": "x", "s": "x", "t": "x", "x": ""}
    assert flow.ways == {"b": {"1": "s", "else": "t"}, "x": {"p30": "", "p70": ""}}


def test_steps_are_walked_as_they_are_read() -> None:
    assert [(found.id, depth) for found, depth in walk(check(FULL, origin="p").steps)] == [
        ("w", 0),
        ("b", 0),
        ("s", 1),
        ("t", 1),
        ("x", 0),
    ]


def test_the_schema_tells_what_each_step_type_can_be_told() -> None:
    schema = Document.model_json_schema(by_alias=True)
    action = schema["$defs"]["Action"]
    assert action["properties"]["type"]["enum"] == list(step_types())
    told = {rule["if"]["properties"]["type"]["const"]: rule["then"] for rule in action["allOf"]}
    assert {kind: set(then["properties"]["with"]["properties"]) for kind, then in told.items()} == {
        kind: set(step.params.model_fields) for kind, step in step_types().items()
    }
    assert told["approve"]["required"] == ["with"]
    assert "required" not in told["wait"]
    asked = told["approve"]["properties"]["with"]["properties"]
    assert asked["ask"]["enum"] == ["owner", "managers"]
    assert asked["time_out"]["$ref"] == "#/$defs/Duration"
    assert set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema))) <= set(schema["$defs"])
