from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.deliveries.models import Delivery
from mainstay.playbooks import advancing, effects, selectors, services
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, StepRun, Task
from mainstay.playbooks.reading import check
from mainstay.scores.services import score_all
from mainstay.signals.models import Signal
from tests.builders import Cast
from tests.scores.profiles import write

NOW = utc_now()
DAY = timedelta(days=1)


def open_signal(account: Any, kind: str = "health_red", **fields: Any) -> Signal:
    return Signal.objects.create(
        account=account,
        kind=kind,
        severity="critical",
        opened_at=NOW,
        summary="The score fell from 71 to 42.",
        evidence=[
            {"field": "seat_use", "label": "Seat use", "then": 71.0, "now": 38.5, "unit": "percent"},
            {"field": "champion_present", "label": "Champion", "then": 1, "now": 0, "unit": "boolean"},
        ],
        at_stake_minor=14_800_000,
        **fields,
    )


def score(profiles: Mapping[Account, float]) -> None:
    """Score accounts of which nothing is known but their daily active rate."""
    write({account: {"daily_active_rate": rate, "feature_coverage": rate} for account, rate in profiles.items()})
    score_all(NOW)


def refresh(now: Any = NOW) -> tuple[int, int]:
    started, _ = services.start_runs(now), services.look(now)
    return started, services.advance(now)


def publish(document: dict[str, Any], now: Any = NOW) -> None:
    services.publish(check(document, origin="a test"), by=None, now=now)


@pytest.fixture
def shipped(cast: Cast) -> Cast:
    services.ensure_playbooks(NOW)
    return cast


def test_a_red_account_gives_its_owner_a_task_and_a_mail(shipped: Cast) -> None:
    open_signal(shipped.acme)
    assert refresh() == (1, 2)
    task = Task.objects.get()
    assert (task.account, task.owner, task.due_at) == (shipped.acme, shipped.alice, NOW + timedelta(hours=48))
    assert task.title == "Reach out to Acme: health turned red"
    assert task.why.startswith("The score fell from 71 to 42.")
    mail = Delivery.objects.get()
    assert (mail.recipient, mail.subject) == (shipped.alice.email, "Acme is at risk")
    assert "$148,000" in mail.text
    assert 'href="http://localhost:8000/accounts/acme/"' in mail.html
    assert Run.objects.get().state == RunState.DONE


def test_the_why_says_what_pulls_the_score_down_and_what_brings_it_back(shipped: Cast) -> None:
    score({shipped.acme: 10})
    open_signal(shipped.acme)
    refresh()
    why = Task.objects.get().why
    assert "What would bring it back:\n– Product usage: +100 with " in why
    assert why in Delivery.objects.get().text


def test_a_where_that_cannot_be_used_is_refused(cast: Cast) -> None:
    document = waiting() | {"starts_on": {"signal": "slow", "where": "bnd = 'green'"}}
    with pytest.raises(BadPlaybook, match=r"for\.where: .*bnd"):
        publish(document)


def test_a_playbook_that_cannot_start_does_not_stop_the_others(shipped: Cast) -> None:
    broken = PlaybookVersion.objects.get(playbook__key="seat_limit")
    broken.document["for"]["where"] = "gone = 1"
    broken.save(update_fields=["document"])
    open_signal(shipped.acme)
    open_signal(shipped.acme, "seats_filling")
    assert refresh()[0] == 1


def test_a_repeat_does_nothing_twice(shipped: Cast) -> None:
    open_signal(shipped.acme)
    refresh()
    assert refresh(NOW + DAY) == (0, 0)
    # Even a run whose progress was lost finds its effects there already.
    StepRun.objects.all().delete()
    Run.objects.update(state=RunState.ACTIVE, position="outreach", wake_at=NOW, ended_at=None)
    refresh(NOW + DAY)
    assert (Run.objects.count(), Task.objects.count(), Delivery.objects.count()) == (1, 1, 1)


