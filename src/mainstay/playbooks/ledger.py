"""What a playbook had before: the runs of accounts, and how many more its caps let in.

The rules of re-entry and the caps are asked here. A dry run keeps one ledger over many days, so that what it lets in on
one day counts on the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import batched
from uuid import UUID

from mainstay.common.time import midnight
from mainstay.playbooks.apart import Distance
from mainstay.playbooks.document import AfterDays, Document
from mainstay.playbooks.models import UNDER_WAY, Run


class Refusal(StrEnum):
    """Why somebody with a reason does not enter."""

    NOT_FOR = "not_for"
    AT_GOAL = "at_goal"
    RAN = "ran"
    UNDER_WAY = "under_way"
    TOO_SOON = "too_soon"
    ONCE = "once"
    APART = "apart"
    NO_CONTACT = "no_contact"
    CAPPED = "capped"


type Who = tuple[int, int | None]
"""An account, and the contact a run is about."""


@dataclass(frozen=True)
class _Earlier:
    """The runs that somebody had in this playbook."""

    ids: frozenset[UUID] = frozenset()
    is_under_way: bool = False
    latest: datetime | None = None

    def refusal(self, run_id: UUID, document: Document, *, now: datetime, by_hand: bool) -> Refusal | None:
        """What the rules of re-entry say of another run."""
        if run_id in self.ids:
            return Refusal.RAN
        if self.is_under_way:
            return Refusal.UNDER_WAY
        if by_hand or self.latest is None:
            return None
        match document.reentry:
            case "never":
                return Refusal.ONCE
            case AfterDays(after_days=days):
                return Refusal.TOO_SOON if self.latest > now - timedelta(days=days) else None
            case _:
                return None

    def with_run(self, run_id: UUID, began: datetime, *, is_under_way: bool = True) -> "_Earlier":
        """With another one."""
        return _Earlier(
            self.ids | {run_id}, self.is_under_way or is_under_way, max(began, self.latest) if self.latest else began
        )


class Ledger:
    """The earlier runs of whoever was asked for, and the room that is left; what it lets in is written down in it."""

    def __init__(self, document: Document, *, now: datetime) -> None:
        self._document = document
        self._earlier: dict[Who, _Earlier] = {}
        self._read: set[int] = set()
        self._room = _Room(document, now=now)
        self._distance = Distance(document)

    def read(self, account_ids: Iterable[int]) -> None:
        """Make sure of the earlier runs of these accounts."""
        unread = [pk for pk in account_ids if pk not in self._read]
        self._read.update(unread)
        self._distance.read(unread)
        for chunk in batched(unread, 500):
            runs = Run.objects.filter(playbook__key=self._document.key, account__in=chunk)
            for pk, account_id, contact_id, state, began in runs.values_list(
                "pk", "account_id", "contact_id", "state", "started_at"
            ):
                earlier = self._earlier.get((account_id, contact_id), _Earlier())
                self._earlier[account_id, contact_id] = earlier.with_run(pk, began, is_under_way=state in UNDER_WAY)

    def enter(
        self, who: Who, run_id: UUID, *, now: datetime, by_hand: bool, is_held_out: bool = False
    ) -> Refusal | None:
        """Whether a run may begin, which is then written down; else why not."""
        earlier = self._earlier.get(who, _Earlier())
        refusal = earlier.refusal(run_id, self._document, now=now, by_hand=by_hand)
        if refusal is None and not self._distance.is_kept(who[0], now=now):
            refusal = Refusal.APART
        if refusal is None and not by_hand and not self._room.take():
            refusal = Refusal.CAPPED
        if refusal is None:
            self._earlier[who] = earlier.with_run(run_id, now)
            if not is_held_out:
                self._distance.note(who[0], now=now)
        return refusal

    def next_day(self, ended: Iterable[Who]) -> None:
        """Another day begins, on which these are no longer under way."""
        ended = list(ended)
        for who in ended:
            self._earlier[who] = replace(self._earlier.get(who, _Earlier()), is_under_way=False)
        self._room.next_day(len(ended))


def has_room(document: Document, *, now: datetime) -> bool:
    """Whether the caps of a playbook let in another one."""
    return _Room(document, now=now).is_left


class _Room:
    """How many more the caps of a playbook let in. Who is held out counts too: the shares must not shift."""

    def __init__(self, document: Document, *, now: datetime) -> None:
        self._caps, self._begun, self._under_way = document.caps, 0, 0
        runs = Run.objects.filter(playbook__key=document.key)
        if self._caps.starts_a_day is not None:
            today = midnight(now.astimezone(UTC).date())
            self._begun = runs.filter(started_at__gte=today).count()
        if self._caps.under_way is not None:
            self._under_way = runs.filter(state__in=UNDER_WAY).count()

    @property
    def is_left(self) -> bool:
        """Whether there is room for one."""
        if self._caps.starts_a_day is not None and self._begun >= self._caps.starts_a_day:
            return False
        return self._caps.under_way is None or self._under_way < self._caps.under_way

    def take(self) -> bool:
        """Whether there is room for one, which is then taken."""
        if not self.is_left:
            return False
        self._begun += 1
        self._under_way += 1
        return True

    def next_day(self, ended: int) -> None:
        """Nobody began today yet, and so many are no longer under way."""
        self._begun, self._under_way = 0, self._under_way - ended
