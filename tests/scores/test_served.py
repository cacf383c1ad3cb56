"""Whom each scorecard serves, and whom it would if nobody came before it."""

from datetime import UTC, date, datetime

import pytest

from mainstay.conditions import ConditionError
from mainstay.scores import publishing, served
from mainstay.scores.published import in_force
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def company(cast: Cast) -> Cast:
    publishing.ensure_scorecards(NOW)
    write({cast.acme: HEALTHY, cast.globex: SICK, account("TechCorp"): TECHCORP})
    score_all(NOW)
    return cast


def test_each_account_is_counted_where_it_is_served_and_where_it_would_be(company: Cast) -> None:
    (enterprise, standard), unserved = served.served(in_force(), as_of=NOW)
    assert (enterprise.bands, enterprise.matching, enterprise.taken) == ({"green": 1}, 1, 0)
    assert (standard.bands, standard.matching, standard.taken) == ({"red": 1, "yellow": 1}, 3, 1)
    assert unserved == 0


def test_accounts_that_nobody_serves_are_told(company: Cast) -> None:
    publishing.remove("standard", by=company.mary, now=NOW)
    assert served.served(in_force(), as_of=NOW)[1] == 2
    publishing.remove("enterprise", by=company.mary, now=NOW)
    assert served.served(in_force(), as_of=NOW) == ([], 3)
    assert {card.key for card in served.removed(NOW)} == {"enterprise", "standard"}


def test_a_condition_is_counted_while_it_is_written(company: Cast) -> None:
    assert served.count("tier = 'enterprise'", as_of=NOW) == 1
    assert served.count("", as_of=NOW) == 3
    with pytest.raises(ConditionError):
        served.count("tier =", as_of=NOW)


def test_the_bands_of_past_days_are_those_it_gave(company: Cast) -> None:
    days = [date(2026, 11, 1), date(2026, 11, 8), date(2026, 11, 9)]
    for day in days[:2]:
        keep(day, {company.globex: SICK if day == days[0] else HEALTHY, company.acme: HEALTHY})
    backfill(days)
    assert served.bands_on("standard", days) == {days[0]: {"red": 1, "unknown": 1}, days[1]: {"green": 1, "unknown": 1}}
    assert served.bands_on("standard", []) == {}


def test_whom_each_served_on_a_past_day_is_told_by_what_is_kept(company: Cast) -> None:
    day = date(2026, 11, 1)
    keep(day, {company.globex: SICK, company.acme: HEALTHY})
    backfill([day])
    found = served.served_on(in_force(), day)
    assert found is not None
    assert [one.bands for one in found] == [served.bands_on("enterprise", [day]).get(day, {}), {"red": 1, "unknown": 1}]
    assert served.served_on(in_force(), date(2026, 11, 2)) is None


def test_of_each_week_the_latest_kept_day_stands(company: Cast) -> None:
    days = [date(2026, 11, 1), date(2026, 11, 8), date(2026, 11, 10)]
    for day in days:
        keep(day, {company.globex: SICK})
    backfill(days)
    assert served.last_of_weeks(date(2026, 11, 12), 2) == [days[0], days[2]]
    assert served.last_of_weeks(date(2026, 11, 9), 2) == days[:2]
    assert served.last_of_weeks(date(2026, 11, 1), 2) == []
