"""What a playbook says, in words for people. Pure."""

from collections.abc import Mapping
from typing import Literal, assert_never

from mainstay.playbooks.document import AfterDays, Audience, Document, Exit, Reentry, Subject
from mainstay.playbooks.entries import ByHand, Entry, OnAnswer, OnDate, OnEvent, OnRhythm, OnSegment, OnSignal, OnStage
from mainstay.playbooks.loosely import loosely
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.step import Saying
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.tree import Action, AnyStep

_DATES = {"renewal": "the renewal", "signed": "the signing", "anniversary": "the anniversary of the signing"}


def entry_text(entry: Entry, names: Names) -> str:
    """`the signal “Health turned red” is open`, `it enters the segment “At risk”`."""
    match entry:
        case OnSignal():
            return f"the signal “{names.signal(entry.kind)}” is open"
        case OnSegment():
            is_present = " or is in it already" if entry.present else ""
            return f"it enters the segment “{names.segment(entry.segment)}”{is_present}"
        case OnStage():
            return f"it enters the stage “{entry.stage}”"
        case OnDate():
            return _date_text(entry)
        case OnRhythm():
            return _rhythm_text(entry)
        case OnEvent():
            events = ", ".join(f"“{name}”" for name in entry.events)
            return f"the event {events} comes" + (f" with {entry.where}" if entry.where.strip() else "")
        case OnAnswer():
            return f"{entry.survey.upper()} is answered{_range_text(entry)}"
        case ByHand():
            return "somebody starts it"
        case _:
            assert_never(entry)


def audience_text(audience: Audience, names: Names) -> str:
    """Who may enter, beside a condition that is told as it is: `accounts in the segment “At risk”`."""
    if audience.segment:
        return f"accounts in the segment “{names.segment(audience.segment)}”"
    return "" if audience.where.strip() else "every account"


def _date_text(entry: OnDate) -> str:
    if not entry.offset:
        return f"the day of {_DATES[entry.of]} comes"
    days = f"{abs(entry.offset)} {'day' if abs(entry.offset) == 1 else 'days'}"
    return f"it is {days} {'before' if entry.offset < 0 else 'after'} {_DATES[entry.of]}"


def _rhythm_text(entry: OnRhythm) -> str:
    """`it is Monday`, `the 3rd day of a month comes`."""
    if entry.every == "week":
        return f"it is {_WEEKDAYS[entry.day - 1]}"
    return f"it is day {entry.day} of a {entry.every}"


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _range_text(entry: OnAnswer) -> str:
    low, high = entry.at_least, entry.at_most
    if low is not None and high is not None:
        return f" with {low:g} to {high:g}"
    if low is not None:
        return f" with {low:g} or more"
    return f" with {high:g} or less" if high is not None else ""


def reentry_text(document: Document) -> str:
    """How often the same account may come by."""
    return again_text(document.reentry)


def again_text(reentry: Reentry) -> str:
    """`once ever`."""
    match reentry:
        case "never":
            return "once ever"
        case AfterDays(after_days=days):
            return f"again {days} days after the latest run began"
        case _:
            return "again when the latest run has ended"


def exit_text(exit: Exit) -> str:
    """What ends a run early."""
    said = {
        "signal_closed": "the signal closes",
        "goal": "the goal is reached",
        "churned": "the account churns",
        "replied": "somebody answers by mail",
        "condition": exit.where,
    }[exit.when]
    return f"{said}; its open tasks are dismissed" if exit.tasks == "dismiss" else said


def subject_text(document: Document) -> str:
    """Whom a run is about."""
    return about_text(document.subject)


def about_text(subject: Literal["account"] | Subject) -> str:
    """`the account`, `each contact (administrator)`."""
    if not isinstance(subject, Subject):
        return "the account"
    wanted = subject.contacts
    said = [*wanted.persona, *(role.replace("_", " ") for role in wanted.role)]
    who = f"each contact ({', '.join(said)})" if said else "each contact"
    if wanted.active_within_days is not None:
        who += f" active within {wanted.active_within_days} days"
    return "the contact who did it" if wanted.actor else who


def step_text(step: AnyStep, names: Names) -> str:
    """What a step does, in a line: what it is called, else what it says."""
    if not isinstance(step, Action):
        return ""
    said = saying_of(step.type, step.params, names)
    return said.title or said.rest


def saying_of(kind: str, told: Mapping[str, object], names: Names) -> Saying:
    """What a step of this kind says that is told this, right or wrong. Nothing for a kind that nobody knows."""
    found = step_types().get(kind)
    if found is None:
        return Saying()
    said = found.says(loosely(found.params, told), names)
    return Saying(" ".join(said.title.split()), said.rest)


def outcome_text(kind: str, outcome: str) -> str:
    """What an outcome of a step is called: `approved`, `the time was over`."""
    found = step_types().get(kind)
    return found.came_to(outcome) if found else in_words(outcome)
