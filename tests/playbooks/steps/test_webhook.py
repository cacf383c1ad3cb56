import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from mainstay.playbooks.commands import SendToTarget, Speaks
from mainstay.playbooks.context import SAMPLE, SignalFacts
from mainstay.playbooks.steps.webhook import STEP, WebhookParams


def event(context: Any = SAMPLE, **told: Any) -> tuple[SendToTarget, Any]:
    params = WebhookParams.model_validate({"target": "orders", "event": "account.at_risk", **told})
    (command,) = STEP.run(params, context)
    assert isinstance(command, SendToTarget)
    return command, json.loads(command.text)


def test_an_event_tells_account_contact_signal_run_and_why() -> None:
    command, body = event()
    assert (command.target, command.speaks, command.subject) == ("orders", Speaks.EVENTS, "account.at_risk")
    assert body == {
        "type": "account.at_risk",
        "timestamp": "2026-01-05T09:00:00Z",
        "data": {
            "account": {
                "key": "acme", "name": "Acme", "tier": "enterprise", "stage": "adoption", "arr": "$148,000",
                "link": "http://localhost:8000/accounts/acme/",
            },
            "contact": {
                "key": "carol", "name": "Carol Diaz", "email": "carol@acme.example", "title": "Head of operations",
                "persona": "administrator",
            },
            "signal": {
                "kind": "health_red", "label": "Health turned red", "severity": "critical",
                "summary": "The score fell from 71 to 42.", "evidence": ["Daily active rate: 71% → 38%"],
                "opened_at": "2026-01-05T08:00:00Z",
            },
            "run": {
                "id": "8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01", "playbook": "risk_outreach", "name": "Risk outreach",
            },
            "why": "Health turned red: the score fell from 71 to 42.",
            "values": {},
        },
    }  # fmt: skip


def test_texts_of_ones_own_are_filled_in_and_are_safe_json() -> None:
    quoted = replace(SAMPLE, account=replace(SAMPLE.account, name='Acme "quoted"\n}'))
    _, body = event(quoted, data={"owner": "{{ owner.email }}", "name": "{{ account.name }}"})
    assert body["data"]["values"] == {"owner": "alice@example.com", "name": 'Acme "quoted"\n}'}


def test_a_run_about_an_account_by_hand_has_neither_contact_nor_signal() -> None:
    nothing = SignalFacts("", "", "", "", (), SAMPLE.now)
    _, body = event(replace(SAMPLE, contact=None, signal=nothing))
    assert (body["data"]["contact"], body["data"]["signal"]) == (None, None)


@pytest.mark.parametrize(
    "told",
    [
        {"event": "at risk"},
        {"event": ".x"},
        {"target": "Not A Key"},
        {"data": {"a b": "x"}},
        {"data": {"a": "{{ b }}"}},
    ],
)
def test_what_a_receiver_could_not_understand_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        event(**told)
