"""What came of a dry run, as its page and its files show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account, Contact
from mainstay.people.models import User
from mainstay.people.services import record_audit
from mainstay.playbooks import trials
from mainstay.playbooks.calling import plainly, step_called
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run_result import Bounds, Count, DryRun, Entrant, Sent, Sort, StepLine, Word
from mainstay.playbooks.entries import ByHand, OnSegment
from mainstay.playbooks.ledger import Refusal
from mainstay.playbooks.models import Trial
from mainstay.playbooks.naming import Names
from mainstay.playbooks.selectors import names
from mainstay.playbooks.tree import Action
from mainstay.playbooks.wording import entry_text, step_text
from mainstay.web import formats, svg
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of

MOST_ROWS = 50
REFUSALS: Mapping[str, str] = {
    Refusal.NOT_FOR: "it is not for them",
    Refusal.AT_GOAL: "the goal is reached already",
    Refusal.RAN: "it ran for this reason already",
    Refusal.UNDER_WAY: "a run is under way there",
    Refusal.TOO_SOON: "the latest run began too short a time ago",
    Refusal.ONCE: "it ran there already, and runs once ever",
    Refusal.NO_CONTACT: "there is no contact it is for",
    Refusal.CAPPED: "the caps leave no room; they wait",
    Refusal.APART: "another playbook of its group began there too short a time ago",
}
WORDS: Mapping[str, tuple[str, str]] = {
    Word.GOES: ("goes", "g"),
    Word.LATER: ("later", "y"),
    Word.NEVER: ("never", "r"),
}
ENTRY_HEADS = ("day", "account", "account_name", "contact", "why", "held_out", "refused_because")
MESSAGE_HEADS = (
    "earliest", "latest", "in_any_case", "account", "account_name", "contact", "step", "subject", "would", "because",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A step that does something."""

    line: StepLine
    label: str
    icon: str
    text: str
    within: str


@dataclass(frozen=True)
class Person:
    """Somebody's work, week by week."""

    name: str
    open_now: int
    weeks: Sequence[str]


@dataclass(frozen=True)
class EntrantRow:
    """Who has a reason, at an account that is still known."""

    account: Account
    contact: Contact | None
    one: Entrant
    refusal: str


@dataclass(frozen=True)
class SentRow:
    """A message that would be sent."""

    account: Account
    contact: Contact
    one: Sent
    word: str
    mark: str


@dataclass(frozen=True)
class DryRunTold:
    """All of it, ready to be shown."""

    found: DryRun
    starts: str
    nobody: str
    errors: Sequence[tuple[str, str, int]]
    begins: int
    messages: str
    tasks: str
    begins_chart: SafeString
    messages_chart: SafeString | None
    tasks_chart: SafeString | None
    steps: Sequence[Step]
    people: Sequence[Person]
    refused: Sequence[tuple[str, int]]
    hindered: Sequence[tuple[str, str, Count]]
    entrants: Sequence[EntrantRow]
    sent: Sequence[SentRow]
    days: Sequence[tuple[date, int, int, int, str, str]]


def _nobody(found: DryRun, document: Document, starts: str) -> str:
    """Why nobody enters, and what to do about it."""
    if found.refused:
        count = formats.plural(sum(one.count for one in found.refused), "account")
        return f"{count} would have a reason, and something keeps each of them out: see below and beside."
    if isinstance(document.entry, ByHand):
        return "Somebody has to start it: at an account, or for the accounts that are ticked in the Portfolio."
    if isinstance(document.entry, OnSegment) and not document.entry.present:
        return f"It starts when {starts}. Accounts that are in it already enter where the playbook says so."
    return f"It starts when {starts}. It begins with what happens from now on."


