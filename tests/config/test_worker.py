import threading
import time
from datetime import datetime

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


def waited(inbox: Inbox, *, took: float = 0.0, is_well: bool = True) -> float:
    started = time.monotonic()
    worker._wait(threading.Event(), inbox, took=took, is_well=is_well)
    return time.monotonic() - started


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REFRESH_SECONDS = 0.3
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.01)


def test_the_next_round_comes_in_its_rhythm_and_sooner_when_something_arrived() -> None:
    assert waited(Inbox(0)) >= 0.3
    assert waited(Inbox(1)) < 0.3


def test_a_long_round_is_followed_by_as_long_a_pause() -> None:
    assert waited(Inbox(1), took=0.15) >= 0.15


def test_after_an_error_arrivals_do_not_hurry_it() -> None:
    assert waited(Inbox(1), is_well=False) >= 0.3


def test_an_error_is_logged_and_does_not_end_the_worker(db: None, caplog: pytest.LogCaptureFixture) -> None:
    assert not worker._refresh(Refresher(RuntimeError("out of disk")))
    assert "out of disk" in caplog.text
    assert worker._refresh(Refresher())
