"""Gathers what a step may know about a run, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mainstay.common.money import Money
from mainstay.people.models import Role, User
from mainstay.playbooks.context import UNSCORED, AccountFacts, Context, HealthFacts, Person, SignalFacts
from mainstay.playbooks.models import Run
from mainstay.scores.arithmetic import LABELS
from mainstay.scores.selectors import health
from mainstay.scores.wording import value_text
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every run of a round: one query instead of one per run."""

    managers: tuple[Person, ...]
    base_url: str
    signal_labels: Mapping[str, str]

    @classmethod
    def load(cls, *, base_url: str) -> "Surroundings":
        """The active managers, or the administrators where there are none."""
        active = list(User.objects.filter(is_active=True, role__in=[Role.MANAGER, Role.ADMINISTRATOR]))
        managers = [user for user in active if user.role == Role.MANAGER] or active
        return cls(
            managers=tuple(_person(user) for user in managers), base_url=base_url.rstrip("/"), signal_labels=labels()
        )


def context_of(run: Run, surroundings: Surroundings, *, now: datetime) -> Context:
    """The context of a run's next step. `run` comes with its account, its owner and its signal."""
    account, signal = run.account, run.signal
    owner = account.owner
    return Context(
        now=now,
        account=AccountFacts(
            key=account.key,
            name=account.name,
            tier=account.tier,
            stage=account.stage,
            arr=_arr(signal),
            link=f"{surroundings.base_url}/accounts/{quote(account.key, safe='')}/",
        ),
        signal=_signal_facts(signal, run, surroundings.signal_labels),
        health=_health_facts(account.pk),
        owner=_person(owner) if owner is not None and owner.is_active else None,
        managers=surroundings.managers,
    )


def _health_facts(account_id: int) -> HealthFacts:
    view = health(account_id)
    if view is None:
        return UNSCORED
    return HealthFacts(
        score="unknown" if view.score is None else str(view.score),
        label=view.label,
        sentence=view.sentence,
        plan=tuple(f"{step.label}: +{step.gain} with {step.needs}" for step in view.plan().steps if step.needs),
    )


def _signal_facts(signal: Signal | None, run: Run, labels: Mapping[str, str]) -> SignalFacts:
    if signal is None:  # deleted since: the run still knows when it started
        return SignalFacts("", "", "", "", (), run.started_at)
    return SignalFacts(
        kind=signal.kind,
        label=labels.get(signal.kind, signal.kind),
        severity=signal.severity,
        summary=signal.summary,
        evidence=tuple(_sentence(item) for item in signal.evidence),
        opened_at=signal.opened_at,
    )


def _arr(signal: Signal | None) -> str:
    if signal is None or signal.at_stake_minor is None:
        return ""
    return str(Money(signal.at_stake_minor, signal.currency))


def _sentence(item: dict[str, Any]) -> str:
    """`{"label": "Seat use", "then": 71, "now": 92, "unit": "percent"}` as "Seat use: 71% → 92%"."""
    unit = item.get("unit", "")
    now, then = (_value(item.get(name), unit) for name in ("now", "then"))
    change = f"{then} → {now}" if item.get("then") is not None and then != now else now
    return f"{item.get('label') or item.get('field', '')}: {change}"


def _value(value: Any, unit: str) -> str:
    if value is None:
        return "unknown"
    if unit == "boolean":
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value_text(float(value), unit)
    return LABELS.get(value, str(value))


def _person(user: User) -> Person:
    return Person(id=user.pk, name=user.name, email=user.email)
