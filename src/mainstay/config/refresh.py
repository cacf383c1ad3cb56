"""The refresh: the one pipeline from what arrived to what is due.

inbox → roll-ups → profiles → scores → segments → signals → playbooks → alerts → digests → deliveries → receipts →
corrections of past days

Each stage commits its own output and can be repeated; killed anywhere, the next round continues. One process refreshes
at a time. The computed part (profiles to signals) is left out while nothing that it reads has changed, for an hour at
most, so that a round in a quiet installation costs a few milliseconds.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime, timedelta
from math import inf
from typing import Any

from mainstay.alerts import digests, operations
from mainstay.alerts import services as alerts
from mainstay.common.errors import Invalid
from mainstay.common.time import DAY
from mainstay.config.fingerprint import Fingerprint, fingerprint
from mainstay.connectors.registry import channels
from mainstay.deliveries import receipts
from mainstay.deliveries import services as deliveries
from mainstay.deliveries.inapp import upkeep as in_app
from mainstay.facts import services as facts
from mainstay.jobs.errors import LockBusy
from mainstay.jobs.locks import only_one
from mainstay.metrics import services as metrics
from mainstay.metrics.jobs import enqueue_histories
from mainstay.metrics.models import ProfileRun
from mainstay.playbooks import services as playbooks
from mainstay.scores import publishing as scorecards
from mainstay.scores import services as scores
from mainstay.scores.correcting import Corrections, correct_late
from mainstay.scores.models import ScoringRun
from mainstay.segments import services as segments
from mainstay.signals import services as signals

logger = logging.getLogger(__name__)

# Some measures change although nothing arrives: a meeting of today begins to count when its time has come.
LONGEST_PAUSE = timedelta(hours=1)

type StageFunction = Callable[[datetime], object]


@dataclass(frozen=True)
class Stage:
    """One stage that was run: its name, the seconds it took, and what it did."""

    name: str
    seconds: float
    outcome: object


@dataclass(frozen=True)
class RefreshResult:
    """What a round did. `is_busy`: another process was at it, nothing was done."""

    stages: tuple[Stage, ...] = ()
    is_busy: bool = False

    @property
    def seconds(self) -> float:
        """The time of all stages together."""
        return sum(stage.seconds for stage in self.stages)

    def summary(self) -> str:
        """One line per stage, for a terminal."""
        if self.is_busy:
            return "Another process is refreshing; nothing was done."
        lines = [f"{stage.name:<10} {stage.seconds:7.2f} s   {_words(stage.outcome)}" for stage in self.stages]
        return "\n".join([*lines, f"{'together':<10} {self.seconds:7.2f} s"])


class Refresher:
    """Refreshes in rounds and remembers what the last one saw.

    `should_stop` is asked before each stage; `play_seconds` bounds the playbooks of a round and `correct_seconds` the
    corrections of past days, so that a flood of either does not hold up what arrives meanwhile.
    """

    def __init__(
        self,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        play_seconds: float = inf,
        correct_seconds: float = inf,
    ) -> None:
        self._play_seconds = play_seconds
        self._correct_seconds = correct_seconds
        self._should_stop = should_stop
        self._is_prepared = False
        self._began = time.monotonic()
        self._seen: Fingerprint | None = None
        self._computed_at: datetime | None = None

    def refresh(self, now: datetime, *, wait_seconds: float = 0) -> RefreshResult:
        """One round, computed as of `now`. Not inside a transaction."""
        try:
            with only_one("refresh", wait_seconds=wait_seconds):
                return self._round(now)
        except LockBusy:
            return RefreshResult(is_busy=True)

    def _round(self, now: datetime) -> RefreshResult:
        self._began = time.monotonic()
        try:
            stages = self._take_in_and_compute(now)
        except Exception:
            # Due tasks and mails do not wait until whatever is wrong with the facts is mended.
            self._act(now)
            raise
        return RefreshResult((*stages, *self._act(now), *self._run((("corrections", self._correct),), now)))

    def _act(self, now: datetime) -> list[Stage]:
        stages: tuple[tuple[str, StageFunction], ...] = (
            ("playbooks", self._play),
            ("alerts", alerts.raise_alerts),
            ("late sources", operations.tell_of_late_sources),
            ("digests", digests.send_due),
            ("deliveries", _send),
            ("in-app", in_app.keep_up),
            ("receipts", self._pass_on),
        )
        done, faults = list[Stage](), list[Exception]()
        for stage in stages:
            try:
                done += self._run((stage,), now)
            except Exception as error:
                # One digest that cannot be written must hold up no mail; what failed is made up for in the next round.
                logger.exception("The stage '%s' failed; those after it go on.", stage[0])
                faults.append(error)
        if faults:
            raise faults[0]
        return done

    def _pass_on(self, now: datetime) -> int:
        # They are received at this moment, not when the round began: whoever looks for events as they come goes by when
        # they were received, and has looked at what came meanwhile.
        return receipts.pass_on(now + timedelta(seconds=time.monotonic() - self._began))

    def _correct(self, now: datetime) -> Corrections:
        return correct_late(now, seconds=self._correct_seconds)

    def _play(self, now: datetime) -> dict[str, int]:
        started, seen = playbooks.start_runs(now), playbooks.look(now)
        steps = playbooks.advance(now, seconds=self._play_seconds)
        return {"runs": started, "woken": seen.woken, "ended": seen.ended, "steps": steps}

    def _take_in_and_compute(self, now: datetime) -> list[Stage]:
        stages: list[Stage] = []
        if not self._is_prepared:
            stages += self._run(_PREPARE, now)
            self._is_prepared = True
        stages += self._run(_TAKE_IN, now)
        seen = fingerprint(now)
        if self._is_due(seen, now):
            stages += self._run(_COMPUTE, now)
            if not self._should_stop():
                self._seen, self._computed_at = seen, now
        return stages

    def _is_due(self, seen: Fingerprint, now: datetime) -> bool:
        if self._computed_at is None or seen != self._seen:
            return True
        return now - self._computed_at >= LONGEST_PAUSE

    def _run(self, stages: Iterable[tuple[str, StageFunction]], now: datetime) -> list[Stage]:
        done = []
        for name, function in stages:
            if self._should_stop():
                break
            started = time.monotonic()
            outcome = function(now)
            stage = Stage(name, time.monotonic() - started, outcome)
            level = logging.INFO if _did_something(outcome) else logging.DEBUG
            logger.log(level, "%s: %.3f s, %s", name, stage.seconds, _words(outcome))
            done.append(stage)
        return done


def refresh(now: datetime, *, wait_seconds: float = 0) -> RefreshResult:
    """A whole round, whether or not anything changed."""
    return Refresher().refresh(now, wait_seconds=wait_seconds)


def refresh_history(as_of: date, *, now: datetime) -> RefreshResult:
    """Compute again what was known before the first instant of `as_of`: the history of the day before it.

    Takes in what waits first. The present (profiles, scores, signals) stays as it is.
    """
    if as_of > now.date():
        raise Invalid(f"{as_of} is still to come; give a date up to today, {now.date()}.")
    day = as_of - DAY
    past: tuple[tuple[str, StageFunction], ...] = (
        ("profiles", lambda now: metrics.backfill([day], at=now, again=True)),
        ("scores", lambda now: scores.backfill([day], at=now, again=True)),
    )
    with only_one("refresh", wait_seconds=600):
        run = Refresher()._run
        return RefreshResult((*run(_TAKE_IN, now), *run(past, now)))


_PREPARE: tuple[tuple[str, StageFunction], ...] = (
    ("scorecards", scorecards.ensure_scorecards),
    ("segments", segments.ensure_segments),
    ("playbooks", playbooks.ensure_playbooks),
)
_TAKE_IN: tuple[tuple[str, StageFunction], ...] = (
    ("inbox", facts.load_inbox),
    ("roll-ups", facts.refresh_rollups),
)
_COMPUTE: tuple[tuple[str, StageFunction], ...] = (
    ("profiles", metrics.refresh_profiles),
    ("histories", enqueue_histories),
    ("scores", scores.score_all),
    ("segments", segments.refresh_memberships),
    ("signals", signals.detect),
)


def _send(now: datetime) -> deliveries.SendResult:
    return deliveries.send_due(now, channels=channels())


def _did_something(outcome: object) -> bool:
    if isinstance(outcome, ProfileRun | ScoringRun):
        return True
    if is_dataclass(outcome) and not isinstance(outcome, type):
        return any(asdict(outcome).values())
    return any(outcome.values()) if isinstance(outcome, dict) else bool(outcome)


def _words(outcome: object) -> str:
    """`3 events, 1 batches` for what has named numbers, the value itself for the rest."""
    values: Any = asdict(outcome) if is_dataclass(outcome) and not isinstance(outcome, type) else outcome
    if isinstance(outcome, ProfileRun | ScoringRun):
        values = {"accounts": outcome.accounts, "changed": outcome.changed}
    if isinstance(values, dict):
        return ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in values.items())
    return str(values)
