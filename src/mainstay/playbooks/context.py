"""What a step may know: the facts about the account and the signal, as plain values. Also what templates see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from mainstay.common.frozen import changed
from mainstay.common.working_time import UTC_CALENDAR, Calendar
from mainstay.playbooks.letters import inert


@dataclass(frozen=True)
class Person:
    """A user of Mainstay who can be given work."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class AccountFacts:
    """The account; `arr` as it is written (`$148,000`), empty when unknown; `link` to its page."""

    key: str
    name: str
    tier: str
    stage: str
    arr: str
    link: str


@dataclass(frozen=True)
class SignalFacts:
    """The signal that started the run; `evidence` as sentences: "Daily active rate: 71% → 38%"."""

    kind: str
    label: str
    severity: str
    summary: str
    evidence: tuple[str, ...]
    opened_at: datetime


@dataclass(frozen=True)
class HealthFacts:
    """The present health: the score as written ("42", "unknown"), its word, why it is so, what brings it back."""

    score: str
    label: str
    sentence: str
    plan: tuple[str, ...]


@dataclass(frozen=True)
class ContactFacts:
    """The contact a run is about."""

    key: str
    name: str
    email: str
    title: str
    persona: str

    @property
    def first_name(self) -> str:
        """What a mail begins with: the first word of the name; "there" where it is an address or a key."""
        first = self.name.split()[0] if self.name.split() else ""
        return first if first and first != self.email and first != self.key and "@" not in first else "there"


@dataclass(frozen=True)
class Colleague:
    """Somebody at the account who can be written to, with the buying roles she has now."""

    id: int
    facts: ContactFacts
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FeatureFacts:
    """A feature of the account's plan that nobody there uses and most others do; empty where there is none.

    `share`: of the accounts that have it, how many use it, as written (`72%`).
    """

    name: str = ""
    description: str = ""
    share: str = ""


@dataclass(frozen=True)
class RunFacts:
    """The run: which playbook, and why the account entered it, as a sentence; its id and the key of the playbook."""

    playbook: str
    why: str
    id: str = ""
    key: str = ""


@dataclass(frozen=True)
class CompanyFacts:
    """The company that runs Mainstay, as the rules of messages name it."""

    name: str = "Your customer success team"
    is_named: bool = False


@dataclass(frozen=True)
class Figure:
    """A value of a metric: a text shows it as written (`65%`), a comparison takes the number; none where unknown."""

    value: float | None
    text: str

    def __str__(self) -> str:
        return self.text

    def __liquid__(self) -> float | None:
        """What Liquid compares and calculates with."""
        return self.value


