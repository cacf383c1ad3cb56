"""A preview says what publishing gives, and why."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.ingest.sources import record_arrival
from mainstay.scores import publishing
from mainstay.scores.document import Document
from mainstay.scores.models import Health
from mainstay.scores.preview import Cell, Preview, preview
from mainstay.scores.services import score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)

type Change = Callable[[dict], None]


@pytest.fixture
def company(cast: Cast) -> dict[str, Account]:
    """Nine accounts of every kind, scored by the shipped scorecards."""
    publishing.ensure_scorecards(NOW)
    profiles = {
        cast.acme: HEALTHY | {"arr": 100_000.0},
        cast.globex: SICK | {"arr": 5_000.0},
        account("TechCorp", tier="mid-market"): TECHCORP | {"arr": 148_000.0},
        account("Sparse", tier="smb"): {"nps_latest": 3.0, "csat_90d": 4.5},
        account("Empty", tier="smb"): {},
        account("Steady", tier="enterprise"): TECHCORP | {"daily_active_rate": 55.0},
        account("Quiet", tier="mid-market"): HEALTHY | {"days_since_last_activity": 12.0},
        account("Urgent", tier="smb"): HEALTHY | {"open_urgent_tickets": 3.0},
    }
    write(profiles)
    score_all(NOW)
    return {one.key: one for one in profiles}


def changed(change: Change, key: str = "standard") -> Document:
    content = publishing.document_of(publishing.get(key)).model_dump(mode="json")
    change(content)
    return Document.model_validate(content)


def _lines(content: dict) -> None:
    content["dimensions"][0]["measures"][3].update(green=14, yellow=28)


def _weights(content: dict) -> None:
    content["dimensions"][0]["weight"], content["dimensions"][3]["weight"] = 15, 40


def _cuts(content: dict) -> None:
    content.update(green=65, yellow=30)


def _cover(content: dict) -> None:
    content.update(minimum_coverage=0.9)


def _linear(content: dict) -> None:
    content["dimensions"][0].update(points="linear", combine="average")


def _narrow(content: dict) -> None:
    content.update(condition="tier = 'smb'")


def _wide(content: dict) -> None:
    content.update(condition="tier in ('enterprise', 'mid-market')")


def _gated(content: dict) -> None:
    gate = {"key": "p1", "condition": "open_urgent_tickets > 0", "label": "Urgent open", "at_most": "red"}
    content.update(gates=[gate])


def _held(content: dict) -> None:
    content.update(unknown="red")


def _by_contract(content: dict) -> None:
    lines = {"arr_from": 100_000, "green": 60, "yellow": 40}
    content["dimensions"][0]["measures"][0]["contract_lines"] = [lines]
    content["dimensions"][0]["measures"][1]["contract_lines"] = [lines | {"green": 50}]


def _fewer(content: dict) -> None:
    content["dimensions"].pop()
    content["dimensions"][0]["weight"] += 5


CHANGES = [
    ("standard", _lines), ("standard", _weights), ("standard", _cuts), ("standard", _cover), ("standard", _linear),
    ("standard", _narrow), ("enterprise", _wide), ("enterprise", _narrow), ("standard", _fewer),
    ("standard", _gated), ("standard", _held), ("standard", _by_contract),
]  # fmt: skip


def standing() -> dict[int, tuple[int | None, str]]:
    return {pk: (score, band) for pk, score, band in Health.objects.values_list("pk", "score", "band")}


@pytest.mark.parametrize(("key", "change"), CHANGES)
def test_it_says_exactly_what_publishing_gives(
    company: dict[str, Account], cast: Cast, key: str, change: Change
) -> None:
    before = standing()
    said = preview(changed(change, key), now=LATER)
    publishing.publish(changed(change, key), by=cast.mary, reason="Test", now=LATER)
    score_all(LATER)
    after = standing()
    none = (None, "none")
    found = {
        pk: (*before.get(pk, none), *after.get(pk, none)) for pk in before | after if before.get(pk) != after.get(pk)
    }
    assert {m.account_id: (m.score_before, m.band_before, m.score_after, m.band_after) for m in said.moves} == found
    assert found, "a change that changes nothing proves nothing"
    assert all(said.reasons(said.moves).values())


def test_a_late_source_counts_in_a_preview_as_it_does_in_scores(company: dict[str, Account], cast: Cast) -> None:
    record_arrival("product", at=datetime(2026, 11, 17, 9, tzinfo=UTC), rows=5)
    keep(date(2026, 11, 17), {company["techcorp"]: TECHCORP})
    score_all(LATER)
    before = standing()
    said = preview(changed(_weights), now=LATER)
    publishing.publish(changed(_weights), by=cast.mary, reason="Test", now=LATER)
    score_all(LATER)
    after = standing()
    assert {m.account_id: m.score_after for m in said.moves} == {
        pk: after[pk][0] for pk in before if before[pk] != after[pk]
    }


def test_news_of_an_account_are_not_taken_for_an_effect_of_the_rule(company: dict[str, Account]) -> None:
    write({company["techcorp"]: SICK, company["acme"]: HEALTHY})
    said = preview(changed(_weights), now=LATER)
    assert company["techcorp"].pk not in {move.account_id for move in said.moves}


def test_removing_a_scorecard_can_be_previewed(company: dict[str, Account], cast: Cast) -> None:
    said = preview(removed=["standard"], now=LATER)
    assert (said.before.served, said.after.served, said.losing) == (6, 0, 5)
    assert said.after.bands["none"].accounts == 6
    assert said.reasons(said.moves)[company["techcorp"].pk] == "No scorecard serves it any more"


def test_nothing_changes_when_the_document_is_in_force_already(company: dict[str, Account]) -> None:
    said = preview(changed(lambda content: None), now=LATER)
    assert (said.accounts, list(said.moves), said.changing) == (0, [], Cell())


def test_the_figures_add_up(company: dict[str, Account]) -> None:
    said = preview(changed(_lines), now=LATER)
    assert said.accounts == 6
    for side in (said.before, said.after):
        assert sum(cell.accounts for cell in side.bands.values()) == 6
    assert sum(cell.accounts for cell in said.cells.values()) == 6
    assert said.changing.accounts == sum(move.band_before != move.band_after for move in said.moves)


def test_a_mover_is_told_with_its_money_and_its_reason(company: dict[str, Account]) -> None:
    said = preview(changed(_cuts), now=LATER)
    techcorp = next(move for move in said.moves if move.account_id == company["techcorp"].pk)
    assert techcorp == (company["techcorp"].pk, 69, 69, "yellow", "green", 148_000.0)
    assert techcorp.points == 0
    assert said.reasons([techcorp])[techcorp.account_id] == "Healthy from 65, was 80"
    assert said.cells["yellow", "green"].arr == 148_000.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_lines, "Product usage: Days since last activity 12 days, green from 14 days instead of 7 days"),
        (_weights, "Relationship weighs 40, was 15"),
        (_cuts, "Healthy from 65, was 80"),
        (_fewer, "Financial does not count any more"),
        (_cover, "10% of it has data, 90% is the least it asks for"),
    ],
)
def test_the_reason_names_what_moves_an_account(company: dict[str, Account], change: Change, said: str) -> None:
    found: Preview = preview(changed(change), now=LATER)
    assert said in found.reasons(found.moves).values()
