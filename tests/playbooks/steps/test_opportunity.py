from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from mainstay.opportunities.states import Kind
from mainstay.playbooks.commands import Awaited, OpenOpportunity, WaitFor
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.steps.opportunity import STEP, OpportunityParams, amount_of


def params(**told: Any) -> OpportunityParams:
    values = {"kind": "expansion", "title": "More seats for {{ account.name }}", "why": "{{ run.why }}", **told}
    return OpportunityParams.model_validate(values)


def test_an_opportunity_goes_to_the_owner_with_the_why_and_the_amount() -> None:
    assert STEP.run(params(amount="{{ account.arr }}", currency="EUR"), SAMPLE) == [
        OpenOpportunity(
            kind=Kind.EXPANSION,
            title="More seats for Acme",
            why="Health turned red: the score fell from 71 to 42.",
            owner_id=1,
            amount=Decimal(148_000),
            currency="EUR",
        )
    ]


def test_it_may_be_waited_for() -> None:
    _, wait = STEP.run(params(wait=True), SAMPLE)
    assert wait == WaitFor(Awaited.DECISION, SAMPLE.now + timedelta(days=90))
    _, wait = STEP.run(params(wait=True, time_out={"days": 5}), SAMPLE)
    assert wait == WaitFor(Awaited.DECISION, SAMPLE.now + timedelta(days=5))


def test_without_an_owner_it_is_for_whoever_takes_it() -> None:
    (command,) = STEP.run(params(), replace(SAMPLE, owner=None))
    assert isinstance(command, OpenOpportunity)
    assert command.owner_id is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None),
        ("unknown", None),
        ("0", "0"),
        ("12000", "12000"),
        ("12,000.50", "12000.50"),
        ("$148,000", "148000"),
        ("CHF 12.5", "12.5"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str | None) -> None:
    assert amount_of(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("text", ["a lot", "12.000,50", "-5", "1,20", "12k", "5 or 6", "9" * 14])
def test_what_is_no_amount_stops_the_step_and_is_refused_when_it_is_published(text: str) -> None:
    with pytest.raises(StepFailed, match="no number"):
        amount_of(text)
    assert "no number" in STEP.objections(params(amount=text), "play")["amount"]


def test_a_text_that_gives_an_amount_is_judged_when_it_is_filled_in() -> None:
    assert STEP.objections(params(amount="{{ account.arr }}"), "play") == {}


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "renewal"},
        {"time_out": {"days": 5}},
        {"currency": "euro"},
        {"assign": "person"},
        {"person": "a@b.example"},
    ],
)
def test_what_does_not_fit_together_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        params(**told)