class Anything(dict[str, Any]):
    """Gives the same for every name: where a text is tried, it is not known yet which names there are."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, key: str) -> Any:
        return self._value


_MOST_REMEMBERED = 1_000

UNKNOWN = Figure(None, "unknown")
NOBODY = ContactFacts(key="", name="", email="", title="", persona="")
UNSCORED = HealthFacts(score="unknown", label="Unknown", sentence="", plan=())


@dataclass(frozen=True)
class Context:
    """All a step sees. `owner` None: nobody owns the account; `managers` then take its place.

    `contact` None: the run is about the account. `signal` has empty texts where no signal started the run.
    `calendar` is that of the contact, else of the account; `owner_calendar` that of the owner.
    `colleagues`: everybody who can be given work, by e-mail in lower case; `team`: the e-mail by role at the account.
    """

    now: datetime
    account: AccountFacts
    signal: SignalFacts
    owner: Person | None
    health: HealthFacts = UNSCORED
    managers: tuple[Person, ...] = ()
    contact: ContactFacts | None = None
    run: RunFacts = RunFacts(playbook="", why="")
    calendar: Calendar = UTC_CALENDAR
    owner_calendar: Calendar = UTC_CALENDAR
    colleagues: Mapping[str, Person] = field(default_factory=dict)
    team: Mapping[str, str] = field(default_factory=dict)
    contact_id: int | None = None
    renews_on: date | None = None
    signed_on: date | None = None
    company: CompanyFacts = CompanyFacts()
    metrics: Mapping[str, Figure] = field(default_factory=dict)
    peers: Mapping[str, Figure] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    people: tuple[Colleague, ...] = ()
    feature: FeatureFacts = FeatureFacts()

    def at(self, now: datetime) -> "Context":
        """The same at another instant; what texts see of it is worked out once."""
        _ = self.texts  # there before it is shared: no text sees the time
        return changed(self, now=now)

    def chosen(self, *, persona: Collection[str], role: Collection[str], most: int) -> list["Context"]:
        """The context of each contact at the account with one of the personas and one of the roles, by name.

        None of either asks for none; only what `people` holds is known.
        """
        fitting = [
            one
            for one in self.people
            if (not persona or one.facts.persona in persona) and (not role or one.roles & set(role))
        ]
        return [replace(self, contact=one.facts, contact_id=one.id) for one in fitting[:most]]

    @property
    def _signature(self) -> str:
        """How a mail in the owner's name ends; in the company's where nobody owns the account."""
        if self.owner is None:
            return self.company.name
        return f"{self.owner.name}\n{self.company.name}" if self.company.is_named else self.owner.name

    @property
    def only_manager(self) -> Person | None:
        """The manager a task can be given to; None where there are several, or none: whoever takes it has it."""
        return self.managers[0] if len(self.managers) == 1 else None

    def colleague(self, email: str) -> Person | None:
        """Whoever has this e-mail; None where nobody who can be given work has it."""
        return self.colleagues.get(email.strip().lower())

    def member(self, role: str) -> Person | None:
        """Who has this role in the team of the account."""
        return self.colleague(self.team.get(role, ""))

    @cached_property
    def texts(self) -> "Texts":
        """What texts see of it."""
        owner = self.owner or Person(id=0, name="nobody", email="")
        return Texts({
            "account": vars(self.account),
            "health": {**vars(self.health), "plan": list(self.health.plan)},
            "signal": {**vars(self.signal), "evidence": list(self.signal.evidence)},
            "owner": {"name": owner.name, "email": owner.email, "signature": self._signature},
            "contact": _contact_names(self.contact or NOBODY),
            "run": vars(self.run),
            "company": {"name": self.company.name},
            "feature": vars(self.feature),
            "metric": self.metrics,
            "peers": self.peers,
            "links": self.links,
        })  # fmt: skip


class Texts:
    """What texts see: the names a template may use. Texts that were filled in with them are remembered.

    `names`: `account`, `contact`, `health`, `signal`, `owner`, `run`, `company`, `feature`; and those of the
    installation, `metric`, `peers`, `links`.
    """

    def __init__(self, names: Mapping[str, Mapping[str, Any]]) -> None:
        self.names = names
        self.filled_in: dict[tuple[str, bool], str] = {}

    def remember(self, template: str, text: str, *, inert: bool) -> None:
        """Keep a text, unless there are more than any playbook has: drafts are tried on one context again and again."""
        if len(self.filled_in) < _MOST_REMEMBERED:
            self.filled_in[template, inert] = text

    @cached_property
    def inert_names(self) -> Mapping[str, Mapping[str, Any]]:
        """The names for mails: no sign in a value means anything."""
        ours = {"metric", "peers", "links"}
        return {
            thing: values if thing in ours else {name: _inert(value) for name, value in values.items()}
            for thing, values in self.names.items()
        }


def _contact_names(contact: ContactFacts) -> Mapping[str, Any]:
    return {**vars(contact), "first_name": contact.first_name}


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return inert(value)
    return [_inert(one) for one in value] if isinstance(value, list) else value


SAMPLE = Context(
    now=datetime(2026, 1, 5, 9, tzinfo=UTC),
    account=AccountFacts(
        key="acme",
        name="Acme",
        tier="enterprise",
        stage="adoption",
        arr="$148,000",
        link="http://localhost:8000/accounts/acme/",
    ),
    signal=SignalFacts(
        kind="health_red",
        label="Health turned red",
        severity="critical",
        summary="The score fell from 71 to 42.",
        evidence=("Daily active rate: 71% → 38%",),
        opened_at=datetime(2026, 1, 5, 8, tzinfo=UTC),
    ),
    owner=Person(id=1, name="Alice", email="alice@example.com"),
    health=HealthFacts(
        score="42",
        label="At risk",
        sentence="Product usage and support pull it down.",
        plan=("Product usage: +40 with 70% active",),
    ),
    contact=ContactFacts(
        key="carol", name="Carol Diaz", email="carol@acme.example", title="Head of operations", persona="administrator"
    ),
    run=RunFacts(
        playbook="Risk outreach",
        why="Health turned red: the score fell from 71 to 42.",
        id="8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01",
        key="risk_outreach",
    ),
    renews_on=date(2026, 4, 1),
    signed_on=date(2024, 4, 1),
    company=CompanyFacts("Orchard", is_named=True),
    metrics=Anything(Figure(42, "42")),
    peers=Anything(Figure(38, "38")),
    links=Anything("https://example.com/"),
    feature=FeatureFacts("Approval workflows", "Colleagues approve a campaign before it goes out.", "72%"),
)
"""Stands in wherever a template is tried before it is published."""
