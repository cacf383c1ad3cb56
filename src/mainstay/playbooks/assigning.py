"""Who gets the work of a step. Pure."""

from typing import Literal, assert_never

from mainstay.playbooks.context import Context, Person
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.step import still_needed

Role = Literal["owner", "onboarding_specialist", "technical_account_manager", "manager", "person", "nobody"]
"""`onboarding_specialist` and `technical_account_manager` are attributes of the account with the e-mail of a user;
where nobody has the role, the owner gets it. `manager`: the manager, where there is one. `person`: an e-mail."""

LABELS = {
    "owner": "The owner of the account",
    "manager": "The manager",
    "person": "A person",
    "nobody": "Whoever takes it",
}


def check_person(role: Role, person: str) -> None:
    """ValueError for pydantic where the person and the role do not fit."""
    if role == "person" and not person.strip():
        raise still_needed("a person (`person`, the e-mail of a user)")
    if role != "person" and person.strip():
        raise ValueError(
            "a person is named, but it is for somebody else: leave `person` empty, or say `assign: person`"
        )


def assigned_text(role: Role, person: str, names: Names) -> str:
    """`for the owner of the account`, `for Helen Marsh`, `for whoever takes it`."""
    match role:
        case "owner":
            return "for the owner of the account"
        case "onboarding_specialist" | "technical_account_manager" | "manager":
            return f"for the {in_words(role)}"
        case "person":
            return f"for {names.person(person)}" if person else "for a person"
        case "nobody":
            return "for whoever takes it"
        case _:
            assert_never(role)


def assignee(role: Role, person: str, context: Context) -> Person | None:
    """Who gets it; None: whoever takes it, also where the person left since the playbook was published."""
    match role:
        case "owner":
            return context.owner
        case "onboarding_specialist" | "technical_account_manager":
            return context.member(role) or context.owner
        case "manager":
            return context.only_manager
        case "person":
            return context.colleague(person)
        case "nobody":
            return None
        case _:
            assert_never(role)
