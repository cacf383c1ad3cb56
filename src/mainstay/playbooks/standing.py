"""Why an account is in a playbook, or why not: the same checks that let accounts in, told one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mainstay.accounts.models import Account
from mainstay.common.errors import MainstayError
from mainstay.conditions import Condition
from mainstay.facts.arrivals import happened
from mainstay.playbooks import resting
from mainstay.playbooks.candidates import Among, Candidate, candidates, event_condition, event_matches, open_signals
from mainstay.playbooks.document import Document
from mainstay.playbooks.entering import LONGEST_UNHEARD, Verdict, judge, listening_of
from mainstay.playbooks.entries import OnEvent, OnSignal
from mainstay.playbooks.ledger import Refusal
from mainstay.playbooks.models import UNDER_WAY, PlaybookVersion, Run, RunState
from mainstay.playbooks.naming import Names
from mainstay.playbooks.selectors import document_of, names
from mainstay.playbooks.step_names import StepNames
from mainstay.playbooks.wording import audience_text, entry_text
from mainstay.segments import selectors as segments

# How far back an account's events are looked for that let nobody in.
_LOOKED_BACK = timedelta(days=30)


class Outcome(StrEnum):
    """Where an account stands in a playbook."""

    UNDER_WAY = "under_way"
    HELD_OUT = "held_out"
    ENDED = "ended"
    WOULD_ENTER = "would_enter"
    NOT_IN = "not_in"


@dataclass(frozen=True)
class Check:
    """One thing that is asked. `holds` None: it decides nothing here."""

    says: str
    holds: bool | None
    detail: str = ""


@dataclass(frozen=True)
class Standing:
    """An account in a playbook: a sentence, the checks, and its runs, the latest first."""

    version: PlaybookVersion
    outcome: Outcome
    says: str
    checks: Sequence[Check]
    runs: Sequence[Run]

    @property
    def is_in(self) -> bool:
        """Whether a run is under way."""
        return self.outcome is Outcome.UNDER_WAY


def standing_of(account: Account, version: PlaybookVersion, *, now: datetime) -> Standing:
    """Where an account stands. A playbook whose words are gone says so."""
    runs = list(
        Run.objects.filter(playbook=version.playbook_id, account=account)
        .select_related("version__playbook", "contact", "started_by")
        .order_by("-started_at")[:20]
    )
    try:
        document = document_of(version)
        checks = list(_checks(account, version, document, now=now))
    except MainstayError as error:
        checks = [Check("It can be asked", holds=False, detail=error.message)]
    outcome, says = _outcome(version, runs, checks, now=now)
    return Standing(version, outcome, says, checks, runs)


def _outcome(
    version: PlaybookVersion, runs: Sequence[Run], checks: Sequence[Check], *, now: datetime
) -> tuple[Outcome, str]:
    latest = runs[0] if runs else None
    if latest is not None and latest.state in UNDER_WAY:
        said = {RunState.PAUSED: "Paused", RunState.FAILED: "Stopped by an error"}.get(
            RunState(latest.state), "Under way"
        )
        return Outcome.UNDER_WAY, f"{said}{_place(latest, now)}, since {latest.started_at:%-d %B %Y}. {latest.why}."
    if latest is not None and latest.state == RunState.HELD_OUT:
        return Outcome.HELD_OUT, f"Held out since {latest.started_at:%-d %B %Y}, to measure the effect. {latest.why}."
    failing = next((check for check in checks if check.holds is False), None)
    if failing is None:
        until = resting.rests_until(version, resting.marks(), now=now)
        if until is None:
            return Outcome.WOULD_ENTER, "Enters at the next refresh."
        return Outcome.WOULD_ENTER, f"Enters by {until:%H:%M} UTC: many may not enter, and are judged again by then."
    if latest is not None and latest.ended_at is not None:
        because = f": {latest.ended_because[:1].lower()}{latest.ended_because[1:]}" if latest.ended_because else ""
        word = RunState(latest.state).label
        return Outcome.ENDED, f"{word} on {latest.ended_at:%-d %B %Y}{because}."
    return Outcome.NOT_IN, failing.detail or failing.says


def _place(run: Run, now: datetime) -> str:
    """` at Task “Call”`, ` (waits until 3 May, then Task “Call”)`."""
    where = StepNames().of(run.version, run.position)
    if run.state == RunState.ACTIVE and not run.awaits and run.wake_at is not None and run.wake_at > now:
        return f" (waits until {run.wake_at:%-d %B}, then {where})"
    return f" at {where}" if run.position else ""


def _checks(account: Account, version: PlaybookVersion, document: Document, *, now: datetime) -> Iterator[Check]:
    playbook = version.playbook
    yield Check("The playbook runs", playbook.is_active, "" if playbook.is_active else "The playbook is paused.")
    known = names()
    yield from _audience(account, document, known)
    among = Among(Account.objects.filter(pk=account.pk), ran=None, labels=known.signals)
    listening = listening_of(version, document, now)
    reasons = list(candidates(document.entry, listening, among))
    when = entry_text(document.entry, known)
    if not reasons:
        late = ""
        if isinstance(document.entry, OnEvent):
            late = _latest_event(account, version, document.entry, listening.since, now)
        elif isinstance(document.entry, OnSignal) and open_signals(document.entry, among, now=now).exists():
            late = "Its signal stood already when it was first looked at: it begins when somebody says so."
        detail = late or f"Nothing lets it in: it would when {when}."
        yield Check(f"There is a reason: {when}", holds=False, detail=detail)
    else:
        yield Check(f"There is a reason: {when}", holds=True, detail=reasons[-1].why)
    # Without a reason of its own the rest is asked as if there were one.
    asked = reasons or [Candidate(account.pk, "asked", "")]
    yield from _rules(document, list(judge(document, asked, now=now)))


def _audience(account: Account, document: Document, known: Names) -> Iterator[Check]:
    text = document.audience.condition
    if not text:
        yield Check("It is for this account", holds=True, detail="It is for every account.")
        return
    condition = segments.condition(text)
    holds = account.pk in segments.holding_among(condition, [account.pk])
    yield Check("It is for this account", holds, _audience_text(account, document, condition, known, holds=holds))


def _audience_text(account: Account, document: Document, condition: Condition, known: Names, *, holds: bool) -> str:
    audience, where = document.audience, document.audience.where.strip()
    who = audience_text(audience, known)
    if holds:
        return where if not who else f"It is for {who}" + (f", where {where}." if where else ".")
    if not where:
        return f"It is not in the segment “{known.segment(audience.segment)}”."
    said = f"It is for {who}, where {where}" if who else f"The condition does not hold: {where}"
    return f"{said}. {_values_text(account, condition)}".rstrip()


def _values_text(account: Account, condition: Condition) -> str:
    """`Here tier is smb, arr is unknown.`: what the fields of a condition are for the account."""
    found = segments.values_of(condition, account.pk)
    told = [
        f"{name} is {'unknown' if value is None or value == '' else _value_text(value)}"
        for name, value in found.items()
    ]
    return f"Here {', '.join(told)}." if told else ""


def _value_text(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _latest_event(account: Account, version: PlaybookVersion, entry: OnEvent, since: datetime, now: datetime) -> str:
    """The latest event that fits, and what came of it; empty where there is none."""
    condition = event_condition(entry)
    came = happened(entry.events, since=now - _LOOKED_BACK, until=now, account_id=account.pk)
    fitting = [one for one in came if event_matches(entry, condition, one)]
    if not fitting:
        return ""
    latest = max(fitting, key=lambda one: one.timestamp)
    on = f"“{latest.event}” came on {latest.timestamp:%-d %B %Y, %H:%M} UTC"
    if Run.objects.filter(playbook=version.playbook_id, account=account, reason=f"event:{latest.id}").exists():
        return f"{on} and began a run. Another one has to come."
    if latest.timestamp < since:
        return f"{on}, before the playbook began to listen on {since:%-d %B %Y, %H:%M} UTC."
    return (
        f"{on} and let nobody in: it is heard at the next refresh, unless it waited for longer than "
        f"{LONGEST_UNHEARD.days} days or its account was not known when it came."
    )


def _rules(document: Document, verdicts: Sequence[Verdict]) -> Iterator[Check]:
    refusals = {one.refusal for one in verdicts}
    # One reason that gets through is enough.
    refusal = None if None in refusals else next((one.refusal for one in reversed(verdicts)), None)
    if document.goal is not None:
        is_there = refusal is Refusal.AT_GOAL
        said = "The goal is reached already" if is_there else ""
        yield Check("The goal is still to be reached", holds=not is_there, detail=said or document.goal.where)
    again = {
        Refusal.RAN: "It ran for this reason already.",
        Refusal.UNDER_WAY: "A run is under way.",
        Refusal.TOO_SOON: "The latest run began too short a time ago.",
        Refusal.ONCE: "It ran already, and runs once ever.",
        Refusal.NO_CONTACT: "The account has no contact it is for.",
        Refusal.APART: "A playbook it keeps clear of began there too short a time ago.",
    }
    if refusal in again:
        yield Check("It may run now", holds=False, detail=again[refusal])
    elif refusal is Refusal.CAPPED:
        yield Check("There is room", holds=False, detail="The caps of the playbook are reached; it waits.")
    else:
        yield Check("It may run now", holds=True)
    if document.holdout:
        is_held = any(one.is_held_out for one in verdicts)
        said = "It would be held out, to measure the effect." if is_held else "It is not among the held out."
        yield Check(f"{document.holdout} % of the accounts are held out", holds=None, detail=said)
