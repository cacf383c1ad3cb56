"""A replay tells who would have entered and what became of them, as a small history worked out by hand says."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pytest

from mainstay.accounts.models import Account, StageChange
from mainstay.common.time import midnight
from mainstay.interactions.models import Response
from mainstay.metrics import past
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.past_entries import CannotReplay
from mainstay.playbooks.replay import replay
from mainstay.playbooks.replay_result import Entry as Entered
from mainstay.playbooks.replay_result import Outcome, Replay, admitted
from mainstay.segments.models import Segment
from mainstay.signals import services as signals
from mainstay.signals.outcomes import Share
from tests.builders import Cast, account
from tests.playbooks.plays import DAY, play
from tests.scores.profiles import table
from tests.signals.kinds import document as kind

FIRST = date(2026, 4, 1)
LAST = FIRST + 200 * DAY


def keep(profiles: Mapping[date, Mapping[Account, Mapping[str, float]]]) -> None:
    for _, month in groupby(sorted(profiles), key=lambda day: (day.year, day.month)):
        past.record([(day, table(profiles[day])) for day in month])


def replayed(document: Document, *, start: date = FIRST, end: date = LAST + DAY) -> Replay:
    return replay(document, start=start, end=end)


def outcome(found: Replay, measure: str, days: int = 90) -> tuple[Share, Share]:
    (one,) = [one for one in found.outcomes if (one.measure, one.days) == (measure, days)]
    return one.entered, one.others


def on(day: int) -> date:
    """The day of the year's history with this number."""
    return FIRST + day * DAY


def _company(days: int) -> dict[str, Account]:
    """Four accounts that come to a stage, three that never do, over 200 days of which every fifth is kept.

    early: comes on day 10, leaves on day 50. late: comes on day 30, leaves on day 160. less: comes on day 35 with a
    renewal due in 30 days, stays, and pays less from day 100 on. last: comes on day 177. Of the others gone leaves on
    day 40, stays has a renewal due in 40 days on the first day, slow leaves on day 122.
    """
    left = {"early": on(50), "late": on(160), "gone": on(40), "slow": on(122)}
    names = ["early", "late", "less", "last", "gone", "stays", "slow"]
    found = {name: account(name.title(), churned_on=left.get(name)) for name in names}
    for name, day in {"early": 10, "late": 30, "less": 35, "last": 177}.items():
        StageChange.objects.create(account=found[name], stage="onboarding", since=on(day))

    def values(name: str, day: date) -> dict[str, float]:
        number = (day - FIRST).days
        due = {"less": 65 - number, "stays": 40 - number}.get(name)
        arr = 80.0 if name == "less" and number >= 100 else 100.0
        return {"arr": arr} | ({"days_to_renewal": float(due)} if due is not None and due >= 0 else {})

    kept = [on(number) for number in range(0, days + 1, 5)]
    keep({day: {one: values(name, day) for name, one in found.items()} for day in kept})
    return found


@pytest.fixture
def history(db: None) -> dict[str, Account]:
    """All 200 days."""
    return _company(200)


@pytest.fixture
def spring(db: None) -> dict[str, Account]:
    """The first 60 days, with three of the four that come."""
    return _company(60)


STAGE = {"by": "stage", "stage": "onboarding"}


def test_what_became_of_them_is_what_was_worked_out_by_hand(history: dict[str, Account]) -> None:
    found = replayed(play(entry=STAGE))
    assert (found.entries, found.accounts, found.churned) == (4, 4, 2)
    assert dict(found.months) == {
        date(2026, 4, 1): 1, date(2026, 5, 1): 2, date(2026, 6, 1): 0, date(2026, 7, 1): 0, date(2026, 8, 1): 0,
        date(2026, 9, 1): 1, date(2026, 10, 1): 0,
    }  # fmt: skip
    # The last one came too late to be watched for 90 days. Of the others: gone, stays and slow from the first day,
    # stays and slow from day 90 on.
    assert outcome(found, "churned") == (Share(3, 1), Share(5, 2))
    # Of those that stayed and whose ARR is known: late and less; stays and slow, then stays.
    assert outcome(found, "contracted") == (Share(2, 1), Share(3, 0))
    assert outcome(found, "renewed") == (Share(1, 1), Share(1, 1))
    # Within 180 days of the first there is one stretch; only early came 180 days before the end.
    assert outcome(found, "churned", 180) == (Share(1, 1), Share(3, 2))
    assert [one.account_id for one in found.entered] == [history[name].pk for name in ("last", "less", "late", "early")]
    assert found.entered[-1].churned_on == on(50)
    assert (found.looks, found.gaps) == (41, 160)


def test_whom_it_is_for_and_whose_goal_is_reached_is_asked_on_the_day(spring: dict[str, Account]) -> None:
    audience = {"where": "arr >= 90 and days_to_renewal is null"}
    found = replayed(play(**{"for": audience}, entry=STAGE, goal={"where": "days_to_renewal > 1000"}))
    assert (found.entries, found.not_for, found.at_goal) == (2, 1, 0)
    found = replayed(play(entry=STAGE, goal={"where": "arr >= 90 and days_to_renewal <= 30"}))
    assert (found.entries, found.at_goal) == (2, 1)


