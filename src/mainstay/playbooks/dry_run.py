"""What a playbook would do over the next 30 days, were it in force now. Nothing is written and nothing is sent.

Who enters is judged by the function that lets accounts in, day by day: what stands today (signals, stays, stages), and
the dates that will come. Each run is walked by the machine on a clock of its own, with conditions, scores and people as
they stand today. What is still to open, enter, come or be answered is told apart, as the usual rate of the past weeks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import batched
from typing import assert_never

from django.conf import settings
from django.db.models import Count

from mainstay.accounts.models import Account, Contact
from mainstay.common.time import DAY, midnight
from mainstay.deliveries.foreseeing import Planned, foresee
from mainstay.deliveries.permission import Decision, Later, MayGo, Never
from mainstay.people.models import User
from mainstay.playbooks import foresight
from mainstay.playbooks.advancing import states_of
from mainstay.playbooks.candidates import Among, Candidate, candidates
from mainstay.playbooks.commands import OpenTask, RequestDelivery
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run_result import DAYS, MOST_KEPT, DryRun, Entrant, Sent, Sort, Tally, Word
from mainstay.playbooks.entering import Verdict, accounts_for, judge, listening_if_published
from mainstay.playbooks.entries import OnDate, OnRhythm
from mainstay.playbooks.facts import Surroundings
from mainstay.playbooks.foresight import Course, Foreseen
from mainstay.playbooks.ledger import Ledger, Refusal, Who
from mainstay.playbooks.models import Playbook, Run, Task
from mainstay.playbooks.publishing import check_names
from mainstay.playbooks.step import Group
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.usual import usual
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels

MOST_WALKED = 200_000
"""Runs beyond these are counted, not walked."""
# Walked at a time: what is known about their accounts is loaded together.
BATCH = 250
# To explain the health of an account takes longer than all the rest; beyond these, texts say that it is unknown.
_WITH_HEALTH = 100

type Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Walked:
    """A run that would begin, with all that it would do."""

    verdict: Verdict
    run: Run
    course: Course


def dry_run(
    document: Document,
    *,
    now: datetime,
    chosen: Sequence[int] | None = None,
    most: int = MOST_WALKED,
    progress: Progress = lambda _done, _of: None,
) -> DryRun:
    """What it would do from `now` on. Raises BadPlaybook.

    `chosen`: somebody starts it by hand on these accounts, and nothing else lets anybody in. `progress` is told how
    many runs were walked, of how many that are known by then. `most`: runs beyond these are counted only.
    """
    check_names(document)
    rehearsal = _Rehearsal(document, now=now, most=most, progress=progress)
    for number in range(DAYS):
        at = now if number == 0 else midnight(now.astimezone(UTC).date() + number * DAY)
        rehearsal.live_through(number, at, chosen)
    open_now = Task.objects.filter(done_at=None, dismissed_at=None).order_by().values_list("owner")
    rate = usual(document, accounts_for(document), now=now) if chosen is None else None
    order = [step.id for step in document.all_steps]
    return rehearsal.tally.result(order, dict(open_now.annotate(Count("pk"))), rate)


class _Rehearsal:
    """Goes through the days, one after the other."""

    def __init__(self, document: Document, *, now: datetime, most: int, progress: Progress) -> None:
        self.tally = Tally(now)
        self._document, self._now, self._most, self._progress = document, now, most, progress
        self._ledger = Ledger(document, now=now)
        self._around = Surroundings.load(base_url=settings.BASE_URL)
        self._listening = listening_if_published(document, now)
        self._waiting: list[Candidate] = []
        self._ends: list[tuple[datetime, int, int]] = []  # when, and who: the account, the contact or 0
        self._walked = self._known = 0

    def live_through(self, number: int, at: datetime, chosen: Sequence[int] | None) -> None:
        """Who enters on a day, and all that comes of it. Who finds no room waits for the next day."""
        if number:
            self._ledger.next_day(self._ended(at))
        found = [*self._waiting, *self._reasons(number, at, chosen)]
        verdicts = list(judge(self._document, found, now=at, by_hand=chosen is not None, ledger=self._ledger))
        self._note(number, verdicts)
        # Dates come up again by themselves for as long as they count; whatever else stands today stands tomorrow.
        waits = not isinstance(self._document.entry, OnDate | OnRhythm)
        self._waiting = [one.candidate for one in verdicts if one.refusal is Refusal.CAPPED and waits]
        entering = [one for one in verdicts if one.refusal is None]
        for one in entering:
            if one.is_held_out:  # under way with nobody, but in the count of its day
                heappush(self._ends, (at, *_flat(_who(one))))
        self._walk([one for one in entering if not one.is_held_out], at)

    def _ended(self, at: datetime) -> Iterator[Who]:
        while self._ends and self._ends[0][0] <= at:
            _, account_id, contact_id = heappop(self._ends)
            yield account_id, contact_id or None

    def _reasons(self, number: int, at: datetime, chosen: Sequence[int] | None) -> list[Candidate]:
        """The reasons that are new on a day."""
        if chosen is not None:
            return [Candidate(pk, "hand:dry-run", "Started by hand") for pk in chosen] if number == 0 else []
        entry = self._document.entry
        if number and not isinstance(entry, OnDate | OnRhythm):
            return []
        accounts = accounts_for(self._document)
        among = Among(accounts, ran=Run.objects.filter(playbook__key=self._document.key), labels=labels())
        waiting = {(one.account_id, one.reason) for one in self._waiting}
        found = candidates(entry, replace(self._listening, now=at), among)
        return [one for one in found if (one.account_id, one.reason) not in waiting]

    def _note(self, number: int, verdicts: Iterable[Verdict]) -> None:
        tally = self.tally
        for one in verdicts:
            if one.refusal is Refusal.CAPPED:
                tally.waits[number] += 1
            elif one.refusal is not None:
                if number or one.refusal is Refusal.RAN:
                    continue  # the same reasons again
                tally.refused[one.refusal] += 1
            elif one.is_held_out:
                tally.held_out[number] += 1
            else:
                tally.begins[number] += 1
            if len(tally.entrants) < MOST_KEPT and (number == 0 or one.refusal is None):
                tally.entrants.append(_entrant(one, self.tally.first + number * DAY))

    def _walk(self, entering: Sequence[Verdict], at: datetime) -> None:
        room = self._most - self._known
        self.tally.skipped += max(0, len(entering) - room)
        self._known += min(len(entering), max(0, room))
        for batch in batched(entering[: max(0, room)], BATCH):
            walked = list(self._courses(batch, at))
            for one in walked:
                self._count(one)
            self._ask_about_messages(walked)
            self._walked += len(batch)
            self._progress(self._walked, self._known)

    def _courses(self, batch: Sequence[Verdict], at: datetime) -> Iterator[_Walked]:
        runs = _runs(self._document, batch, at)
        with_health = self._document.asks_for_health and self._walked < _WITH_HEALTH
        states = states_of(self._document, runs, self._around, now=at, with_health=with_health)
        for verdict, run, state in zip(batch, runs, states, strict=True):
            course = foresight.foresee(state, at)
            heappush(self._ends, (course.ends_by, *_flat(_who(verdict))))
            yield _Walked(verdict, run, course)

    def _count(self, walked: _Walked) -> None:
        course = walked.course
        self.tally.cut += course.is_cut
        for step, error in course.errors.items():
            self.tally.errors[step, error] += 1
        for one in course.effects:
            when = (one.earliest, one.latest)
            self.tally.add(one.step, one.kind, _sort(one), when, is_certain=one.is_certain)
            if isinstance(one.effect, OpenTask):
                self.tally.add_task(one.effect.owner_id, when, is_certain=one.is_certain)

    def _ask_about_messages(self, walked: Sequence[_Walked]) -> None:
        """What would be decided about the messages to contacts, by what is known today."""
        horizon = self._now + timedelta(days=DAYS)
        asked = [
            (one, each, each.effect)
            for one in walked
            for each in one.course.effects
            if isinstance(each.effect, RequestDelivery)
            and each.effect.contact_id is not None
            and each.earliest < horizon
        ]
        if not asked:
            return
        contacts = {one.run.contact_id: one.run.contact for one in walked if one.run.contact is not None}
        others = {effect.contact_id for *_, effect in asked} - contacts.keys()
        contacts |= Contact.objects.in_bulk(others) if others else {}
        senders = User.objects.in_bulk({effect.sender_id for *_, effect in asked if effect.sender_id is not None})
        planned = [
            Planned(
                at=each.earliest,
                channel=effect.channel,
                category=effect.category,
                contact=contacts[effect.contact_id or 0],
                account=one.run.account,
                sender=senders.get(effect.sender_id or 0),
            )
            for one, each, effect in asked
        ]
        for (one, each, effect), plan, decision in zip(asked, planned, foresee(planned, now=self._now), strict=True):
            self._note_decision(one, each, effect, plan.contact, decision)

    def _note_decision(
        self, one: _Walked, each: Foreseen, effect: RequestDelivery, contact: Contact, decision: Decision
    ) -> None:
        word = _word(decision)
        if word is not Word.GOES:
            # Those who are refused for the same reason are one line.
            said = _of_anybody(decision).replace(str(contact), "the contact")
            self.tally.hindered[word, said[:1].upper() + said[1:]] += 1
        if len(self.tally.sent) < MOST_KEPT:
            days = (each.earliest.astimezone(UTC).date(), each.latest.astimezone(UTC).date())
            self.tally.sent.append(
                Sent(
                    account_id=one.run.account_id,
                    contact_id=contact.pk,
                    step=each.step,
                    subject=effect.subject,
                    earliest=days[0],
                    latest=days[1],
                    is_certain=each.is_certain,
                    word=word,
                    says=decision.sentence,
                )
            )


def _word(decision: Decision) -> Word:
    match decision:
        case MayGo():
            return Word.GOES
        case Later():
            return Word.LATER
        case Never():
            return Word.NEVER
        case _:
            assert_never(decision)


def _of_anybody(decision: Decision) -> str:
    """Why it does not go, without the hour of one recipient."""
    if isinstance(decision, Later) and decision.at is not None:
        return " ".join(decision.caps) or "It is outside the hours and days when the contact is written to."
    return decision.sentence


def _sort(one: Foreseen) -> Sort:
    if isinstance(one.effect, OpenTask):
        return Sort.TASK
    if isinstance(one.effect, RequestDelivery):
        is_to_customers = one.effect.contact_id is not None or one.effect.everybody
        return Sort.MESSAGE if is_to_customers else Sort.NOTICE
    kind = step_types().get(one.kind)
    return Sort.NOTICE if kind is not None and kind.group is Group.MESSAGES else Sort.OTHER


def _who(verdict: Verdict) -> Who:
    return verdict.candidate.account_id, verdict.contact_id


def _flat(who: Who) -> tuple[int, int]:
    return who[0], who[1] or 0


def _entrant(verdict: Verdict, day: date) -> Entrant:
    return Entrant(
        account_id=verdict.candidate.account_id,
        contact_id=verdict.contact_id,
        day=day,
        why=verdict.candidate.why,
        is_held_out=verdict.is_held_out,
        refusal=verdict.refusal or "",
    )


def _runs(document: Document, verdicts: Sequence[Verdict], at: datetime) -> list[Run]:
    """The runs that would begin, with all that they name. They are never saved."""
    playbook = Playbook(key=document.key, name=document.name)
    accounts = Account.objects.select_related("owner").in_bulk({one.candidate.account_id for one in verdicts})
    contacts = Contact.objects.in_bulk({one.contact_id for one in verdicts if one.contact_id is not None})
    signals = Signal.objects.in_bulk({one.candidate.signal_id for one in verdicts if one.candidate.signal_id})
    return [
        Run(
            id=one.run_id,
            playbook=playbook,
            account=accounts[one.candidate.account_id],
            contact=contacts[one.contact_id] if one.contact_id is not None else None,
            signal=signals.get(one.candidate.signal_id or 0),
            reason=one.candidate.reason,
            why=one.candidate.why[:300],
            started_at=at,
            position=document.flow.first,
        )
        for one in verdicts
    ]
