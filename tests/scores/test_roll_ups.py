"""Parent accounts: what their children come to, when it is their score, and that it follows the children."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from mainstay.accounts.models import Account, Contact
from mainstay.ingest.sources import record_arrival
from mainstay.scores import document, selectors
from mainstay.scores.arithmetic import RollUp
from mainstay.scores.models import Health
from mainstay.scores.parents import family
from mainstay.scores.preview import preview
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.roll_ups import Child, Standing, roll_up, roll_up_all, weighed
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP, card, dimension
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _card(rule: RollUp, least: float = 0.0):  # type: ignore[no-untyped-def]
    return card(dimension("a", 100), minimum_coverage=least, roll_up=rule)


GREEN, YELLOW, RED, UNKNOWN = (
    Standing(90, "green"), Standing(60, "yellow"), Standing(20, "red"), Standing(None, "unknown")
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "children", "expected"),
    [
        ("arr_weighted_mean", [(GREEN, 300.0), (RED, 100.0)], (72, "yellow", 1.0)),
        ("arr_weighted_mean", [(GREEN, None), (RED, None)], (55, "yellow", 1.0)),
        ("arr_weighted_mean", [(GREEN, 0.0), (RED, 0.0)], (55, "yellow", 1.0)),
        ("arr_weighted_mean", [(GREEN, None), (RED, 100.0)], (20, "red", 1.0)),
        ("arr_weighted_mean", [(GREEN, 300.0), (UNKNOWN, 100.0)], (90, "green", 0.75)),
        ("arr_weighted_mean", [(GREEN, 100.0), (UNKNOWN, 300.0)], (None, "unknown", 0.25)),
        ("arr_weighted_mean", [(UNKNOWN, 100.0)], (None, "unknown", 0.0)),
        ("arr_weighted_mean", [(GREEN, 100.0), (GREEN, 100.0), (Standing(89, "green"), 1.0)], (89, "green", 1.0)),
        ("worst", [(GREEN, 300.0), (RED, 100.0)], (20, "red", 1.0)),
        ("worst", [(GREEN, 300.0), (Standing(85, "yellow"), 100.0)], (85, "yellow", 1.0)),
        ("off", [(GREEN, 300.0)], (None, "unknown", 1.0)),
    ],
)
def test_children_make_one_score(
    rule: RollUp, children: list[tuple[Standing, float | None]], expected: tuple[int | None, str, float]
) -> None:
    ids = range(1, len(children) + 1)
    standings = {pk: standing for pk, (standing, _) in zip(ids, children, strict=True)}
    arr = {pk: value for pk, (_, value) in zip(ids, children, strict=True)}
    found = roll_up(_card(rule, 0.5), weighed(0, {0: list(ids)}, standings, arr))
    assert (found.score, found.band, found.coverage) == (expected[0], expected[1], pytest.approx(expected[2]))


def test_grandchildren_come_first_and_their_arr_counts() -> None:
    children = {1: [2, 3], 2: [4, 5]}
    standings = {3: RED, 4: GREEN, 5: GREEN}
    arr = {3: 100.0, 4: 200.0, 5: 100.0}
    parents = {1: _card("arr_weighted_mean"), 2: _card("arr_weighted_mean")}
    found = roll_up_all(parents, children, standings, arr)
    assert {pk: (one.score, one.band) for pk, one in found.items()} == {2: (90, "green"), 1: (72, "yellow")}


def test_accounts_that_are_each_others_parents_end_somewhere() -> None:
    parents = {1: _card("worst"), 2: _card("worst")}
    found = roll_up_all(parents, {1: [2], 2: [1, 3]}, {3: RED}, {})
    assert found[2].score == 20


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 1e6)), min_size=1, max_size=6))
def test_a_parent_lies_between_its_children(children: list[tuple[int, float]]) -> None:
    card_, found = _card("arr_weighted_mean"), []
    whole = sum(arr for _, arr in children)
    for at, (score, arr) in enumerate(children):
        standing = Standing(score, card_.band(score))
        found.append(Child(at, standing, arr, arr / whole if whole else 1 / len(children)))
    counted = [child.standing.score or 0 for child in found if child.weight]
    rolled = roll_up(card_, found)
    if rolled.score is not None:
        assert min(counted) <= rolled.score <= max(counted)


@pytest.fixture
def group(cast: Cast) -> Account:
    parent = account("Umbrella", tier="mid-market")
    for child in (cast.globex, cast.acme):
        child.parent = parent
        child.save(update_fields=["parent"])
    return parent


def test_a_parent_without_data_has_the_score_of_its_children_and_follows_them(cast: Cast, group: Account) -> None:
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}})
    score_all(NOW)
    row = Health.objects.get(account=group)
    assert (row.score, row.band, row.coverage, row.is_rolled_up) == (75, "yellow", 1.0, True)
    assert score_all(NOW + timedelta(seconds=10)).changed == 0
    write({cast.globex: HEALTHY | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}})
    assert score_all(NOW + timedelta(seconds=20)).changed == 2
    row = Health.objects.get(account=group)
    assert (row.score, row.band, row.previous_band) == (100, "green", "yellow")
    view = selectors.health(group.pk)
    assert view is not None
    assert view.sentence == "No data of its own; the score is the mean of its child accounts by ARR."
    assert view.coverage_text == "2 of 2 child accounts have a score"
    assert view.plan().steps == ()


def test_a_parent_with_data_of_its_own_keeps_its_score_and_shows_its_children(cast: Cast, group: Account) -> None:
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}, group: TECHCORP})
    score_all(NOW)
    view = selectors.health(group.pk)
    assert view is not None
    assert (view.score, view.result.rolled) == (69, None)
    found = family(group.pk, view.result.scorecard, as_of=None, now=NOW)
    assert found is not None
    assert [(one.name, one.score, one.weight) for one in found.members] == [("Globex", 0, 0.25), ("Acme", 100, 0.75)]
    assert (found.rolled.score, found.rolled.band) == (75, "yellow")


def test_a_parent_whose_data_is_late_waits_for_it(cast: Cast, group: Account, settings: LazySettings) -> None:
    Contact.objects.create(key="ann", account=group)
    for source in ("product", "surveys"):
        record_arrival(source, at=NOW - 90 * DAY, rows=1)
    write({cast.globex: SICK | {"arr": 100.0}, group: {"daily_active_rate": 80.0, "nps_latest": 9.0}})
    score_all(NOW)
    assert Health.objects.get(account=group).score is None


def test_churned_children_count_no_more(cast: Cast, group: Account) -> None:
    write({cast.globex: SICK, cast.acme: HEALTHY})
    Account.objects.filter(pk=cast.globex.pk).update(stage="churned")
    score_all(NOW)
    assert Health.objects.get(account=group).score == 100


def test_the_worst_child_is_the_parents_score_where_that_is_declared(
    cast: Cast, group: Account, settings: LazySettings
) -> None:
    folder = settings.MAINSTAY_HOME / "scorecards"
    folder.mkdir()
    (folder / "groups.yaml").write_text(
        "key: groups\nname: Groups\nposition: 1\ncondition: \"name = 'Umbrella'\"\nroll_up: worst\ndimensions:\n"
        "  - {key: a, label: A, weight: 100, measures: [{metric: seat_use, green: 2, yellow: 1}]}\n"
    )
    ensure_scorecards(NOW)
    write({cast.globex: SICK, cast.acme: HEALTHY})
    score_all(NOW)
    assert Health.objects.get(account=group).score == 0


def test_past_days_roll_up_too(cast: Cast, group: Account) -> None:
    keep(date(2026, 11, 14), {cast.globex: SICK | {"arr": 300.0}, cast.acme: HEALTHY | {"arr": 100.0}})
    backfill([date(2026, 11, 14)])
    points = selectors.history(group.pk, date(2026, 11, 1), date(2026, 11, 30))
    assert [(point.score, point.band) for point in points] == [(25, "red")]
    view = selectors.health(group.pk, datetime(2026, 11, 15, tzinfo=UTC))
    assert view is not None
    assert (view.score, view.band) == (25, "red")
    found = family(group.pk, view.result.scorecard, as_of=datetime(2026, 11, 15, tzinfo=UTC), now=NOW)
    assert found is not None
    assert [one.score for one in found.members] == [0, 100]


def test_a_preview_moves_the_parents_of_the_accounts_it_moves(cast: Cast, group: Account) -> None:
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}})
    score_all(NOW)
    read = document.read((document.SHIPPED / "enterprise.yaml").read_text(), origin="enterprise")
    cut = read.model_copy(update={"dimensions": [read.dimensions[0].model_copy(update={"weight": 100})]})
    lower = cut.model_copy(update={"green": 100, "minimum_coverage": 0.0})
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0, "daily_active_rate": 0.0}})
    found = preview(lower, now=NOW + timedelta(seconds=5))
    assert {move.account_id: move.score_after for move in found.moves} == {cast.acme.pk: 0, group.pk: 0}
    assert found.reasons(found.moves)[group.pk] == "The scores of its child accounts move"


def test_a_parent_without_a_score_gets_one_when_its_children_do(cast: Cast, group: Account) -> None:
    write({cast.globex: {"nps_latest": 9.0}, cast.acme: {"nps_latest": 9.0}})
    score_all(NOW)
    assert Health.objects.get(account=group).score is None
    read = document.read((document.SHIPPED / "enterprise.yaml").read_text(), origin="enterprise")
    found = preview(read.model_copy(update={"minimum_coverage": 0.0}), now=NOW + timedelta(seconds=5))
    assert group.pk in {move.account_id for move in found.moves}


def test_zeros_that_nobody_measured_are_no_data_of_its_own(cast: Cast, group: Account) -> None:
    """Where a source speaks of others, an account of which nothing was sent has no use, no ticket, no champion: 0."""
    zeros = {"feature_coverage": 0.0, "open_urgent_tickets": 0.0, "champion_present": 0.0}
    write({cast.globex: SICK | {"arr": 100.0}, cast.acme: HEALTHY | {"arr": 300.0}, group: zeros})
    score_all(NOW)
    view = selectors.health(group.pk)
    assert view is not None
    assert (view.score, view.result.rolled is not None) == (75, True)
    assert [part.points for part in view.result.dimensions] == [None] * len(view.result.dimensions)
    Contact.objects.create(key="ann", account=group)
    write({cast.globex: SICK, cast.acme: HEALTHY, group: zeros | {"tickets_28d": 1.0}})
    score_all(NOW + timedelta(seconds=10))
    assert Health.objects.get(account=group).is_rolled_up is False


def test_an_account_that_becomes_a_parent_is_rolled_up_with_the_next_scoring(cast: Cast) -> None:
    group = account("Umbrella")
    write({cast.globex: SICK, group: {"feature_coverage": 0.0, "open_urgent_tickets": 0.0}})
    score_all(NOW)
    before = Health.objects.get(account=group).score
    cast.globex.parent = group
    cast.globex.save(update_fields=["parent"])
    score_all(NOW + timedelta(seconds=10))
    row = Health.objects.get(account=group)
    assert (before, row.score, row.is_rolled_up) == (27, 0, True)
