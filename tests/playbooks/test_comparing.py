"""Who got a playbook is compared with who was held out, and nothing is said that the figures do not hold."""

from collections.abc import Iterable
from datetime import timedelta

import pyarrow as pa
import pytest

from mainstay.accounts.models import Account
from mainstay.playbooks import services
from mainstay.playbooks.comparing import comparison
from mainstay.playbooks.comparison import Comparison, LeftOut, Ratio, Shares
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Playbook, Run
from mainstay.scores import history
from mainstay.signals.models import Signal
from mainstay.signals.outcomes import Share
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, signal

GOAL = {"where": "tier = 'enterprise'", "within_days": 10}
BEGAN = NOW - 20 * DAY


def compared(document: Document) -> Comparison:
    found = comparison(Playbook.objects.get(key=document.key), document, now=NOW)
    assert found is not None
    return found


def entered(count: int, **fields: object) -> list[Run]:
    """So many accounts with a signal, which entered twenty days ago."""
    for number in range(count):
        signal(account(f"A{number:03}", tier="smb", **fields), opened_at=BEGAN)
    services.start_runs(BEGAN)
    return list(Run.objects.order_by("account__name"))


def keep_scores(day_after: object, scores: Iterable[tuple[Account, int]]) -> None:
    pairs = list(scores)
    ids, values = [one.pk for one, _ in pairs], [score for _, score in pairs]
    count = len(pairs)
    columns = {
        "account_id": pa.array(ids, pa.int64()),
        "score": pa.array(values, pa.int32()),
        "band": ["green"] * count,
        "coverage": [1.0] * count,
        "scorecard_version_id": pa.array([1] * count, pa.int64()),
        "late_sources": [""] * count,
    }
    history.record([(day_after, pa.table(columns))])


def test_each_side_is_asked_the_same_over_the_same_days(cast: Cast) -> None:
    document = play(goal=GOAL, holdout=50)
    publish(document, now=BEGAN)
    runs = entered(100)
    treated = [run for run in runs if not run.is_held_out]
    held = [run for run in runs if run.is_held_out]
    in_time, late = BEGAN + 10 * DAY, BEGAN + 11 * DAY
    for run, at in [
        *((run, in_time) for run in treated[:20]),
        (treated[20], late),
        *((run, BEGAN) for run in held[:5]),
    ]:
        Run.objects.filter(pk=run.pk).update(goal_at=at)
    left = BEGAN.date() + 10 * DAY
    for run, day in [(treated[0], left), (treated[1], left + DAY), (held[0], left), (held[1], BEGAN.date())]:
        Account.objects.filter(pk=run.account_id).update(churned_on=day)
    Account.objects.filter(pk=held[2].account_id).update(stage="churned")
    accounts = {run.pk: run.account for run in runs}
    before, after = BEGAN.date() - DAY, BEGAN.date() + 9 * DAY
    keep_scores(before - DAY, ((accounts[run.pk], 50) for run in runs))
    keep_scores(after, [(accounts[run.pk], 60) for run in treated] + [(accounts[run.pk], 45) for run in held[1:]])
    found = compared(document)
    assert found.days == 10
    assert found.ratio == Ratio(len(treated), len(held), 50)
    assert found.goal == Shares(Share(len(treated), 20), Share(len(held), 5))
    assert found.churn == Shares(Share(len(treated), 1), Share(len(held) - 2, 1))
    assert (found.health.treated.mean, found.health.held_out.mean) == (10.0, -5.0)
    assert found.left_out == LeftOut(had_churned=1, no_churn_day=1, no_score=1)


def test_an_account_is_counted_once_by_its_first_run(cast: Cast) -> None:
    document = play(goal=GOAL, holdout=50, reentry={"after_days": 1})
    publish(document, now=BEGAN)
    runs = entered(10)
    Signal.objects.update(closed_at=BEGAN + DAY)
    for run in runs:
        signal(run.account, opened_at=BEGAN + 2 * DAY)
    Run.objects.update(state="done")
    services.start_runs(BEGAN + 2 * DAY)
    assert Run.objects.count() == 20
    assert compared(document).ratio.total == 10


def test_what_nobody_drew_lots_about_and_what_is_not_over_is_left_out(cast: Cast) -> None:
    former, document = play(goal=GOAL, holdout=50), play(goal=GOAL, holdout=40)
    publish(former, now=BEGAN)
    entered(20)
    publish(document, now=NOW - 5 * DAY)
    for number in range(30):
        signal(account(f"B{number:03}", tier="smb"), opened_at=NOW - 4 * DAY)
    services.start_runs(NOW - 4 * DAY)
    services.start_by_hand("play", [cast.acme], token="t", by=cast.mary, now=BEGAN)
    services.start_by_hand("play", [cast.globex], token="t", by=None, now=BEGAN)
    found = compared(document)
    assert (found.ratio.total, found.left_out.other_share, found.left_out.not_over) == (30, 20, 30)
    assert found.goal is not None
    assert found.goal.treated.cases == 0


def test_without_anybody_held_out_there_is_nothing_to_compare_with(cast: Cast) -> None:
    document = play()
    publish(document, now=BEGAN)
    entered(3)
    assert comparison(Playbook.objects.get(), document, now=NOW) is None


def test_too_few_say_how_many_are_missing(cast: Cast) -> None:
    few = Shares(Share(100, 50), Share(12, 2))
    assert (few.needed.treated, few.needed.held_out, few.difference) == (0, 18, None)


@pytest.mark.parametrize(("held", "is_off"), [(100, False), (70, False), (65, True), (140, True), (0, True)])
def test_sides_out_of_proportion_are_no_chance(held: int, is_off: bool) -> None:
    assert Ratio(treated=1000 - held, held_out=held, percent=10).is_off is is_off


def test_a_playbook_without_a_goal_is_compared_over_a_quarter(cast: Cast) -> None:
    document = play(holdout=50)
    publish(document, now=NOW - timedelta(days=95))
    for number in range(20):
        signal(account(f"A{number:03}"))
    services.start_runs(NOW - timedelta(days=90))
    found = compared(document)
    assert (found.days, found.goal, found.left_out.not_over) == (90, None, 0)