def test_a_day_that_is_not_kept_nor_soon_after_one_judges_nobody(spring: dict[str, Account]) -> None:
    other = account("Unknown")
    StageChange.objects.create(account=other, stage="onboarding", since=on(3))
    found = replayed(play(**{"for": {"where": "arr >= 90"}}, entry=STAGE))
    assert (found.entries, found.unjudged, found.not_for) == (3, 1, 0)


def test_a_signal_enters_where_its_kind_would_have_opened(db: None) -> None:
    signals.save_kind(kind(), by=None, now=midnight(LAST))
    busy, always = account("Busy"), account("Always")
    days = [on(number) for number in range(6)]
    use = {busy: [50, 50, 85, 85, 50, 85], always: [90] * 6}
    keep({day: {one: {"seat_use": float(values[at])} for one, values in use.items()} for at, day in enumerate(days)})
    found = replayed(play(entry={"by": "signal", "kind": "busy"}))
    # Since when the other is busy nobody knows.
    assert sorted((one.account_id, one.on) for one in found.entered) == [(busy.pk, on(2)), (busy.pk, on(5))]
    Segment.objects.create(key="full", name="Full", condition="seat_use >= 80")
    of_segment = replayed(play(entry={"by": "segment", "segment": "full"}))
    assert of_segment.entered == found.entered


def test_a_renewal_enters_by_what_was_known_before_it(spring: dict[str, Account]) -> None:
    found = replayed(play(entry={"by": "date", "of": "renewal", "days_before": 20}))
    assert {(one.account_id, one.on) for one in found.entered} == {
        (spring["less"].pk, on(46)),
        (spring["stays"].pk, on(21)),
    }


def test_signings_anniversaries_and_answers_are_dated(spring: dict[str, Account]) -> None:
    Account.objects.filter(pk=spring["late"].pk).update(signed_on=date(2024, 4, 20))
    Account.objects.filter(pk=spring["gone"].pk).update(signed_on=date(2024, 5, 20))
    found = replayed(play(entry={"by": "date", "of": "anniversary"}))
    assert [one.on for one in found.entered] == [date(2026, 4, 20)]
    signed = replayed(play(entry={"by": "date", "of": "signed", "days_after": 730}))
    assert [one.on for one in signed.entered] == [date(2026, 4, 20)]
    for score, day in ((9, 20), (5, 21)):
        at = midnight(on(day))
        Response.objects.create(key=f"r{day}", account=spring["late"], kind="nps", score=score, answered_at=at)
    answered = replayed(play(entry={"by": "answer", "survey": "nps", "at_most": 6}))
    assert [one.on for one in answered.entered] == [on(21)]


@pytest.mark.parametrize(
    ("reentry", "days"), [("never", [0]), ("after_exit", [0, 5, 40]), ({"after_days": 30}, [0, 40])]
)
def test_re_entry_lets_in_by_the_days_between(reentry: Any, days: list[int]) -> None:
    entries: Iterable[Entered] = [Entered(1, on(number)) for number in (40, 0, 5, 5)]
    found, refused = admitted(entries, play(reentry=reentry))
    assert [(one.on - FIRST).days for one in found] == days
    assert refused == 4 - len(days)


def test_what_cannot_be_replayed_says_why(cast: Cast) -> None:
    with pytest.raises(CannotReplay, match="No day of the past year is kept"):
        replayed(play())
    keep({FIRST: {cast.acme: {"arr": 1.0}}})
    with pytest.raises(CannotReplay, match="starts it by hand"):
        replayed(play(entry={"by": "hand"}))
    with pytest.raises(CannotReplay, match="no kind of signal 'nowhere'"):
        replayed(play(entry={"by": "signal", "kind": "nowhere"}))
    with pytest.raises(BadPlaybook):
        replayed(play(**{"for": {"where": "gone > 1"}}))


def test_a_difference_needs_cases_and_events() -> None:
    few = Outcome("churned", 90, Share(29, 20), Share(300, 50))
    assert few.difference is None
    found = Outcome("churned", 90, Share(214, 37), Share(3000, 120)).difference
    assert found is not None
    # As confint_proportions_2indep of statsmodels says with method="newcomb".
    assert (found.low, found.high) == pytest.approx((8.747428508004393, 18.958017039144714))


def test_progress_goes_up_to_all_steps(spring: dict[str, Account]) -> None:
    told: list[tuple[int, int]] = []
    document = play(**{"for": {"where": "arr >= 90"}}, entry=STAGE)
    replay(document, start=FIRST, end=LAST + DAY, progress=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (6, 6)


def test_days_of_before_the_year_are_not_looked_at(spring: dict[str, Account]) -> None:
    found = replayed(play(entry=STAGE), start=on(20))
    assert (found.first_day, found.entries) == (on(20), 2)
    assert found.last_day - found.first_day == timedelta(days=40)
