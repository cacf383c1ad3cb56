"""Gathers what steps may know about runs, as plain values: for many runs at once, in a few statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import Q

from mainstay.accounts.models import Account, Contact
from mainstay.accounts.team import TEAM_ROLES
from mainstay.common.calendars import is_country
from mainstay.common.money import Money
from mainstay.common.working_time import Calendar
from mainstay.deliveries.policies import policy_in_force
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.profile_table import stored_columns
from mainstay.people.models import Role, User
from mainstay.playbooks import figures
from mainstay.playbooks.context import (
    UNSCORED,
    AccountFacts,
    Colleague,
    CompanyFacts,
    ContactFacts,
    Context,
    FeatureFacts,
    HealthFacts,
    Person,
    RunFacts,
    SignalFacts,
)
from mainstay.playbooks.document import Asks
from mainstay.playbooks.figures import Peers
from mainstay.playbooks.models import Run
from mainstay.playbooks.spotlights import NOTHING, Spotlights
from mainstay.scores.selectors import health
from mainstay.scores.values import written
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels

_OURS = {"arr", "days_to_renewal"}
_NOTHING = Asks()


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every run of a round: a few statements instead of a few per run."""

    managers: tuple[Person, ...]
    colleagues: Mapping[str, Person]
    base_url: str
    signal_labels: Mapping[str, str]
    profile_day: date | None
    has_figures: bool
    company: CompanyFacts
    links: Mapping[str, str]
    peers: Peers = field(default_factory=Peers)
    spotlights: Spotlights = field(default_factory=Spotlights)

    @classmethod
    def load(cls, *, base_url: str) -> "Surroundings":
        """The active managers, or the administrators where there are none; and all who can be given work."""
        active = [user for user in User.objects.filter(is_active=True) if user.has_role(Role.CSM)]
        managers = [user for user in active if user.role == Role.MANAGER]
        managers = managers or [user for user in active if user.role == Role.ADMINISTRATOR]
        latest = ProfileRun.objects.first()
        policy = policy_in_force()
        return cls(
            managers=tuple(_person(user) for user in managers),
            colleagues={user.email.lower(): _person(user) for user in active},
            base_url=base_url.rstrip("/"),
            signal_labels=labels(),
            profile_day=latest.as_of.date() if latest else None,
            has_figures=stored_columns() >= _OURS,  # before the first profile there are none
            company=CompanyFacts(policy.company, is_named=True) if policy.company else CompanyFacts(),
            links=policy.links,
        )


@dataclass(frozen=True)
class _Known:
    """Of many accounts, what their runs ask for: metrics by name, health, people, the feature to tell of."""

    asks: Asks
    metrics: Mapping[int, Mapping[str, float | None]]
    health: Mapping[int, HealthFacts]
    people: Mapping[int, Sequence[Colleague]]
    features: Mapping[int, FeatureFacts]


def contexts_of(
    runs: Sequence[Run], surroundings: Surroundings, *, with_health: bool, asks: Asks = _NOTHING, now: datetime
) -> list[Context]:
    """The context of each run. They come with their account, its owner, their contact, signal and playbook.

    `with_health` False: nobody asks for the health, which takes longer to explain than all the rest. `asks`: what else
    the playbook needs to know.
    """
    ids = {run.account_id for run in runs}
    wanted = {*(_OURS if surroundings.has_figures else ()), *asks.metrics}
    known = _Known(
        asks,
        metrics=figures.read(wanted, ids) if wanted else {},
        health={pk: _health_facts(pk) for pk in ids} if with_health else {},
        people=_people(asks, ids, now=now),
        features=surroundings.spotlights.choose(ids, now=now) if asks.feature else {},
    )
    return [_context(run, surroundings, known, now) for run in runs]


def _people(asks: Asks, account_ids: Collection[int], *, now: datetime) -> Mapping[int, Sequence[Colleague]]:
    """Who is at the accounts with a persona or a buying role that is asked for, by name."""
    found: dict[int, list[Colleague]] = {}
    if not asks.personas and not asks.roles:
        return found
    today = now.date()
    held = Q(roles__since__lte=today) & (Q(roles__until=None) | Q(roles__until__gt=today))
    wanted = Q(persona__in=asks.personas) | Q(held, roles__role__in=asks.roles)
    rows = Contact.objects.filter(wanted, Q(left_on=None) | Q(left_on__gt=today), account__in=account_ids)
    for contact in rows.distinct().order_by("name", "pk").prefetch_related("roles"):
        roles = (one for one in contact.roles.all() if one.since <= today and (one.until is None or one.until > today))
        person = Colleague(contact.pk, _contact_facts(contact), frozenset(one.role for one in roles))
        found.setdefault(contact.account_id or 0, []).append(person)
    return found


