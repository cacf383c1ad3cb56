"""What becomes of the runs of a playbook: how far they come, where they wait, and where they fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from mainstay.deliveries.models import TO_LOOK_AT, Delivery
from mainstay.playbooks.models import UNDER_WAY, Playbook, Run, RunState, StepRun
from mainstay.playbooks.selectors import resting
from mainstay.playbooks.sending import origin_of

DAYS = timedelta(days=30)
# Older runs say little about how long it takes now, and reading all of them takes long itself.
_LATEST = 500


@dataclass(frozen=True)
class StepFigures:
    """Of one step: how many runs came to it, and where they are: behind it, at it, out of the playbook there, stopped.

    `here` stand before it or wait at it; `left` ended there, by an exit or a person; `failed` were stopped by an error.
    `seconds` after its beginning a run was carried through it, in the middle of the latest ones; None: of nobody.
    """

    reached: int = 0
    done: int = 0
    here: int = 0
    left: int = 0
    failed: int = 0
    seconds: float | None = None
    outcomes: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Fault:
    """Runs that stopped at a step for the same reason."""

    step: str
    error: str
    runs: int
    since: datetime | None


@dataclass(frozen=True)
class Counts:
    """Runs by what became of them."""

    by_state: Mapping[str, int]

    @property
    def under_way(self) -> int:
        """Active, paused and failed ones."""
        return sum(self.by_state.get(state, 0) for state in UNDER_WAY)

    @property
    def held_out(self) -> int:
        """Left alone."""
        return self.by_state.get(RunState.HELD_OUT, 0)

    @property
    def total(self) -> int:
        """All but those held out."""
        return sum(self.by_state.values()) - self.held_out


@dataclass(frozen=True)
class Undelivered:
    """Messages of a step that did not go, or may not have gone, in the last `DAYS`; the reason of the latest one."""

    step: str
    state: str
    messages: int
    since: datetime | None
    reason: str


def undelivered(playbook: Playbook, *, now: datetime) -> Sequence[Undelivered]:
    """What became of messages that a person may want to look at, by step and state, the most first."""
    looked_at = Delivery.objects.filter(origin=origin_of(playbook.key), state__in=TO_LOOK_AT, created_at__gt=now - DAYS)
    grouped = (
        looked_at.order_by().values_list("origin_step", "state").annotate(messages=Count("pk"), since=Min("created_at"))
    )
    return [
        Undelivered(step, state, messages, since, _reason(looked_at.filter(origin_step=step, state=state)))
        for step, state, messages, since in grouped.order_by("-messages", "origin_step", "state")[:20]
    ]


def _reason(found: QuerySet[Delivery]) -> str:
    latest = found.order_by("-created_at", "-pk").first()
    if latest is None:
        return ""
    attempt = latest.attempts.order_by("-number").first()
    return latest.note or (attempt.message if attempt else "")


def counts(playbook: Playbook) -> Counts:
    """One statement."""
    found = Run.objects.filter(playbook=playbook).order_by().values_list("state").annotate(Count("pk"))
    return Counts(dict(found))


def figures(playbook: Playbook, *, now: datetime) -> Mapping[str, StepFigures]:
    """By step, over the runs of all versions; steps that nobody came to are left out."""
    carried, outcomes = _carried_out(playbook)
    standing, left, medians = _standing(playbook, now), _left(playbook), _medians(playbook)
    found = {}
    for step in {*carried, *standing, *left}:
        here, failed, waiting = standing.get(step, (0, 0, 0))
        left_before, left_at = left.get(step, (0, 0))
        through = carried.get(step, 0)
        found[step] = StepFigures(
            # What waits at the step, or ended while it did, was noted as carried out when it came.
            reached=through + here + failed - waiting + left_before,
            done=max(0, through - waiting - left_at),
            here=here,
            left=left_before + left_at,
            failed=failed,
            seconds=medians.get(step),
            outcomes=outcomes.get(step),
        )
    return found


def _carried_out(playbook: Playbook) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """How many runs a step was carried out in, and what it came to."""
    carried: dict[str, int] = {}
    outcomes: dict[str, dict[str, int]] = {}
    rows = StepRun.objects.filter(run__playbook=playbook).order_by().values_list("step", "result")
    for step, result, count in rows.annotate(Count("pk")):
        carried[step] = carried.get(step, 0) + count
        if result:
            outcomes.setdefault(step, {})[result] = count
    return carried, outcomes


def _standing(playbook: Playbook, now: datetime) -> dict[str, tuple[int, int, int]]:
    """Runs under way by the step they stand at: sound ones, stopped ones, and how many of both wait at it.

    A run that lets time pass stands before the next step already; here it is still at the wait it came from.
    """
    failed, rests = Q(state=RunState.FAILED), resting(now)
    latest = StepRun.objects.filter(run=OuterRef("pk")).order_by("-pk").values("step")[:1]
    at = Case(When(rests, then=Coalesce(Subquery(latest), "position")), default="position")
    runs = Run.objects.filter(playbook=playbook, state__in=UNDER_WAY).order_by().annotate(place=at).values_list("place")
    counted = runs.annotate(
        here=Count("pk", filter=~failed),
        failed=Count("pk", filter=failed),
        waiting=Count("pk", filter=Q(awaits__gt="") | rests),
    )
    return {step: tuple(counts) for step, *counts in counted}


def _left(playbook: Playbook) -> dict[str, tuple[int, int]]:
    """Runs that ended early, by step: before it was carried out, and while they waited at it."""
    was_there = Exists(StepRun.objects.filter(run=OuterRef("pk"), step=OuterRef("position")))
    early = [RunState.EXITED, RunState.STOPPED]
    runs = Run.objects.filter(playbook=playbook, state__in=early, position__gt="").annotate(was_there=was_there)
    found: dict[str, tuple[int, int]] = {}
    for step, at_it, count in runs.order_by().values_list("position", "was_there").annotate(Count("pk")):
        before, at = found.get(step, (0, 0))
        found[step] = (before, at + count) if at_it else (before + count, at)
    return found


def _medians(playbook: Playbook) -> dict[str, float]:
    """How long after its beginning a run is carried through each step, in seconds."""
    runs = Run.objects.filter(playbook=playbook).exclude(state=RunState.HELD_OUT).order_by("-started_at")
    latest = list(runs.values_list("pk", flat=True)[:_LATEST])
    spans: dict[str, list[float]] = {}
    rows = StepRun.objects.filter(run__in=latest).order_by().values_list("step", "at", "run__started_at")
    for step, at, began in rows:
        spans.setdefault(step, []).append((at - began).total_seconds())
    return {step: median(found) for step, found in spans.items()}


def faults(playbook: Playbook) -> Sequence[Fault]:
    """Where runs stand still and why, the most first."""
    failed = Run.objects.filter(playbook=playbook, state=RunState.FAILED).order_by()
    rows = failed.values_list("position", "error").annotate(runs=Count("pk"), since=Min("ended_at"))
    return [Fault(*row) for row in rows.order_by("-runs", "position")[:20]]
