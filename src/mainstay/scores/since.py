"""Reads: what changed for an account since an earlier instant, and what part of it was what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from mainstay.common.errors import Invalid
from mainstay.common.time import DAY, as_of_instant, midnight
from mainstay.lake.days import Known
from mainstay.metrics import selectors as metrics
from mainstay.scores import history, selectors
from mainstay.scores.arithmetic import BandName, Scorecard
from mainstay.scores.explaining import LastGood
from mainstay.scores.models import Health
from mainstay.scores.parents import Member, family
from mainstay.scores.selectors import HealthView
from mainstay.scores.splits import Cause, Side, Split, split


@dataclass(frozen=True)
class ChildMove:
    """A child account whose score is another one than it was."""

    key: str
    name: str
    then: int | None
    now: int | None
    band: BandName


@dataclass(frozen=True)
class Since:
    """What changed between two instants.

    `is_rolled_up`: one of the two scores is that of child accounts; then it is not split by the account's own values,
    and `children` are those that moved. `late_then`, `late_now`: keys of the sources whose measures were left out.
    """

    since: datetime
    until: datetime
    split: Split
    rule_then: str
    rule_now: str
    late_then: Sequence[str]
    late_now: Sequence[str]
    was_rolled_up: bool
    is_rolled_up_now: bool
    children: Sequence[ChildMove]

    @property
    def is_rolled_up(self) -> bool:
        """Whether one of the two scores is that of child accounts."""
        return self.was_rolled_up or self.is_rolled_up_now


def what_changed(
    account_id: int, since: date | datetime, *, as_of: date | datetime | None = None, now: datetime
) -> Since | None:
    """What changed from `since` until now, or until a past instant; None when one of the two was not scored.

    The earlier score is the one known then, as recorded; of a day that is not kept, the one known now.
    Raises Invalid when `since` is not the earlier instant.
    """
    start, end = as_of_instant(since), None if as_of is None else as_of_instant(as_of)
    if start >= (end or now):
        raise Invalid(f"since is {start:%Y-%m-%d %H:%M}; choose an instant before {end or now:%Y-%m-%d %H:%M}.")
    then = selectors.health(account_id, start, known=_known_of(start))
    present = selectors.health(account_id, end)
    if then is None or present is None:
        return None
    found = split(_side_then(account_id, then, start), _side_now(account_id, present, end))
    is_rolled_up = then.result.rolled is not None or present.result.rolled is not None
    return Since(
        since=start,
        until=end or present.as_of,
        split=replace(found, points=dict.fromkeys(Cause, 0), is_exact=False) if is_rolled_up else found,
        rule_then=f"{then.scorecard_name} v{then.version}",
        rule_now=f"{present.scorecard_name} v{present.version}",
        late_then=sorted({measure.source for measure in then.result.late}),
        late_now=sorted({measure.source for measure in present.result.late}),
        was_rolled_up=then.result.rolled is not None,
        is_rolled_up_now=present.result.rolled is not None,
        children=_children(account_id, then, present, end=end, now=now) if is_rolled_up else (),
    )


def _known_of(start: datetime) -> Known:
    """As known then, unless it is the end of a day nobody recorded.

    Worked out from what had arrived by then, a day before an import has next to nothing to go by: the score of that
    little stands on no page, and would be told as a change.
    """
    day = start.date() - DAY
    is_recorded = start != midnight(start.date()) or history.latest_day(before=start.date()) == day
    return Known.THEN if is_recorded else Known.NOW


def _side_then(account_id: int, view: HealthView, at: datetime) -> Side:
    score, band = view.score, view.band
    if at == midnight(at.date()):
        # What was recorded when the day ended; worked out again, last good values of late sources would be missing.
        for row in history.of_account(account_id, start=at.date() - DAY, end=at.date(), known=Known.THEN):
            score, band = row["score"], row["band"]
    return _past_side(account_id, view, at, score=score, band=band)


def _side_now(account_id: int, view: HealthView, at: datetime | None) -> Side:
    if at is not None:
        return _past_side(account_id, view, at, score=view.score, band=view.band)
    row = Health.objects.get(pk=account_id)
    card = view.result.scorecard
    values = {m.metric: value for m, value in zip(card.measures, row.detail["values"], strict=True)}
    held = {metric: date.fromisoformat(day) for metric, day in row.detail.get("held_on", {}).items()}
    good = {metric: LastGood(row.detail["good"][metric], midnight(day + DAY)) for metric, day in held.items()}
    return Side(card, view.score, view.band, {**row.detail.get("asked", {}), **values}, good)


def _past_side(account_id: int, view: HealthView, at: datetime, *, score: int | None, band: BandName) -> Side:
    card = view.result.scorecard
    return Side(card, score, band, metrics.profile(account_id, at), selectors.held_before(account_id, card, at))


def _children(
    account_id: int, then: HealthView, present: HealthView, *, end: datetime | None, now: datetime
) -> list[ChildMove]:
    """The children that moved, where one of the two scores is theirs; the largest move first."""
    card = present.result.scorecard
    before = _members(account_id, card, then.as_of, now)
    after = _members(account_id, card, end, now)
    moves = [
        ChildMove(key, one.name, before[key].score if key in before else None, one.score, one.band)
        for key, one in after.items()
        if key not in before or before[key].score != one.score
    ]
    return sorted(moves, key=lambda move: (-abs((move.now or 0) - (move.then or 0)), move.name))


def _members(account_id: int, card: Scorecard, as_of: datetime | None, now: datetime) -> dict[str, Member]:
    found = family(account_id, card, as_of=as_of, now=now)
    return {member.key: member for member in found.members} if found else {}
