"""A replay tells what live detection would have opened, on which days, and what came of the accounts."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from mainstay.accounts.models import Account
from mainstay.common.time import midnight
from mainstay.scores.services import score_all
from mainstay.segments import history
from mainstay.signals import services
from mainstay.signals.kind import build
from mainstay.signals.models import Pending, Signal
from mainstay.signals.outcomes import Share
from mainstay.signals.replay import replay
from mainstay.signals.replay_result import Replay
from tests import builders
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write
from tests.signals.kinds import document

FIRST = date(2026, 9, 20)
DAY = timedelta(days=1)
KINDS: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "two_lines": {"closes": "seat_use < 60"},
    "waits_days": {"holds_for": {"days": 2}},
    "waits_in_a_row": {"holds_for": {"periods": 3}, "closes": "seat_use < 60"},
    "rests": {"pause_days": 4},
    "waits_and_rests": {"holds_for": {"days": 1}, "pause_days": 3},
    "crossed": {"closes": "monthly_active_users > 50"},
    "health": {"condition": "band = 'red'"},
    "health_moved": {"condition": "change_7d <= -10 or days_in_band >= 4"},
}


def _live_through(days: Sequence[date], *, looked_at: Sequence[date]) -> list[Account]:
    """Random days of a small company; on `looked_at` Mainstay runs at the end of the day, the others are caught up."""
    dice = Random(5)
    company = [
        builders.account(f"A{n}", churned_on=dice.choice([None, None, days[-4]]), signed_on=FIRST) for n in range(9)
    ]
    for day in days:
        profiles = {
            one: dice.choice([HEALTHY, SICK, TECHCORP])
            | {
                "seat_use": dice.choice([50.0, 70.0, 85.0, 90.0, 90.0, None]),
                "monthly_active_users": dice.choice([10.0, 90.0]),
            }
            for one in company
        }
        keep(day, profiles)
        if day in looked_at:
            write(profiles)
            score_all(midnight(day + DAY))
            services.detect(midnight(day + DAY))
    return company


def _opened(kind: str) -> set[tuple[int, date, date | None]]:
    return {
        (one.account_id, one.opened_at.date() - DAY, one.closed_at and one.closed_at.date() - DAY)
        for one in Signal.objects.filter(kind=kind)
    }


def _replayed(kind: str, days: Sequence[date]) -> set[tuple[int, date, date | None]]:
    (found,) = replay([build(document(key=kind, **KINDS[kind]))], start=days[0], end=days[-1] + DAY)
    return {(one.account_id, one.opened_on, one.closed_on) for one in found.openings}


@pytest.mark.slow
def test_it_is_what_live_detection_opened_and_closed_on_the_same_days(db: None) -> None:
    for key, changes in KINDS.items():
        services.save_kind(document(key=key, **changes), by=None, now=midnight(FIRST))
    days = [FIRST + DAY * at for at in range(14)]
    _live_through(days, looked_at=days)
    for kind in KINDS:
        assert len(_opened(kind)) > 2, kind
        assert _replayed(kind, days) == _opened(kind), kind


@pytest.mark.slow
def test_what_waits_is_right_after_a_standstill(db: None) -> None:
    """On the day after a pause everything that holds for long enough is open, as the replay says."""
    holds = {"waits_days": {"days": 2}, "waits_in_a_row": {"periods": 3}}
    for key, hold in holds.items():
        services.save_kind(document(key=key, holds_for=hold), by=None, now=midnight(FIRST))
    days = [FIRST + DAY * at for at in range(9)]
    _live_through(days, looked_at=[*days[:4], days[-1]])
    holding = set(history.matching(build(document()).opens, days[-1]))
    for key, hold in holds.items():
        (found,) = replay([build(document(key=key, holds_for=hold))], start=FIRST, end=days[-1] + DAY) or ()
        expected = {one.account_id for one in found.openings if one.closed_on is None} & holding
        assert expected, key
        assert {pk for pk, _, closed in _opened(key) if closed is None} & holding == expected, key


def _keep(days: Sequence[date], seat_use: Mapping[Account, Sequence[float]], **others: float) -> None:
    for at, day in enumerate(days):
        keep(
            day, {one: {"seat_use": values[at], "arr": 1000.0 * (at + 1), **others} for one, values in seat_use.items()}
        )


def _replay(days: Sequence[date], **changes: Any) -> Replay:
    found = replay([build(document(**changes))], start=days[0], end=days[-1] + DAY)
    assert found is not None
    return found[0]


def test_a_new_kind_counts_the_days_that_were_kept_before_it(cast: Cast) -> None:
    days = [FIRST + DAY * at for at in range(5)]
    _keep(days, {cast.acme: [50, 85, 85, 85, 85], cast.globex: [85, 85, 85, 50, 85]})
    write({cast.acme: {"seat_use": 85.0}, cast.globex: {"seat_use": 85.0}})
    services.save_kind(document(holds_for={"days": 3}), by=None, now=midnight(days[-1] + DAY))
    services.detect(midnight(days[-1] + DAY))
    assert list(Signal.objects.filter(kind="busy").values_list("account", flat=True)) == [cast.acme.pk]
    wait = Pending.objects.get(kind="busy")
    assert (wait.account, wait.since, wait.days) == (cast.globex, midnight(days[-1] + DAY), 1)


def test_it_counts_by_month_what_is_standing_what_flaps_and_for_how_long(cast: Cast) -> None:
    days = [
        date(2026, 9, 28) + DAY * at for at in range(6)
    ]  # two of September's days, one of October is left out below
    _keep(days, {cast.acme: [85, 50, 50, 85, 50, 85], cast.globex: [50, 50, 85, 85, 85, 85]})
    found = _replay(days)
    assert (found.opened, found.accounts, found.standing, found.open_now, found.flaps) == (3, 2, 1, 2, 2)
    assert [(m.month, m.opened, m.closed, m.open_at_end) for m in found.months] == [
        (date(2026, 9, 1), 1, 1, 1),
        (date(2026, 10, 1), 2, 1, 2),
    ]
    assert [(one.account_id, one.opened_on, one.at_stake_minor) for one in found.openings] == [
        (cast.acme.pk, days[5], 600_000),
        (cast.acme.pk, days[3], 400_000),
        (cast.globex.pk, days[2], 300_000),
        (cast.acme.pk, days[0], 100_000),
    ]
    assert (found.at_stake_minor, found.median_days, found.spans) == (1_300_000, 1, (2, 1, 0, 0, 0))


def test_money_at_stake_is_the_one_the_kind_names(cast: Cast) -> None:
    days = [FIRST, FIRST + DAY]
    _keep(days, {cast.acme: [50, 85]}, renewing_arr_90d=700.0)
    assert _replay(days, at_stake={"money": "expansion", "percent": 20}).at_stake_minor == 40_000
    assert _replay(days, at_stake={"money": "renewal"}).at_stake_minor == 70_000
    assert _replay(days, at_stake={"money": "none"}).at_stake_minor == 0


def test_days_that_are_not_kept_are_counted_as_gaps(cast: Cast) -> None:
    kept = [FIRST, FIRST + 3 * DAY]
    _keep(kept, {cast.acme: [50, 85]})
    found = _replay(kept)
    assert (found.looks, found.gaps, found.opened) == (2, 2, 1)
    assert replay([build(document())], start=FIRST - 9 * DAY, end=FIRST) is None


def test_fields_without_a_history_are_named(cast: Cast) -> None:
    _keep([FIRST], {cast.acme: [85]})
    assert _replay([FIRST], condition="seat_use >= 80 and tier = 'enterprise'", closes="stage = 'x'").assumed == (
        "stage",
        "tier",
    )


def test_it_says_how_many_churned_afterwards_beside_how_many_do_anyway(db: None) -> None:
    """Of forty accounts with the signal ten leave within ninety days, of four hundred others ten."""
    days = [FIRST, FIRST + DAY, FIRST + 200 * DAY]
    marked = [builders.account(f"M{n}", churned_on=FIRST + 30 * DAY if n < 10 else None) for n in range(40)]
    others = [builders.account(f"O{n}", churned_on=FIRST + 60 * DAY if n < 10 else None) for n in range(400)]
    _keep(days, {one: [50, 85, 50] for one in marked} | {one: [50, 50, 50] for one in others})
    near, far = _replay(days).outcomes
    assert (near.days, near.after, near.base) == (90, Share(40, 10), Share(440, 20))
    assert (far.days, far.after, far.base) == (180, Share(40, 10), Share(440, 20))
    assert near.verdict == "more"
    assert near.lift == pytest.approx(0.25 / (20 / 440))


def test_what_could_not_be_watched_to_its_end_does_not_count(cast: Cast) -> None:
    days = [FIRST, FIRST + DAY, FIRST + 90 * DAY]
    _keep(days, {cast.acme: [50, 85, 85]})
    near, far = _replay(days).outcomes
    assert (near.after, near.base) == (Share(0, 0), Share(1, 0))
    assert (far.after, far.base) == (Share(0, 0), Share(0, 0))
    assert (near.is_enough, near.lift, near.verdict) == (False, None, "")


def test_progress_is_told_month_by_month(cast: Cast) -> None:
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 5)]
    _keep(days, {cast.acme: [85, 85, 85]})
    told: list[tuple[int, int]] = []
    replay([build(document())], start=days[0], end=days[-1] + DAY, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4)]


def test_kinds_share_the_reading_and_do_not_mix(cast: Cast) -> None:
    days = [FIRST, FIRST + DAY]
    _keep(days, {cast.acme: [50, 85], cast.globex: [50, 95]})
    found = replay([build(document()), build(document(condition="seat_use >= 90"))], start=FIRST, end=FIRST + 2 * DAY)
    assert found is not None
    assert [one.opened for one in found] == [2, 1]
