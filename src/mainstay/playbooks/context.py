"""What a step may know: the facts about the account and the signal, as plain values. Also what templates see."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


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


UNSCORED = HealthFacts(score="unknown", label="Unknown", sentence="", plan=())


@dataclass(frozen=True)
class Context:
    """All a step sees. `owner` None: nobody owns the account; `managers` then take its place."""

    now: datetime
    account: AccountFacts
    signal: SignalFacts
    owner: Person | None
    health: HealthFacts = UNSCORED
    managers: tuple[Person, ...] = ()

    def for_templates(self) -> dict[str, Any]:
        """The names a template may use: `account`, `health`, `signal`, `owner`."""
        owner = self.owner or Person(id=0, name="nobody", email="")
        return {
            "account": asdict(self.account),
            "health": {**asdict(self.health), "plan": list(self.health.plan)},
            "signal": {**asdict(self.signal), "evidence": list(self.signal.evidence)},
            "owner": {"name": owner.name, "email": owner.email},
        }


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
)
"""Stands in wherever a template is tried before it is published."""
