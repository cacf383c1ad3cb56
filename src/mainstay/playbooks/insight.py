"""What becomes of a playbook: how far its runs come, where they fail, and whether it helps.

Who was held out is compared with who was not, over runs whose time for the goal is over: the same question to both.
Nothing is said before both have been asked often enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import erfc, sqrt

from django.db.models import Count, Min, Q

from mainstay.playbooks.document import Document
from mainstay.playbooks.models import UNDER_WAY, Playbook, Run, RunState, StepRun
from mainstay.signals.outcomes import Share

# A difference of the shares this unlikely is no chance: something lets accounts by, or keeps them out.
_SUSPICIOUS = 0.001


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
class Comparison:
    """Goals reached with the playbook and without, over runs whose time for the goal is over."""

    treated: Share
    held_out: Share
    share_is_off: bool

    @property
    def is_enough(self) -> bool:
        """Whether both sides are large enough to say anything."""
        return self.treated.is_enough and self.held_out.is_enough

    @property
    def difference(self) -> float:
        """Percentage points that the playbook adds."""
        return 100 * ((self.treated.value or 0) - (self.held_out.value or 0))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the difference, in percentage points: from the two of Wilson (Newcombe 1998, no. 10)."""
        one, other = self.treated.value or 0, self.held_out.value or 0
        (one_low, one_high), (other_low, other_high) = self.treated.interval, self.held_out.interval
        low = sqrt((one - one_low) ** 2 + (other_high - other) ** 2)
        high = sqrt((one_high - one) ** 2 + (other - other_low) ** 2)
        return self.difference - 100 * low, self.difference + 100 * high

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves no doubt about the direction."""
        low, high = self.interval
        return low > 0 or high < 0


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


def comparison(playbook: Playbook, document: Document, *, now: datetime) -> Comparison | None:
    """None for a playbook without a goal, or that never held anybody out."""
    if document.goal is None:
        return None
    runs = Run.objects.filter(playbook=playbook, started_by=None)
    if not runs.filter(is_held_out=True).exists():
        return None
    over = Q(started_at__lte=now - timedelta(days=document.goal.within_days))
    counted = (
        runs.order_by()
        .values_list("is_held_out")
        .annotate(
            reached=Count("pk", filter=over & Q(goal_at__isnull=False)),
            ended=Count("pk", filter=over),
            begun=Count("pk"),
        )
    )
    sides = {is_held_out: (reached, ended, begun) for is_held_out, reached, ended, begun in counted}
    treated, held = sides.get(False, (0, 0, 0)), sides.get(True, (0, 0, 0))
    is_off = share_is_off(held[2], treated[2] + held[2], percent=document.holdout)
    return Comparison(Share(treated[1], treated[0]), Share(held[1], held[0]), is_off)


def share_is_off(held: int, total: int, *, percent: int) -> bool:
    """Whether so many held out of so many cannot be chance at this share (chi-squared, one degree of freedom)."""
    if not total or not 0 < percent < 100:
        return False
    expected = total * percent / 100
    chi = (held - expected) ** 2 / expected + (held - expected) ** 2 / (total - expected)
    return erfc(sqrt(chi / 2)) < _SUSPICIOUS
