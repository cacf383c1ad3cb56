import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mainstay.common.errors import Invalid
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.config import refresh as pipeline
from mainstay.config.refresh import Refresher, RefreshResult, Stage, refresh, refresh_history
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.services import request_delivery
from mainstay.ingest.envelope import Arrival
from mainstay.ingest.inbox import open_inbox
from mainstay.interactions.models import Interaction
from mainstay.jobs.locks import only_one
from mainstay.metrics.models import ProfileRun
from mainstay.playbooks.models import Playbook
from mainstay.scores.models import Health, Scorecard
from tests.builders import Cast

pytestmark = pytest.mark.slow
NOW = utc_now().replace(hour=12, minute=0, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)


def arrive(name: str, *, account: str = "acme", at: datetime = NOW - MINUTE) -> None:
    call = {
        "type": "track",
        "messageId": name,
        "userId": "dana",
        "event": name,
        "timestamp": at.isoformat(),
        "context": {"groupId": account},
    }
    body = json.dumps({"batch": [call]}).encode()
    open_inbox().append_many([Arrival(kind="batch", body=body, received_at=NOW)])


def names(result: RefreshResult) -> list[str]:
    return [stage.name for stage in result.stages]


def outcome(result: RefreshResult, name: str) -> Any:
    return next(stage.outcome for stage in result.stages if stage.name == name)


def test_a_first_round_goes_from_the_event_to_the_score(cast: Cast) -> None:
    arrive("Report Opened")
    result = refresh(NOW)
    assert outcome(result, "inbox").events == 1
    assert ProfileRun.objects.get().accounts >= 3
    assert Health.objects.filter(account=cast.acme).exists()
    assert Scorecard.objects.exists()
    assert Playbook.objects.exists()
    assert "1 events" in result.summary()


def test_a_quiet_round_computes_nothing(cast: Cast) -> None:
    refresher = Refresher()
    assert "profiles" in names(refresher.refresh(NOW))
    assert "profiles" not in names(refresher.refresh(NOW + MINUTE))


def test_after_an_hour_it_computes_even_so(cast: Cast) -> None:
    refresher = Refresher()
    refresher.refresh(NOW)
    assert "profiles" in names(refresher.refresh(NOW + pipeline.LONGEST_PAUSE))


@pytest.mark.parametrize("what", ["event", "record", "day", "other worker's load"])
def test_whatever_changes_it_computes_again(cast: Cast, what: str) -> None:
    refresher, now = Refresher(), NOW + MINUTE
    refresher.refresh(NOW)
    if what == "event":
        arrive("Report Opened")
    elif what == "record":
        Interaction.objects.create(key="m1", account=cast.acme, kind="meeting", occurred_at=NOW)
    elif what == "day":
        now = NOW + timedelta(hours=12)
    else:
        arrive("Report Opened")
        Refresher().refresh(NOW)
    assert "profiles" in names(refresher.refresh(now))


def test_a_round_that_was_stopped_half_way_is_made_up_for(cast: Cast) -> None:
    stop_after_profiles = [True]
    refresher = Refresher(should_stop=lambda: stop_after_profiles[0] and ProfileRun.objects.exists())
    assert names(refresher.refresh(NOW))[-1] == "profiles"
    stop_after_profiles[0] = False
    assert "scores" in names(refresher.refresh(NOW))


def test_a_round_after_a_failure_makes_up_for_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    refresher = Refresher()

    def fail(now: datetime) -> None:
        raise RuntimeError("out of disk")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_COMPUTE", (("profiles", fail),))
        with pytest.raises(RuntimeError, match="out of disk"):
            refresher.refresh(NOW)
    assert "profiles" in names(refresher.refresh(NOW))


def test_what_is_wrong_with_the_facts_does_not_hold_up_the_mails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> None:
        raise RuntimeError("out of disk")

    request_delivery(derived_id("test"), channel="email", to=cast.alice.email, subject="Due", text="Now.", now=NOW)
    monkeypatch.setattr(pipeline, "_TAKE_IN", (("inbox", fail),))
    with pytest.raises(RuntimeError, match="out of disk"):
        refresh(NOW)
    assert Delivery.objects.get().state == "sent"


def test_a_stage_that_fails_holds_up_no_mails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> None:
        raise RuntimeError("a broken digest")

    request_delivery(derived_id("test"), channel="email", to=cast.alice.email, subject="Due", text="Now.", now=NOW)
    monkeypatch.setattr(pipeline.digests, "send_due", fail)
    with pytest.raises(RuntimeError, match="a broken digest"):
        refresh(NOW)
    assert Delivery.objects.get().state == "sent"


def test_only_one_refreshes_at_a_time(cast: Cast) -> None:
    with only_one("refresh"):
        result = refresh(NOW)
    assert result.is_busy
    assert "Another process" in result.summary()


def test_a_past_date_is_computed_again_without_touching_the_present(cast: Cast) -> None:
    arrive("Report Opened", at=NOW - timedelta(days=2))
    refresh(NOW)
    present = Health.objects.get(account=cast.acme).as_of
    result = refresh_history(NOW.date() - timedelta(days=1), now=NOW)
    assert (outcome(result, "profiles"), outcome(result, "scores")) == (1, 1)
    assert Health.objects.get(account=cast.acme).as_of == present


def test_a_date_to_come_is_refused(db: None) -> None:
    with pytest.raises(Invalid, match="still to come"):
        refresh_history(date(2999, 1, 1), now=NOW)


def test_a_summary_has_a_line_per_stage() -> None:
    result = RefreshResult((Stage("inbox", 0.5, {"events": 2}), Stage("scores", 1.25, 3)))
    assert result.summary().splitlines() == [
        "inbox         0.50 s   2 events",
        "scores        1.25 s   3",
        "together      1.75 s",
    ]
