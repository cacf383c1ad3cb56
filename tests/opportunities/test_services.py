from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.common.money import Money
from mainstay.opportunities import selectors, services
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import Kind, OpportunityState
from mainstay.people.models import AuditEntry
from tests.builders import NOW, Cast

DAY = timedelta(days=1)


@pytest.fixture
def chance(cast: Cast) -> Opportunity:
    return services.create_opportunity(
        account=cast.acme, kind=Kind.EXPANSION, title=" More \n seats ", why="At 95 %.", owner=cast.alice,
        amount=Money(1_200_000, "EUR"), by=cast.bob, now=NOW,
    )  # fmt: skip


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_one_is_opened_decided_and_reopened_and_each_is_on_record(chance: Opportunity, cast: Cast) -> None:
    assert (chance.title, chance.amount_minor, chance.currency, chance.created_by) == (
        "More seats", 1_200_000, "EUR", cast.bob,
    )  # fmt: skip
    assert services.decide(chance, OpportunityState.WON, note=" Signed  today ", by=cast.alice, now=NOW + DAY)
    assert (chance.state, chance.note, chance.decided_by, chance.decided_at) == (
        "won", "Signed today", cast.alice, NOW + DAY,
    )  # fmt: skip
    assert services.reopen(chance, by=cast.alice, now=NOW + DAY)
    assert (chance.is_open, chance.note, chance.decided_at) == (True, "", None)
    assert actions() == ["opportunities.opened", "opportunities.decided", "opportunities.reopened"]


def test_a_second_decision_changes_nothing(chance: Opportunity, cast: Cast) -> None:
    services.decide(chance, OpportunityState.LOST, by=cast.alice, now=NOW)
    assert not services.decide(chance, OpportunityState.WON, by=cast.bob, now=NOW)
    chance.refresh_from_db()
    assert chance.state == OpportunityState.LOST
    assert len(actions()) == 2


@pytest.mark.parametrize(
    ("kind", "state", "may"),
    [
        (Kind.EXPANSION, OpportunityState.WON, True),
        (Kind.EXPANSION, OpportunityState.ACCEPTED, False),
        (Kind.RENEWAL_RISK, OpportunityState.LOST, True),
        (Kind.HANDOVER, OpportunityState.DECLINED, True),
        (Kind.HANDOVER, OpportunityState.WON, False),
        (Kind.HANDOVER, OpportunityState.OPEN, False),
    ],
)
def test_each_kind_is_decided_in_its_own_words(cast: Cast, kind: Kind, state: OpportunityState, may: bool) -> None:
    made = services.create_opportunity(account=cast.acme, kind=kind, title="X", owner=None, by=cast.bob, now=NOW)
    if may:
        assert services.decide(made, state, by=cast.bob, now=NOW)
        return
    with pytest.raises(Invalid, match=" or "):
        services.decide(made, state, by=cast.bob, now=NOW)


def test_what_is_decided_is_not_changed(chance: Opportunity, cast: Cast) -> None:
    values: dict[str, Any] = {"title": "Seats", "why": "", "owner": cast.bob, "amount": None}
    services.change(chance, **values, by=cast.alice, now=NOW)
    assert (chance.title, chance.owner, chance.amount_minor) == ("Seats", cast.bob, None)
    services.decide(chance, OpportunityState.WON, by=cast.alice, now=NOW)
    with pytest.raises(Invalid, match="reopen it"):
        services.change(chance, **values, by=cast.alice, now=NOW)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"title": "  "}, "title"),
        ({"amount": Money(-1, "EUR")}, "no amount"),
        ({"owner": "vera"}, "cannot work on it"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(cast: Cast, told: dict[str, Any], reason: str) -> None:
    values = {"title": "X", "owner": None, "amount": None} | told
    values["owner"] = cast.vera if values["owner"] == "vera" else None
    with pytest.raises(Invalid, match=reason) as refused:
        services.create_opportunity(account=cast.acme, kind=Kind.EXPANSION, **values, by=cast.bob, now=NOW)
    assert refused.value.details["field"] == next(iter(told))


def test_viewers_change_nothing(chance: Opportunity, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.decide(chance, OpportunityState.WON, by=cast.vera, now=NOW)
    with pytest.raises(NotAllowed):
        services.create_opportunity(account=cast.acme, kind=Kind.HANDOVER, title="X", owner=None, by=cast.vera, now=NOW)


def test_a_step_that_is_repeated_opens_nothing_new(cast: Cast) -> None:
    id, run = uuid4(), uuid4()
    values: dict[str, Any] = {
        "account": cast.acme, "kind": Kind.HANDOVER, "title": "To sales", "why": "", "owner_id": None, "amount": None,
        "run": run, "step": "hand", "made_by": "Play", "now": NOW,
    }  # fmt: skip
    assert services.open_opportunity(id, **values)
    assert not services.open_opportunity(id, **values)
    made = Opportunity.objects.get()
    assert list(selectors.decided_since(None)) == []
    services.decide(made, OpportunityState.ACCEPTED, by=cast.alice, now=NOW + DAY)
    assert list(selectors.decided_since(NOW + DAY)) == [(run, "hand", "accepted")]
    assert list(selectors.decided_since(NOW + 2 * DAY)) == []


def test_a_past_day_shows_what_was_open_then(chance: Opportunity, cast: Cast) -> None:
    services.decide(chance, OpportunityState.WON, by=cast.alice, now=NOW + 2 * DAY)
    assert list(selectors.of_account(cast.acme)) == []
    assert list(selectors.of_account(cast.acme, NOW + DAY)) == [chance]
    assert list(selectors.of_account(cast.acme, NOW)) == []
    assert list(selectors.of_account(cast.acme, NOW + 3 * DAY)) == []