def test_a_step_that_fails_half_way_leaves_nothing_behind(shipped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    open_signal(shipped.acme)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(effects, "_move_runs", die)
        with pytest.raises(KeyboardInterrupt):
            refresh()
    assert not Task.objects.exists()
    refresh()
    assert (Task.objects.count(), Delivery.objects.count()) == (1, 1)


def test_each_round_comes_further_and_what_does_not_fit_into_it_is_done_in_the_next(
    shipped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "BATCH", 1)
    for account in (shipped.acme, shipped.globex):
        open_signal(account)
    services.start_runs(NOW)
    assert services.advance(NOW, seconds=0) == 2, "of one run"
    assert services.advance(NOW) == 2


def test_without_an_owner_the_task_is_nobodys_and_the_managers_are_told(shipped: Cast) -> None:
    open_signal(shipped.initech)
    refresh()
    assert list(selectors.open_tasks()) == [Task.objects.get(owner=None)]
    assert list(Delivery.objects.values_list("recipient", flat=True)) == [shipped.mary.email]


def test_an_owner_who_left_counts_as_none(shipped: Cast) -> None:
    shipped.alice.is_active = False
    shipped.alice.save(update_fields=["is_active"])
    open_signal(shipped.acme)
    refresh()
    assert Task.objects.get().owner is None


def test_without_managers_the_administrators_are_told(shipped: Cast) -> None:
    shipped.mary.delete()
    open_signal(shipped.initech)
    refresh()
    assert Delivery.objects.get().recipient == shipped.ada.email


def test_seats_that_run_out_give_a_task_but_no_mail_where_health_is_green(shipped: Cast) -> None:
    score({shipped.acme: 90, shipped.globex: 60})
    open_signal(shipped.acme, "seats_filling")
    open_signal(shipped.globex, "seats_filling")
    open_signal(shipped.initech, "seats_filling")
    refresh()
    task = Task.objects.get()
    assert (task.account, task.due_at) == (shipped.acme, NOW + 5 * DAY)
    assert not Delivery.objects.exists()


def test_the_same_story_does_not_start_again_within_its_days(shipped: Cast) -> None:
    Signal.objects.filter(pk=open_signal(shipped.acme).pk).update(closed_at=NOW)
    Run.objects.create(
        id="00000000-0000-0000-0000-000000000001",
        playbook=Playbook.objects.get(key="risk_outreach"),
        version=PlaybookVersion.objects.get(playbook__key="risk_outreach"),
        account=shipped.acme,
        reason="signal:0",
        state=RunState.DONE,
        started_at=NOW - 2 * DAY,
    )
    open_signal(shipped.acme)
    assert refresh() == (0, 0)
    assert refresh(NOW + 2 * DAY)[0] == 1


@pytest.mark.parametrize("fields", [{"closed_at": NOW}, {"snoozed_until": NOW + DAY}])
def test_a_signal_that_is_closed_or_snoozed_starts_nothing(shipped: Cast, fields: dict[str, Any]) -> None:
    open_signal(shipped.acme, **fields)
    assert refresh() == (0, 0)


def test_a_run_whose_signal_closes_before_its_step_ends_early(shipped: Cast) -> None:
    signal = open_signal(shipped.acme)
    services.start_runs(NOW)
    Signal.objects.filter(pk=signal.pk).update(closed_at=NOW)
    assert services.advance(NOW) == 0
    assert Run.objects.get().state == RunState.EXITED
    assert not Task.objects.exists()


def test_open_tasks_outlive_the_signal(shipped: Cast) -> None:
    signal = open_signal(shipped.acme)
    refresh()
    Signal.objects.filter(pk=signal.pk).update(closed_at=NOW)
    refresh(NOW + DAY)
    assert selectors.open_tasks(account=shipped.acme).count() == 1


def waiting() -> dict[str, Any]:
    task = {"title": "Call", "why": "Why", "due_in": {"hours": 1}}
    return {
        "key": "slow",
        "name": "Slow",
        "starts_on": {"signal": "slow"},
        "steps": [
            {"id": "pause", "type": "wait", "with": {"days": 2}},
            {"id": "call", "type": "task", "with": task},
        ],
    }


def test_a_run_waits_and_keeps_the_version_it_began_with(cast: Cast) -> None:
    publish(waiting())
    open_signal(cast.acme, "slow")
    assert refresh() == (1, 1)
    changed = waiting()
    changed["steps"][1]["with"]["title"] = "Write"
    publish(changed, NOW + DAY)
    assert refresh(NOW + DAY) == (0, 0)
    assert refresh(NOW + 2 * DAY) == (0, 1)
    assert Task.objects.get().title == "Call"


def test_a_run_that_cannot_go_on_fails_alone_with_the_reason(shipped: Cast) -> None:
    open_signal(shipped.acme)
    open_signal(shipped.globex)
    services.start_runs(NOW)
    broken = PlaybookVersion.objects.get(playbook__key="risk_outreach")
    document = {**broken.document, "steps": [{"id": "x", "type": "fax"}]}
    copy = PlaybookVersion.objects.create(playbook=broken.playbook, version=99, document=document, published_at=NOW)
    Run.objects.filter(account=shipped.acme).update(version=copy)
    services.advance(NOW)
    failed = Run.objects.get(account=shipped.acme)
    assert failed.state == RunState.FAILED
    assert "no step type 'fax'" in failed.error
    assert Run.objects.get(account=shipped.globex).state == RunState.DONE


def test_shipped_playbooks_are_published_once(shipped: Cast) -> None:
    assert services.ensure_playbooks(NOW) == 0
    shipped_files = len(list(services.GALLERY.glob("*.yaml")))
    assert PlaybookVersion.objects.count() == Playbook.objects.count() == shipped_files


def test_a_playbook_that_is_switched_off_starts_nothing(shipped: Cast) -> None:
    Playbook.objects.update(is_active=False)
    open_signal(shipped.acme)
    assert refresh() == (0, 0)
