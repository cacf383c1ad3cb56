"""Gathers what a playbook is compared by: the first run of each account, and what became of the account since."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from mainstay.common.errors import MainstayError
from mainstay.common.statistics import Sample
from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.playbooks.comparison import Comparison, LeftOut, Means, Ratio, Shares
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Playbook, Run
from mainstay.playbooks.selectors import document_of, versions
from mainstay.scores import history
from mainstay.signals.outcomes import Share

USUAL_DAYS = 90
"""How long after entering the sides are compared, where no goal says so."""
# Days may be missing among the kept ones; an older score says nothing about the day itself.
_OLDEST = timedelta(days=7)


@dataclass(frozen=True)
class _Entered:
    """An account on the side it was given to when it first entered."""

    account_id: int
    is_held_out: bool
    started_at: datetime
    goal_at: datetime | None
    churned_on: date | None
    is_churned: bool

    @property
    def entered_on(self) -> date:
        """The day."""
        return self.started_at.date()


def comparison(playbook: Playbook, document: Document, *, now: datetime) -> Comparison | None:
    """The two sides as they stand; None where nobody was ever held out.

    Starts by hand are no part of it, nor what began while another share was held out: nobody drew lots about the
    former, and another share is another draw.
    """
    if not playbook.runs.filter(is_held_out=True).exists():
        return None
    days = document.goal.within_days if document.goal is not None else USUAL_DAYS
    rows = _first_entries(playbook)
    same = _versions_holding(playbook, document.holdout)
    drawn = [one for one, version in rows if version in same]
    over = [one for one in drawn if one.started_at <= now - timedelta(days=days)]
    health, without_score = _health(over, days)
    churn, undated, gone = _churn(over, days)
    sides = Counter(one.is_held_out for one in drawn)
    return Comparison(
        days=days,
        ratio=Ratio(sides[False], sides[True], document.holdout),
        goal=_goal(over, days) if document.goal is not None else None,
        health=health,
        churn=churn,
        left_out=LeftOut(
            not_over=len(drawn) - len(over),
            other_share=len(rows) - len(drawn),
            had_churned=gone,
            no_churn_day=undated,
            no_score=without_score,
        ),
    )


def _first_entries(playbook: Playbook) -> list[tuple[_Entered, int]]:
    """The first run of each account, of those nobody started by hand, with its version. One statement."""
    first = Window(RowNumber(), partition_by=F("account"), order_by=[F("started_at"), F("pk")])
    runs = Run.objects.filter(playbook=playbook, started_by=None).exclude(reason__startswith="hand:")
    rows = runs.order_by().annotate(number=first).filter(number=1).values_list(
        "account_id", "is_held_out", "started_at", "goal_at", "account__churned_on", "account__stage", "version_id"
    )  # fmt: skip
    return [
        (_Entered(pk, held, at, goal, churned, stage == "churned"), version)
        for pk, held, at, goal, churned, stage, version in rows.iterator(2_000)
    ]


def _versions_holding(playbook: Playbook, percent: int) -> set[int]:
    """The versions that held out this share."""
    found = set()
    for version in versions(playbook):
        try:
            if document_of(version).holdout == percent:
                found.add(version.pk)
        except MainstayError:  # stored by a release whose words are gone
            continue
    return found


def _goal(over: Iterable[_Entered], days: int) -> Shares:
    def reached(one: _Entered) -> bool:
        return one.goal_at is not None and one.goal_at <= one.started_at + timedelta(days=days)

    return _shares((one.is_held_out, reached(one)) for one in over)


def _churn(over: Iterable[_Entered], days: int) -> tuple[Shares, int, int]:
    """Who left within so many days; and how many left on an unknown day, or had left before they entered."""
    found: list[tuple[bool, bool]] = []
    undated = gone = 0
    for one in over:
        left = one.churned_on
        if left is None and one.is_churned:
            undated += 1
        elif left is not None and left <= one.entered_on:
            gone += 1
        else:
            found.append((one.is_held_out, left is not None and left <= one.entered_on + timedelta(days=days)))
    return _shares(found), undated, gone


def _shares(found: Iterable[tuple[bool, bool]]) -> Shares:
    counts = Counter(found)
    sides = [Share(counts[held, False] + counts[held, True], counts[held, True]) for held in (False, True)]
    return Shares(*sides)


def _health(over: Sequence[_Entered], days: int) -> tuple[Means, int]:
    """By how many points the scores moved from entering on; and of how many that is not known.

    The score at entering is that of the day before: what was known when the account entered.
    """
    if not over:
        return Means(Sample(), Sample()), 0
    moved = _moves(
        [(one.account_id, one.entered_on - DAY, one.entered_on + timedelta(days=days) - DAY) for one in over]
    )
    sides = [
        Sample.of(moved[one.account_id] for one in over if one.is_held_out is held and one.account_id in moved)
        for held in (False, True)
    ]
    return Means(*sides), len(over) - len(moved)


def _moves(wanted: Sequence[tuple[int, date, date]]) -> dict[int, float]:
    """The score on the second day less the one on the first, by account, where both are known."""
    ids, befores, afters = zip(*wanted, strict=True)
    table = pa.table({
        "id": pa.array(ids, pa.int64()),
        "before": pa.array(befores, pa.date32()),
        "after": pa.array(afters, pa.date32()),
    })  # fmt: skip
    source = history.relation(start=min(befores) - _OLDEST, end=max(afters) + DAY, columns=["score"])
    near = f"BETWEEN 0 AND {_OLDEST.days}"
    first, second = (f"arg_max(score, day) FILTER ({name} - day {near})" for name in ("before", "after"))
    with engine.cursor() as cursor:
        cursor.register("wanted", table)
        rows = cursor.execute(
            f"""SELECT id, {first} AS first, {second} AS second FROM {source} JOIN wanted ON account_id = id
            WHERE score IS NOT NULL AND (before - day {near} OR after - day {near})
            GROUP BY id HAVING first IS NOT NULL AND second IS NOT NULL"""
        ).fetchall()
    return {pk: float(second - first) for pk, first, second in rows}
