from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mainstay.deliveries.content import Button, Content, Item, Kind
from mainstay.playbooks.commands import RequestDelivery
from mainstay.playbooks.context import SAMPLE, Context
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.steps.in_app import STEP, InAppParams

ABOUT = replace(SAMPLE, contact_id=9)
CHECKLIST = {
    "kind": "checklist",
    "title": "Welcome, {{ contact.name }}",
    "items": [
        {"text": "Create a project", "link": "/projects/new", "event": "Project Created"},
        {"text": "Look around"},
    ],
}


def message(context: Context = ABOUT, **params: Any) -> RequestDelivery:
    (command,) = STEP.run(InAppParams(**({"kind": "banner", "title": "Hello"} | params)), context)
    assert isinstance(command, RequestDelivery)
    return command


def test_the_contact_gets_a_message_filled_in_and_of_use_for_a_month() -> None:
    made = message(title="Hello {{ contact.name }}", text="{{ account.name }} has news.", category="onboarding")
    assert (made.channel, made.contact_id, made.recipient, made.everybody) == ("in_app", 9, "carol", False)
    assert (made.subject, made.text, made.category) == ("Hello Carol Diaz", "Acme has news.", "onboarding")
    assert made.not_after == SAMPLE.now + timedelta(days=30)


def test_it_may_be_of_use_for_less() -> None:
    assert message(until={"days": 2}).not_after == SAMPLE.now + timedelta(days=2)


def test_a_button_leads_where_its_link_says() -> None:
    made = message(kind="modal", button={"label": "Look at {{ account.key }}", "link": "/a/{{ account.key }}"})
    assert made.content == Content(Kind.MODAL, button=Button("Look at acme", "/a/acme"))


def test_a_checklist_has_lines_with_what_ticks_them() -> None:
    made = message(**CHECKLIST)
    assert made.subject == "Welcome, Carol Diaz"
    assert made.content == Content(
        Kind.CHECKLIST, items=(Item("Create a project", "/projects/new", "Project Created"), Item("Look around"))
    )


def test_everybody_at_the_account_may_see_it_or_who_has_a_persona() -> None:
    made = message(SAMPLE, to="account", persona=["administrator"])
    assert (made.everybody, made.contact_id, made.personas) == (True, None, ("administrator",))
    assert made.recipient == "everybody at Acme"


def test_a_run_about_the_account_has_no_contact_to_show_it_to() -> None:
    with pytest.raises(StepFailed, match="to: account"):
        message(replace(SAMPLE, contact=None))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"kind": "tooltip"}, "the element it points at"),
        ({"selector": "#export"}, "`selector` says"),
        ({"kind": "checklist"}, "at least one line"),
        ({"items": [{"text": "Look"}]}, "`items` are"),
        ({"persona": ["executive"]}, "say `to: account`"),
        ({"until": {}}, "how long"),
        ({"button": {"label": "Go", "link": "javascript:alert(1)"}}, "leads nowhere"),
        ({"button": {"label": "Go", "link": "//evil.example"}}, "leads nowhere"),
        ({"title": "{{ nobody.name }}"}, "cannot be filled in"),
        ({"kind": "popup"}, "banner"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        message(**params)


def test_an_address_that_only_data_makes_unsafe_stops_the_step() -> None:
    odd = replace(ABOUT, account=replace(SAMPLE.account, arr="javascript:alert(1)"))
    with pytest.raises(StepFailed, match="leads nowhere"):
        message(odd, button={"label": "Go", "link": "{{ account.arr | replace: '$148,000', '/' }}"})
