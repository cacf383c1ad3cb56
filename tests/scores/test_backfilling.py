"""Backfills asked for in the browser: one at a time, turn by turn, cancelled, resumed, stopped by an error."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.jobs.models import Job
from mainstay.metrics import past, services
from mainstay.people.models import AuditEntry
from mainstay.scores import backfilling, backfills, history, jobs
from mainstay.scores.backfills import Done
from mainstay.scores.errors import BackfillUnderWay
from mainstay.scores.models import BackfillRun, BackfillState
from tests.builders import Cast

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 8, 1), date(2026, 11, 2)
ENDS = [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]


def ask(cast: Cast, **changes: Any) -> BackfillRun:
    given = {"first": FIRST, "last": LAST, "every": "month", "by": cast.ada, "now": NOW} | changes
    return backfilling.ask_backfill(given.pop("first"), given.pop("last"), given.pop("every"), **given)


def turn(run: BackfillRun, *, seconds: float = 60.0) -> bool:
    """One job."""
    number = backfilling.next_turn(run)
    more = backfilling.carry_out(run.pk, number, clock=lambda: NOW, seconds=seconds)
    run.refresh_from_db()
    return more


def test_it_computes_and_scores_what_was_asked_for(cast: Cast) -> None:
    run = ask(cast)
    assert (run.state, run.days) == ("waiting", 3)
    assert not turn(run)
    assert (run.state, run.days_done, run.computed, run.scored) == ("done", 3, 3, 3)
    assert past.recorded_days() == history.recorded_days() == ENDS
    assert run.finished_at == NOW


def test_what_is_kept_is_passed_by(cast: Cast) -> None:
    services.backfill([ENDS[1]], at=NOW)
    run = ask(cast)
    turn(run)
    assert (run.days_done, run.computed) == (3, 2)


def test_a_turn_ends_after_its_time_and_the_next_one_goes_on(cast: Cast) -> None:
    run = ask(cast)
    seen = []
    ticks = iter([True, False] * 3)
    whole = backfills.run

    def month_by_month(plan: backfills.Plan, *, progress: Any, should_stop: Any) -> Done:
        # As if the time of the turn were up after its first month.
        return whole(plan, progress=progress, should_stop=lambda: not next(ticks) or should_stop())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfills, "run", month_by_month)
        for _ in range(3):
            more = turn(run)
            seen.append((more, run.days_done, run.reached))
    assert seen == [(True, 1, ENDS[2]), (True, 2, ENDS[1]), (False, 3, ENDS[0])]
    assert run.state == "done"


def test_only_an_administrator_asks_and_every_step_is_audited(cast: Cast) -> None:
    for user in (cast.vera, cast.alice, cast.mary):
        with pytest.raises(NotAllowed):
            ask(cast, by=user)
    run = ask(cast)
    backfilling.cancel_backfill(run, by=cast.ada, now=NOW)
    backfilling.resume_backfill(run, by=cast.ada, now=NOW)
    actions = AuditEntry.objects.filter(subject=f"backfill:{run.pk}").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["scores.backfill_asked", "scores.backfill_cancelled", "scores.backfill_resumed"]
    for change in (backfilling.cancel_backfill, backfilling.resume_backfill):
        with pytest.raises(NotAllowed):
            change(run, by=cast.mary, now=NOW)


def test_a_span_without_a_day_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Sunday"):
        ask(cast, first=date(2026, 11, 23), last=date(2026, 11, 24), every="week")
    assert not BackfillRun.objects.exists()


def test_one_goes_on_at_a_time(cast: Cast) -> None:
    first = ask(cast)
    with pytest.raises(BackfillUnderWay, match="2026-08-01 to 2026-11-02 is under way"):
        ask(cast)
    backfilling.cancel_backfill(first, by=cast.ada, now=NOW)
    second = ask(cast)
    with pytest.raises(BackfillUnderWay):
        backfilling.resume_backfill(first, by=cast.ada, now=NOW)
    turn(second)
    with pytest.raises(BackfillUnderWay, match="nothing to cancel"):
        backfilling.cancel_backfill(second, by=cast.ada, now=NOW)
    with pytest.raises(BackfillUnderWay, match="nothing to resume"):
        backfilling.resume_backfill(second, by=cast.ada, now=NOW)


def test_cancelled_in_between_it_keeps_the_month_and_goes_on_there(cast: Cast) -> None:
    run = ask(cast)
    whole = backfills.run

    def and_cancel(plan: backfills.Plan, *, progress: Any, should_stop: Any) -> Done:
        def tell(done: Done) -> None:
            backfilling.cancel_backfill(run, by=cast.ada, now=NOW)
            progress(done)

        return whole(plan, progress=tell, should_stop=should_stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfills, "run", and_cancel)
        assert not turn(run)
    assert (run.state, run.days_done, run.reached) == ("cancelled", 1, ENDS[2])
    backfilling.resume_backfill(run, by=cast.ada, now=NOW)
    turn(run)
    assert (run.state, run.days_done) == ("done", 3)
    assert past.recorded_days() == ENDS


def test_an_error_names_the_day_and_what_was_done_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = services.compute

    def breaks(as_of: datetime, **options: Any) -> Any:
        if as_of.date() == ENDS[1] + timedelta(days=1):
            raise OSError("No space left on device")
        return whole(as_of, **options)

    monkeypatch.setattr(services, "compute", breaks)
    run = ask(cast)
    assert not turn(run)
    assert (run.state, run.failed_on, run.days_done) == ("failed", ENDS[1], 1)
    assert run.error == "The profiles of 30 September 2026 could not be computed: No space left on device"
    assert past.recorded_days() == ENDS[2:]
    monkeypatch.undo()
    backfilling.resume_backfill(run, by=cast.ada, now=NOW)
    turn(run)
    assert (run.state, run.error, run.failed_on, run.days_done) == ("done", "", None, 3)


def test_a_job_of_an_earlier_turn_does_nothing(cast: Cast) -> None:
    run = ask(cast)
    earlier = backfilling.next_turn(run)
    backfilling.next_turn(run)
    assert not backfilling.carry_out(run.pk, earlier, clock=lambda: NOW)
    assert past.recorded_days() == []


def test_one_that_is_silent_may_be_resumed(cast: Cast) -> None:
    run = ask(cast)
    later = NOW + timedelta(minutes=16)
    assert (backfilling.is_silent(run, now=NOW), backfilling.is_silent(run, now=later)) == (False, True)
    backfilling.resume_backfill(run, by=cast.ada, now=later)
    run.refresh_from_db()
    assert (run.state, run.moved_at) == (BackfillState.WAITING, later)


def test_a_job_leaves_the_rest_to_the_next_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(cast)
    jobs.start(run)
    monkeypatch.setattr(backfilling, "carry_out", lambda *_, **__: True)
    job = Job.objects.get()
    jobs.run_backfill.call(*job.arguments["args"])
    assert [one.arguments["args"] for one in Job.objects.order_by("enqueued_at")] == [
        [str(run.pk), 1], [str(run.pk), 2],
    ]  # fmt: skip
