"""Replays are asked for by managers, carried out in the background, and kept for a while."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.signals import replaying, services
from mainstay.signals.errors import BadDefinition
from mainstay.signals.models import ReplayRun, ReplayState
from mainstay.signals.replay_result import Replay
from tests.builders import Cast
from tests.scores.profiles import keep
from tests.signals.kinds import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def kept(cast: Cast) -> Cast:
    for back, value in ((3, 50.0), (2, 85.0), (1, 95.0)):
        keep(NOW.date() - back * DAY, {cast.acme: {"seat_use": value}})
    return cast


def test_a_run_is_done_with_its_result(kept: Cast) -> None:
    run = services.ask_replay(document(), by=kept.mary, now=NOW)
    assert (run.starts_on, run.ends_on) == (NOW.date() - 365 * DAY, NOW.date())
    with pytest.raises(Invalid, match="not done yet"):
        replaying.result(run)
    replaying.carry_out(run.pk, now=NOW)
    run.refresh_from_db()
    found = replaying.result(run)
    assert found is not None
    assert isinstance(found.draft, Replay)
    assert (found.draft.opened, found.draft.openings[0].opened_on) == (1, NOW.date() - 2 * DAY)
    assert found.former is None
    assert run.done == run.steps - 1
    assert replaying.document_of(run) == document()


def test_a_changed_kind_is_replayed_beside_what_it_was(kept: Cast) -> None:
    services.save_kind(document(), by=kept.mary, now=NOW)
    run = services.ask_replay(document(condition="seat_use >= 99"), by=kept.mary, now=NOW)
    replaying.carry_out(run.pk, now=NOW)
    run.refresh_from_db()
    found = replaying.result(run)
    assert found is not None
    assert found.former is not None
    assert (found.draft.opened, found.former.opened) == (0, 1)
    assert services.ask_replay(document(label="Other words"), by=kept.mary, now=NOW).former is None


def test_without_history_there_is_nothing_to_say(cast: Cast) -> None:
    run = services.ask_replay(document(), by=cast.mary, now=NOW)
    replaying.carry_out(run.pk, now=NOW)
    run.refresh_from_db()
    assert run.state == ReplayState.DONE
    assert replaying.result(run) is None


def test_a_draft_whose_metric_went_meanwhile_fails_with_the_reason(cast: Cast) -> None:
    run = services.ask_replay(document(), by=cast.mary, now=NOW)
    run.document["condition"] = "forgotten > 1"
    run.save(update_fields=["document"])
    replaying.carry_out(run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.state, "forgotten" in run.error) == (ReplayState.FAILED, True)


def test_managers_ask_for_what_can_be_taken(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.ask_replay(document(), by=cast.alice, now=NOW)
    with pytest.raises(BadDefinition):
        services.ask_replay(document(condition="nothing > 1"), by=cast.mary, now=NOW)


def test_old_ones_go_and_what_is_gone_is_nothing_to_do(cast: Cast) -> None:
    services.ask_replay(document(), by=cast.mary, now=NOW - 91 * DAY)
    young = services.ask_replay(document(), by=cast.mary, now=NOW - 89 * DAY)
    assert replaying.prune(NOW) == 1
    assert list(ReplayRun.objects.all()) == [young]
    replaying.carry_out(uuid4(), now=NOW)
    replaying.note_fault(young.pk, ValueError("x"), now=NOW)
    young.refresh_from_db()
    assert young.error.startswith("The replay broke off: x.")