def _context(run: Run, around: Surroundings, known: _Known, now: datetime) -> Context:
    account, signal, contact = run.account, run.signal, run.contact
    owner = account.owner if account.owner is not None and account.owner.is_active else None
    renews_on = None
    metrics = known.metrics.get(run.account_id, {})
    days = metrics.get("days_to_renewal")
    if around.profile_day is not None and days is not None:
        renews_on = around.profile_day + timedelta(days=int(days))
    return Context(
        now=now,
        account=AccountFacts(
            key=account.key,
            name=account.name,
            tier=account.tier,
            stage=account.stage,
            arr=_arr(signal, metrics.get("arr")),
            link=f"{around.base_url}/accounts/{quote(account.key, safe='')}/",
        ),
        signal=_signal_facts(signal, run, around.signal_labels),
        health=known.health.get(run.account_id, UNSCORED),
        owner=_person(owner) if owner is not None else None,
        managers=around.managers,
        colleagues=around.colleagues,
        team={role: str(account.attributes.get(role) or "") for role in TEAM_ROLES},
        contact=_contact_facts(contact) if contact is not None else None,
        contact_id=run.contact_id,
        run=RunFacts(playbook=run.playbook.name, why=run.why, id=str(run.pk), key=run.playbook.key),
        calendar=calendar_of(account, contact),
        owner_calendar=Calendar(time_zone=owner.time_zone) if owner is not None else calendar_of(account, None),
        renews_on=renews_on,
        signed_on=account.signed_on,
        company=around.company,
        metrics={key: figures.figure(key, metrics.get(key)) for key in known.asks.metrics},
        peers={key: figures.usual(key, around.peers.median(key, account.tier)) for key in known.asks.peers},
        links=around.links,
        people=tuple(known.people.get(run.account_id, ())),
        feature=known.features.get(run.account_id, NOTHING),
    )


def calendar_of(account: Account, contact: Contact | None) -> Calendar:
    """Where a contact works, else where the account is: their attribute `time_zone`, the account's country."""
    zone = ""
    for attributes in (contact.attributes if contact else {}, account.attributes):
        zone = zone or str(attributes.get("time_zone") or attributes.get("timezone") or "")
    code = account.country.strip().upper()
    return Calendar(time_zone=zone or "UTC", country=code if len(code) == 2 and is_country(code) else "")


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
    if signal is None:  # none started the run, or it was deleted since: the run still knows when it began
        return SignalFacts("", "", "", "", (), run.started_at)
    return SignalFacts(
        kind=signal.kind,
        label=labels.get(signal.kind, signal.kind),
        severity=signal.severity,
        summary=signal.summary,
        evidence=tuple(_sentence(item) for item in signal.evidence),
        opened_at=signal.opened_at,
    )


def _contact_facts(contact: Contact) -> ContactFacts:
    return ContactFacts(
        key=contact.key,
        name=contact.name or contact.email or contact.key,
        email=contact.email,
        title=contact.title,
        persona=contact.persona,
    )


def _arr(signal: Signal | None, arr: float | None) -> str:
    """What the signal says is at stake, else the ARR of the profile."""
    if signal is not None and signal.at_stake_minor is not None:
        return str(Money(signal.at_stake_minor, signal.currency))
    return "" if arr is None else str(figures.figure("arr", arr))


def _sentence(item: dict[str, Any]) -> str:
    """`{"label": "Seat use", "then": 71, "now": 92, "unit": "percent"}` as "Seat use: 71% → 92%"."""
    unit = item.get("unit", "")
    now, then = (written(item.get(name), unit) for name in ("now", "then"))
    change = f"{then} → {now}" if item.get("then") is not None and then != now else now
    return f"{item.get('label') or item.get('field', '')}: {change}"


def _person(user: User) -> Person:
    return Person(id=user.pk, name=user.name, email=user.email)
