"""Conditions on the past: the same accounts as the present gave when that day was the present."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mainstay.accounts.models import Account, StageChange
from mainstay.accounts.services import set_stage
from mainstay.conditions import Condition, Type
from mainstay.metrics.registry import Unit, all_metrics
from mainstay.scores.services import backfill, score_all
from mainstay.segments import fields, history, selectors
from mainstay.segments.errors import DayNotKept
from tests.builders import Cast, account
from tests.conditions.generated import conditions
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

FIRST = date(2026, 10, 25)
DAYS = [FIRST + timedelta(days=offset) for offset in range(14)]
DAY = timedelta(days=1)
TYPES = {name: field.type for name, field in fields.condition_fields().items()}
TEXTS = [
    "green",
    "yellow",
    "red",
    "unknown",
    "",
    "enterprise",
    "smb",
    "adoption",
    "churned",
    "ÉCOLE",
    "École 5",
    "acme",
]


def _as_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY


def _company(dice: Random) -> list[Account]:
    made = []
    for number in range(16):
        leaves = dice.choice([None, None, None, dice.choice(DAYS)])
        made.append(
            account(
                f"{dice.choice(['École', 'Red', 'a_b', 'Acme'])} {number}",
                tier=dice.choice(["", "enterprise", "smb"]),
                stage=dice.choice(["", "adoption"]),
                industry=dice.choice(["", "ÉCOLE", "Banking 50%"]),
                employees=dice.choice([None, 10, 500]),
                signed_on=dice.choice([None, FIRST - timedelta(days=300)]),
                churned_on=leaves,
            )
        )
    return made


def _profile(dice: Random) -> dict[str, float | None]:
    values = {key: dice.choice([None, 0.0, 1.0, 2.5, 50.0, 90.0, -3.0]) for key in all_metrics()}
    yes_or_no = {
        key: dice.choice([None, 0.0, 1.0]) for key, metric in all_metrics().items() if metric.unit is Unit.BOOLEAN
    }
    return values | yes_or_no | dice.choice([HEALTHY, SICK, TECHCORP, {}, {}])


def _live_through(days: Sequence[date], dice: Random) -> Iterator[date]:
    """Day after day: profiles, scores, then the present stands at the end of the day."""
    company = _company(dice)
    profiles = {one: _profile(dice) for one in company}
    for day in days:
        profiles = {one: _profile(dice) if dice.random() < 0.3 else values for one, values in profiles.items()}
        for one in company[::2]:
            if one.churned_on is None and dice.random() < 0.3:
                set_stage(one, dice.choice(["onboarding", "adoption"]), by=None, now=_as_of(day) - timedelta(hours=9))
        stages = {"stage": "churned"} if dice.random() < 0.5 else {}
        Account.objects.filter(churned_on=day + DAY).update(**stages, updated_at=_as_of(day))
        keep(day, profiles)
        write(profiles)
        score_all(_as_of(day))
        yield day


def _live(condition: Condition) -> set[int]:
    return set(selectors.matching(condition).values_list("pk", flat=True))


@pytest.fixture
def past(db: None) -> None:
    for _ in _live_through(DAYS, Random(4)):
        pass


@pytest.mark.slow
@pytest.mark.usefixtures("past")
@given(
    texts=st.lists(
        conditions(
            TYPES,
            numbers=st.sampled_from(["0", "1", "2", "2.5", "50", "80", "100"]),
            texts=TEXTS,
            dates=st.integers(-3, 18).map(lambda offset: FIRST + DAY * offset),
        ),
        min_size=20,
        max_size=20,
    )
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # The assertion names the one condition of twenty; making the other nineteen small takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_random_conditions_give_the_same_accounts_by_the_live_and_the_history_printer(texts: list[str]) -> None:
    asked = {str(at): selectors.condition(text) for at, text in enumerate(texts)}
    (table,) = history.answers(asked, DAYS[-1], DAYS[-1] + DAY)
    for name, condition in asked.items():
        answers = dict(zip(table["account_id"].to_pylist(), table[name].to_pylist(), strict=True))
        assert {pk for pk, holds in answers.items() if holds} == _live(condition), condition.text
        assert {pk for pk, holds in answers.items() if holds is False} == _live(condition.negated()), condition.text


QUESTIONS = [
    "true",
    "band = 'red'",
    "score < 50 or score is null",
    "coverage < 1",
    "change_7d <= -5",
    "score_7d_ago is null",
    "days_in_band = 0",
    "days_in_band between 2 and 5 and previous_band <> ''",
    "previous_band = 'green' and band <> 'unknown'",
    "churned",
    "not churned and seat_use > 40",
    "executive_sponsor_present or nps_latest is null",
    "tier = 'enterprise' and band = 'yellow'",
    "stage = 'onboarding' and not churned",
    "industry like '%50\\%' and days_in_band > 3",
]


@pytest.mark.slow
def test_every_day_is_answered_as_it_was_when_it_was_the_present(db: None) -> None:
    asked = {text: selectors.condition(text) for text in QUESTIONS}
    lived = {
        (text, day): _live(condition) for day in _live_through(DAYS, Random(7)) for text, condition in asked.items()
    }
    assert all(any(lived[text, day] for day in DAYS) for text in QUESTIONS)
    for text, condition in asked.items():
        found: dict[date, set[int]] = {}
        for row in history.spans(condition, DAYS[3], DAYS[-1] + DAY).to_pylist():
            found.setdefault(row["day"], set()).add(row["account_id"])
        for day in DAYS[3:]:
            assert found.get(day, set()) == lived[text, day], (text, day)
        assert history.matching(condition, DAYS[-2]) == sorted(lived[text, DAYS[-2]])


def test_a_day_of_which_nothing_is_kept_has_no_answer(cast: Cast) -> None:
    kept, bare = DAYS[0], DAYS[2]
    keep(kept, {cast.acme: HEALTHY})
    keep(bare, {cast.acme: HEALTHY})
    backfill([kept])
    red = selectors.condition("band = 'green'")
    assert history.matching(red, kept) == [cast.acme.pk]
    with pytest.raises(DayNotKept, match=str(bare)):
        history.matching(red, bare)
    assert history.matching(selectors.condition("nps_latest = 10"), bare) == [cast.acme.pk]
    assert history.kept_days(red, FIRST, FIRST + 9 * DAY) == [kept]
    assert history.spans(red, FIRST, FIRST + 9 * DAY).to_pylist() == [{"account_id": cast.acme.pk, "day": kept}]


def test_an_account_without_a_profile_of_the_day_is_not_looked_at(cast: Cast) -> None:
    keep(FIRST, {cast.acme: HEALTHY})
    assert history.matching(selectors.condition("true"), FIRST) == [cast.acme.pk]


def test_the_present_stage_tells_nothing_about_a_day_before_the_account_churned(cast: Cast) -> None:
    cast.initech.churned_on = FIRST + 5 * DAY
    cast.initech.save(update_fields=["churned_on"])
    for day in DAYS[:8]:
        keep(day, {cast.initech: HEALTHY})
    days = [row["day"] for row in history.spans(selectors.condition("churned"), FIRST, FIRST + 8 * DAY).to_pylist()]
    assert sorted(days) == DAYS[4:8]
    assert history.matching(selectors.condition("stage is null"), FIRST) == [cast.initech.pk]
    assert history.matching(selectors.condition("stage = 'churned'"), DAYS[4]) == [cast.initech.pk]


def test_a_dated_stage_is_the_one_of_the_day(cast: Cast) -> None:
    for stage, day in (("onboarding", DAYS[1]), ("adoption", DAYS[3])):
        StageChange.objects.create(account=cast.acme, stage=stage, since=day)
    for day in DAYS[:5]:
        keep(day, {cast.acme: HEALTHY})
    found = {day: history.values(["stage"], day)["stage"].to_pylist() for day in DAYS[:5]}
    assert found == dict(zip(DAYS, [[None], ["onboarding"], ["onboarding"], ["adoption"], ["adoption"]], strict=False))
    assert history.assumed(selectors.condition("stage = 'x'")) == ("stage",)
    Account.objects.exclude(pk=cast.acme.pk).update(stage="")
    assert history.assumed(selectors.condition("stage = 'x'")) == ()


def test_fields_without_a_history_are_named(db: None) -> None:
    condition = selectors.condition("tier = 'smb' and arr > 1 and churned and signed_on > '2026-01-01' and owner = 'x'")
    assert history.assumed(condition) == ("owner", "tier")


def test_values_of_a_day_are_the_ones_it_ended_with(cast: Cast) -> None:
    keep(FIRST, {cast.acme: HEALTHY, cast.globex: SICK})
    backfill([FIRST])
    keep(DAYS[1], {cast.acme: SICK, cast.globex: SICK})
    backfill([DAYS[1]])
    found = history.values(["band", "nps_latest", "tier", "days_in_band", "churned"], DAYS[1])
    assert found.to_pylist() == [
        {"account_id": cast.acme.pk, "band": "red", "nps_latest": 0.0, "tier": "enterprise", "days_in_band": 0,
         "churned": False},
        {"account_id": cast.globex.pk, "band": "red", "nps_latest": 0.0, "tier": "smb", "days_in_band": 1,
         "churned": False},
    ]  # fmt: skip
    assert history.values(["score"], FIRST, account_ids=[cast.acme.pk]).to_pylist() == [
        {"account_id": cast.acme.pk, "score": 100}
    ]
    assert TYPES["score"] is Type.NUMBER
