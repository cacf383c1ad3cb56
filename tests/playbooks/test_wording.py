"""What a playbook says, in words."""

from typing import Any

import pytest

from mainstay.playbooks.document import Audience
from mainstay.playbooks.entries import OnSegment
from mainstay.playbooks.naming import Later, Names
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.wording import audience_text, entry_text, outcome_text, saying_of

NAMES = Names(
    segments={"enterprise_eu": "Enterprise, Europe"},
    playbooks={"renewal": "Renewal 90/60/30"},
    people={"helen@orchard.example": "Helen Marsh"},
    targets={"crm": "The CRM", "team": "#cs-team"},
    categories={"success": "Getting started"},
)
DUE = {"working_days": 2, "hours": 4}
CASES = [
    ("task", {"title": "Call  them", "why": "x", "due_in": DUE}, "Call them",
     "For the owner of the account, due in 2 working days and 4 hours."),
    ("task", {"assign": "person", "person": "helen@orchard.example", "due_in": {"days": 1}, "checklist": ["a", "b"]},
     "", "For Helen Marsh, due in 1 day, with a checklist of 2."),
    ("task", {"assign": "technical_account_manager"}, "", "For the technical account manager."),
    ("email", {"subject": "Hi", "text": "x"}, "Hi", "To the owner of the account."),
    ("email", {"to": "contact", "subject": "Hi", "sender": "owner"}, "Hi",
     "To the contact, from the owner of the account, about “Getting started”."),
    ("email", {"to": "contacts", "persona": ["administrator", "executive"], "role": ["economic_buyer"], "most": 2}, "",
     "To at most 2 contacts of the account (administrator or executive; economic buyer), from the company, "
     "about “Getting started”."),
    ("in_app", {"kind": "banner", "title": "New"}, "New",
     "A banner at the top of the page, for the contact, of use for 30 days."),
    ("in_app", {"kind": "tooltip", "selector": "#export", "to": "account", "persona": ["end_user"],
                "until": {"days": 7}}, "",
     "A note at #export, for everybody at the account who is end user, of use for 7 days."),
    ("wait", {"days": 7}, "7 days", ""),
    ("wait", {"days": 1, "working_hours": True}, "1 day", "Goes on only in working hours."),
    ("wait", {"until": "2026-12-24"}, "Until 24 December 2026", ""),
    ("wait", {"date_of": "renewal", "days_before": 30}, "Until 30 days before its renewal", ""),
    ("wait", {"event": ["Sent", "Opened"], "time_out": {"days": 14}, "on_time_out": "exit"},
     "Until the event “Sent” or “Opened” comes", "At most 14 days, then the run ends."),
    ("wait", {"condition": "arr > 5"}, "Until this holds: arr > 5", "At most 30 days, then it goes on."),
    ("wait", {"event": ["Email Opened"], "messages": "any"}, "Until the event “Email Opened” comes",
     "At most 30 days, then it goes on. Messages of other playbooks count too."),
    ("approve", {"title": "A discount?", "time_out": {"days": 3}, "ask": "managers"}, "A discount?",
     "Asks the managers, and goes on without an answer after 3 days."),
    ("escalate", {"title": "Help", "within_working_hours": 1}, "Help",
     "For the managers, due within 1 working hour."),
    ("opportunity", {"kind": "renewal_risk", "title": "Save it", "amount": "{{ metric.arr }}", "wait": True}, "Save it",
     "Renewal at risk, for the owner of the account, over {{ metric.arr }}. "
     "Waits until it is decided, at most 90 days."),
    ("change", {"field": "stage", "value": "rescued"}, "Stage becomes rescued", ""),
    ("start", {"playbook": "renewal"}, "Renewal 90/60/30", ""),
    ("webhook", {"target": "crm", "event": "account.at_risk", "data": {"a": "b"}}, "account.at_risk",
     "To “The CRM”, with 1 text of your own."),
    ("chat", {"target": "team", "title": "Look"}, "Look", "To the chat “#cs-team”."),
    ("note", {"title": "Seen"}, "Seen", ""),
    ("end", {"reason": "They left"}, "They left", ""),
    ("wait", {"days": "soon"}, "", "For no time yet."),
    ("fax", {"title": "Hello"}, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "told", "title", "rest"), CASES)
def test_a_step_is_told_in_words_right_or_wrong(kind: str, told: dict[str, Any], title: str, rest: str) -> None:
    said = saying_of(kind, told, NAMES)
    assert (said.title, said.rest) == (title, rest)


@pytest.mark.parametrize("kind", sorted(step_types()))
def test_a_step_that_says_nothing_yet_or_nonsense_is_told_all_the_same(kind: str) -> None:
    fields = step_types()[kind].params.model_fields
    for told in ({}, dict.fromkeys(fields, 7.5), dict.fromkeys(fields, "x"), dict.fromkeys(fields)):
        said = saying_of(kind, told, NAMES)
        assert not set(f"{said.title} {said.rest}") & set("[]{}")


def test_every_step_type_has_words_of_its_own() -> None:
    """The cases above hold them; outcomes are words that are understood without the docs."""
    assert {kind for kind, told, *_ in CASES if told} >= set(step_types())
    said = [outcome_text(step.kind, one) for step in step_types().values() for one in step.outcomes]
    assert "approved" in said
    assert not {"timed out", "happened", "done"} & set(said)


def test_segments_are_called_by_their_names() -> None:
    entry = OnSegment(segment="enterprise_eu", present=True)
    assert entry_text(entry, NAMES) == "it enters the segment “Enterprise, Europe” or is in it already"
    assert audience_text(Audience(segment="enterprise_eu"), NAMES) == "accounts in the segment “Enterprise, Europe”"
    assert audience_text(Audience(segment="gone"), NAMES) == "accounts in the segment “gone”"
    assert [audience_text(Audience(where=text), NAMES) for text in ("arr > 5", "")] == ["", "every account"]


def test_names_are_read_when_the_first_is_asked_for_and_once() -> None:
    read: list[str] = []

    def found() -> list[tuple[str, str]]:
        read.append("again")
        return [("a", "A")]

    names = Later(found)
    assert read == []
    assert (names["a"], names.get("b", "b"), list(names), len(names)) == ("A", "b", ["a"], 1)
    assert read == ["again"]
