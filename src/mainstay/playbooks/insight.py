"""What becomes of the runs of a playbook: how far they come, where they wait, and where they fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from mainstay.deliveries.models import TO_LOOK_AT, Delivery
from mainstay.playbooks.models import UNDER_WAY, Playbook, Run, RunState, StepRun
from mainstay.playbooks.sending import origin_of

DAYS = timedelta(days=30)


@dataclass(frozen=True)
class StepFigures:
    """Of one step: runs that carried it out, that stand before or at it now, that failed there, and its outcomes."""

    done: int = 0
    here: int = 0
    failed: int = 0
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


def figures(playbook: Playbook) -> Mapping[str, StepFigures]:
    """By step, over the runs of all versions; steps that nobody came to are left out."""
    done: dict[str, int] = {}
    outcomes: dict[str, dict[str, int]] = {}
    rows = StepRun.objects.filter(run__playbook=playbook).order_by().values_list("step", "result")
    for step, result, count in rows.annotate(Count("pk")):
        done[step] = done.get(step, 0) + count
        if result:
            outcomes.setdefault(step, {})[result] = count
    failed = Q(state=RunState.FAILED)
    runs = Run.objects.filter(playbook=playbook, state__in=UNDER_WAY).order_by().values_list("position")
    counted = runs.annotate(here=Count("pk", filter=~failed), failed=Count("pk", filter=failed))
    standing = {step: (here, stopped) for step, here, stopped in counted}
    return {
        step: StepFigures(done.get(step, 0), *standing.get(step, (0, 0)), outcomes.get(step))
        for step in {*done, *standing}
    }


def faults(playbook: Playbook) -> Sequence[Fault]:
    """Where runs stand still and why, the most first."""
    failed = Run.objects.filter(playbook=playbook, state=RunState.FAILED).order_by()
    rows = failed.values_list("position", "error").annotate(runs=Count("pk"), since=Min("ended_at"))
    return [Fault(*row) for row in rows.order_by("-runs", "position")[:20]]
