"""Why the scores of a past day were what they were: what moved them, what held them down, a new rule."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.lake.days import Corrected, Known, Reason, no_notes
from mainstay.metrics import past
from mainstay.scores import causes
from mainstay.scores.arithmetic import mark, total
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.scores.past_causes import Why, whys
from mainstay.scores.services import backfill
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK, TECHCORP, shipped
from tests.scores.profiles import keep, table

DAY = timedelta(days=1)
THEN, BEFORE = date(2026, 9, 10), date(2026, 9, 3)
FELL = "Daily active rate 80% → 65%, under the 70% line"
LOW = "Daily active rate 65%, under the 70% line"


@pytest.fixture
def kept(cast: Cast) -> Cast:
    """Acme fell within a week, Globex was low all along."""
    Account.objects.update(tier="")  # the standard scorecard serves them all
    keep(BEFORE, {cast.acme: HEALTHY, cast.globex: HEALTHY | {"daily_active_rate": 65.0}})
    keep(THEN, {
        cast.acme: HEALTHY | {"daily_active_rate": 65.0},
        cast.globex: HEALTHY | {"daily_active_rate": 65.0},
        cast.initech: SICK,
    })  # fmt: skip
    backfill([BEFORE, THEN])
    return cast


def why(account: Account, *, since: date = BEFORE, known: Known = Known.NOW) -> Why:
    return whys(THEN, [account.pk], since=since, known=known).get(account.pk, Why())


def test_what_moved_a_score_is_told_with_the_values_of_both_days(kept: Cast) -> None:
    assert why(kept.acme) == Why(moved=FELL, lowest=LOW)
    assert why(kept.acme).words == FELL


def test_a_score_that_did_not_move_is_told_by_what_held_it_down(kept: Cast) -> None:
    assert why(kept.globex).words == LOW
    assert why(kept.initech) == Why(), "churned accounts are not scored"


def test_without_an_earlier_day_nothing_moved(kept: Cast) -> None:
    assert why(kept.acme, since=BEFORE - DAY).words == LOW


def test_nothing_is_said_of_a_score_that_the_values_do_not_give(kept: Cast) -> None:
    past.correct(
        [Corrected(THEN, table({kept.acme: SICK}), no_notes([kept.acme.pk], Reason.LATE))],
        at=datetime(2026, 9, 12, tzinfo=UTC),
    )
    assert why(kept.acme) == Why(), "the score was not corrected yet"
    assert why(kept.acme, known=Known.THEN).words == FELL


def test_a_rule_that_came_in_between_is_told_first(kept: Cast) -> None:
    first = ScorecardVersion.objects.get(scorecard__key="standard")
    ScorecardVersion.objects.filter(pk=first.pk).update(published_at=datetime(2026, 1, 1, tzinfo=UTC))
    ScorecardVersion.objects.create(
        scorecard=Scorecard.objects.get(key="standard"),
        version=2,
        document=first.document,
        published_at=datetime(2026, 9, 8, tzinfo=UTC),
    )
    backfill([THEN], again=True)
    assert why(kept.acme).words == f"Standard v2 came in between; d{FELL[1:]}"
    assert why(kept.globex).words == "Standard v2 came in between"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ""),
        ({"daily_active_rate": 12.0}, "Daily active rate 12%, under the 50% line"),
        ({"executive_sponsor_present": 0.0}, "No sponsor"),
        ({"tickets_trend": 60.0}, "Tickets, change 60%, over the 25% line"),
        (TECHCORP, "Daily active rate 65%, under the 70% line"),
    ],
)
def test_the_lowest_measure_of_the_dearest_dimension_holds_a_score_down(
    values: dict[str, float | None], said: str
) -> None:
    card = shipped("standard")
    given = HEALTHY | values
    row = tuple(given.get(measure.metric) for measure in card.measures)
    marks = tuple(mark(measure, value) for measure, value in zip(card.measures, row, strict=True))
    assert causes.lowest(card, total(card, marks), marks, row) == said
