"""What a playbook says, in words for people. Pure."""

from collections.abc import Mapping
from typing import Literal, assert_never

from mainstay.playbooks.document import AfterDays, Document, Exit, Reentry, Subject
from mainstay.playbooks.entries import ByHand, Entry, OnAnswer, OnDate, OnEvent, OnRhythm, OnSegment, OnSignal, OnStage
from mainstay.playbooks.tree import Action, AnyStep

_DATES = {"renewal": "the renewal", "signed": "the signing", "anniversary": "the anniversary of the signing"}


def entry_text(entry: Entry, labels: Mapping[str, str]) -> str:
    """`the signal “Health turned red” opens`; `labels`: of the kinds of signals."""
    match entry:
        case OnSignal():
            return f"the signal “{labels.get(entry.kind, entry.kind)}” is open"
        case OnSegment():
            is_present = " or is in it already" if entry.present else ""
            return f"it enters the segment “{entry.segment}”{is_present}"
        case OnStage():
            return f"it enters the stage “{entry.stage}”"
        case OnDate():
            return _date_text(entry)
        case OnRhythm():
            return _rhythm_text(entry)
        case OnEvent():
            names = ", ".join(f"“{name}”" for name in entry.events)
            return f"the event {names} comes" + (f" with {entry.where}" if entry.where.strip() else "")
        case OnAnswer():
            return f"{entry.survey.upper()} is answered{_range_text(entry)}"
        case ByHand():
            return "somebody starts it"
        case _:
            assert_never(entry)


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


_TITLES = ("title", "subject", "text", "event", "playbook", "condition", "reason")
_LONGEST = 60


def step_text(step: AnyStep) -> str:
    """What a step does, in a line: its title or subject where it has one."""
    if not isinstance(step, Action):
        return ""
    title, rest = told(step.params)
    return title or ", ".join(rest)


def told(params: Mapping[str, object]) -> tuple[str, list[str]]:
    """What a step is told, right or wrong: its title or subject, and what else it says in a word (`due in 2 days`)."""
    named = next((name for name in _TITLES if isinstance(params.get(name), str) and str(params[name]).strip()), "")
    title = " ".join(str(params[named]).split()) if named else ""
    rest = [
        _told(name.replace("_", " "), value)
        for name, value in params.items()
        if name != named and value and not _is_prose(value)
    ]
    return title, [said for said in rest if len(said) <= _LONGEST and "\n" not in said]


def _is_prose(value: object) -> bool:
    """What is read in the form of a step, and not in a line about it."""
    if isinstance(value, Mapping):
        return any(isinstance(one, str) for one in value.values())
    return isinstance(value, str) and " " in value.strip()


def _told(name: str, value: object) -> str:
    """`7 days`, `date of renewal`, `working hours`."""
    if value is True:
        return name
    return _counted(value, name) if isinstance(value, int | float) else f"{name} {_plain(value)}"


def _counted(number: float, name: str) -> str:
    """`1 working day`, `2 working days`, `at most 3`."""
    if name == "most":
        return f"at most {number:g}"
    return f"{number:g} {name.removesuffix('s') if number == 1 else name}"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(
            _counted(one, name.replace("_", " ")) if isinstance(one, int | float) else f"{_plain(one)} {name}"
            for name, one in value.items()
            if one
        )
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