def told_of(found: DryRun, document: Document) -> DryRunTold:
    """A dry run of a document, for its page."""
    messages, tasks = found.total(Sort.MESSAGE), found.total(Sort.TASK)
    known, steps = names(), document.flow.steps
    starts = entry_text(document.entry, known)
    begins = [(day.day, day.begins, day.begins) for day in found.days]
    return DryRunTold(
        found=found,
        starts=starts,
        nobody=_nobody(found, document, starts),
        errors=[(step_called(steps.get(step), known, id=step), error, runs) for step, error, runs in found.errors],
        begins=found.entering - found.held_out,
        messages=text_of(messages),
        tasks=text_of(tasks),
        begins_chart=svg.bounds(begins, label="Runs that begin, by day", unit="begin"),
        messages_chart=_chart(found, Sort.MESSAGE, "Messages to contacts, by day", "messages"),
        tasks_chart=_chart(found, Sort.TASK, "Tasks, by day", "tasks"),
        steps=list(_steps(found, document, known)),
        people=_people(found),
        refused=[(REFUSALS.get(one.says, one.says), one.count) for one in found.refused],
        hindered=[(*WORDS[one.word], one) for one in found.hindered],
        entrants=list(_entrants(found.entrants[:MOST_ROWS])),
        sent=list(_sent(found.sent[:MOST_ROWS])),
        days=[
            (day.day, day.begins, day.held_out, day.waits, text_of(day.of(Sort.MESSAGE)), text_of(day.of(Sort.TASK)))
            for day in found.days
        ],
    )


def text_of(one: Bounds) -> str:
    """`12`, `3 to 12`, `up to 12`."""
    if one.is_exact:
        return formats.plain(one.most)
    return (
        f"{formats.plain(one.least)} to {formats.plain(one.most)}" if one.least else f"up to {formats.plain(one.most)}"
    )


def _chart(found: DryRun, sort: Sort, label: str, unit: str) -> SafeString | None:
    """None where there is nothing to draw."""
    if not found.total(sort).most:
        return None
    return svg.bounds([(day.day, day.of(sort).least, day.of(sort).most) for day in found.days], label=label, unit=unit)


def _steps(found: DryRun, document: Document, known: Names) -> Iterator[Step]:
    for line in found.steps:
        step = document.flow.steps.get(line.step)
        if isinstance(step, Action):
            text, kind = plainly(step_text(step, known), known), step.step_type
            yield Step(line, kind.label, kind.icon, text, text_of(line.within))


def _people(found: DryRun) -> list[Person]:
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[one.owner_id for one in found.load])}
    return [
        Person(
            "Nobody yet" if one.owner_id is None else names.get(one.owner_id, "A former user"),
            one.open_now,
            [text_of(week) if week.most else "" for week in one.weeks],
        )
        for one in found.load
    ]


def _entrants(entrants: Sequence[Entrant]) -> Iterator[EntrantRow]:
    accounts = Account.objects.in_bulk({one.account_id for one in entrants})
    contacts = Contact.objects.in_bulk({one.contact_id for one in entrants if one.contact_id is not None})
    for one in entrants:
        if one.account_id in accounts:
            refusal = REFUSALS.get(one.refusal, one.refusal) if one.refusal else ""
            yield EntrantRow(accounts[one.account_id], contacts.get(one.contact_id or 0), one, refusal)


def _sent(sent: Sequence[Sent]) -> Iterator[SentRow]:
    accounts = Account.objects.in_bulk({one.account_id for one in sent})
    contacts = Contact.objects.in_bulk({one.contact_id for one in sent})
    for one in sent:
        if one.account_id in accounts and one.contact_id in contacts:
            yield SentRow(accounts[one.account_id], contacts[one.contact_id], one, *WORDS[one.word])


@require_GET
def export_entrants(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Who has a reason, as CSV."""
    trial, found = _found(request, pk)
    rows = (
        (
            row.one.day, row.account.key, row.account.name, row.contact and row.contact.key, row.one.why,
            row.one.is_held_out, row.refusal,
        )
        for row in _entrants(found.entrants)
    )  # fmt: skip
    return _csv(trial, "entries", ENTRY_HEADS, rows)


@require_GET
def export_messages(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """The messages to contacts, as CSV."""
    trial, found = _found(request, pk)
    rows = (
        (
            row.one.earliest, row.one.latest, row.one.is_certain, row.account.key, row.account.name, row.contact.key,
            row.one.step, row.one.subject, row.word, row.one.says,
        )
        for row in _sent(found.sent)
    )  # fmt: skip
    return _csv(trial, "messages", MESSAGE_HEADS, rows)


def _found(request: HttpRequest, pk: UUID) -> tuple[Trial, DryRun]:
    trial = get_object_or_404(Trial, pk=pk)
    found = trials.dry_run_of(trial)
    record_audit(user_of(request), "playbooks.dry_run_exported", f"playbook:{trial.key}")
    return trial, found


def _csv(trial: Trial, what: str, heads: Sequence[str], rows: Iterator[Sequence[object]]) -> StreamingHttpResponse:
    return csv_response(f"{trial.key}-dry-run-{what}-{trial.asked_at:%Y-%m-%d}", heads, rows)
