import threading
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.conf import LazySettings

from mainstay.config import worker
from mainstay.config.refresh import RefreshResult


class Inbox:
    """An inbox in which something waits, or not."""

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting

    def waiting(self) -> tuple[int, datetime | None]:
        return self._waiting, None


class Refresher:
    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def refresh(self, now: datetime) -> RefreshResult:
        if self._error:
            raise self._error
        return RefreshResult()


class Clock(threading.Event):
    """Asked to wait, it does not: so much time has passed then. Otherwise none does."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.now += timeout
        return False


@pytest.fixture
def clock(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Clock:
    settings.REFRESH_SECONDS = 30
    made = Clock()
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


def waited(clock: Clock, inbox: Inbox, *, took: float = 0.0, is_well: bool = True) -> float:
    started = clock.now
    worker._wait(clock, inbox, took=took, is_well=is_well)
    return clock.now - started


def test_the_next_round_comes_in_its_rhythm_and_sooner_when_something_arrived(clock: Clock) -> None:
    assert waited(clock, Inbox(0)) == 30
    assert waited(clock, Inbox(1)) == worker.LOOK_SECONDS


@pytest.mark.parametrize(("took", "pause"), [(15, 15), (40, 40)])
def test_a_long_round_is_followed_by_as_long_a_pause(clock: Clock, took: float, pause: float) -> None:
    assert waited(clock, Inbox(1), took=took) == pause


def test_after_an_error_arrivals_do_not_hurry_it(clock: Clock) -> None:
    assert waited(clock, Inbox(1), is_well=False) == 30


def test_an_error_is_logged_and_does_not_end_the_worker(db: None, caplog: pytest.LogCaptureFixture) -> None:
    assert not worker._refresh(Refresher(RuntimeError("out of disk")))
    assert "out of disk" in caplog.text
    assert worker._refresh(Refresher())
