"""The variables of texts in words: `metric.events_28d` is “Events (28 days)” to people. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.templates import LINKS, METRIC, PEERS

IN_WORDS: Mapping[str, Mapping[str, str]] = {
    "account": {
        "name": "account name",
        "key": "account key",
        "tier": "account tier",
        "stage": "account stage",
        "arr": "account ARR",
        "link": "link to the account",
    },
    "contact": {
        "first_name": "contact first name",
        "name": "contact name",
        "email": "contact e-mail",
        "title": "contact title",
        "persona": "contact persona",
        "key": "contact key",
    },
    "owner": {"name": "owner name", "email": "owner e-mail", "signature": "owner signature"},
    "company": {"name": "name of our company"},
    "health": {
        "score": "health score",
        "label": "health in a word",
        "sentence": "why the health is so",
        "plan": "what brings the health back",
    },
    "signal": {
        "label": "signal name",
        "kind": "signal kind",
        "severity": "signal severity",
        "summary": "what the signal says",
        "evidence": "evidence of the signal",
        "opened_at": "when the signal opened",
    },
    "run": {
        "why": "why the playbook started",
        "playbook": "playbook name",
        "key": "playbook key",
        "id": "id of the run",
    },
    "feature": {
        "name": "feature to suggest",
        "description": "what that feature does",
        "share": "share of accounts that use that feature",
    },
}
"""What every text may name, by thing, in the order in which it is offered."""


def variable_text(variable: str, names: Names) -> str:
    """What people call a variable: `account ARR`, the label of a metric, `link “upgrade”`."""
    thing, _, name = variable.partition(".")
    if thing == METRIC and name:
        return names.metric(name)
    if thing == PEERS and name:
        return f"{names.metric(name)}, usual of peers"
    if thing == LINKS and name:
        return f"link “{in_words(name)}”"
    return IN_WORDS.get(thing, {}).get(name) or in_words(variable).replace(".", " ")


@dataclass(frozen=True)
class Variable:
    """A variable to put into a text: `account.arr`, and what people call it."""

    name: str
    label: str


def offered(names: Names) -> list[tuple[str, list[Variable]]]:
    """What a text may name, under headings: what every account has, then links, metrics and what is usual of them."""
    always = [f"{thing}.{name}" for thing, words in IN_WORDS.items() for name in words]
    metrics = sorted(names.metrics, key=lambda key: names.metric(key).casefold())
    groups = {
        "": always,
        "Links": [f"{LINKS}.{name}" for name in sorted(names.links)],
        "Metrics": [f"{METRIC}.{key}" for key in metrics],
        "Usual of peers": [f"{PEERS}.{key}" for key in metrics],
    }
    return [
        (heading, [Variable(name, variable_text(name, names)) for name in found])
        for heading, found in groups.items()
        if found
    ]
