"""The document of a playbook: one form for YAML, for what is stored, and for whatever edits it. `reading` reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mainstay.playbooks.entries import ByHand, Entry, OnSignal
from mainstay.playbooks.flow import END, Flow, flow_of
from mainstay.playbooks.hints import hint
from mainstay.playbooks.step import still_needed
from mainstay.playbooks.templates import LINKS, METRIC, OPEN_NAMES, PEERS, names_of_installation
from mainstay.playbooks.tree import KEY, Action, AnyStep, Branch, Condition, Step, Strict, walk

MOST_STEPS = 200
MOST_DEPTH = 8


class Audience(Strict):
    """Which accounts may enter: a condition holds for them, and they are in a shared segment. Empty: every account."""

    where: Condition = Field(default="", title="For whom this holds")
    segment: str = Field(default="", max_length=60, json_schema_extra=hint(choices="segments"))

    @property
    def condition(self) -> str:
        """Both as one condition; empty for every account."""
        if not self.segment:
            return self.where.strip()
        inside = f"in_segment('{self.segment}')"
        return f"({self.where}) and {inside}" if self.where.strip() else inside


class Contacts(Strict):
    """A run for each of these contacts instead of one for the account; those who left are never chosen.

    `actor`: only who sent the event or gave the answer that let the account in.
    """

    persona: tuple[str, ...] = Field(
        default=(), max_length=10, title="With one of these personas", json_schema_extra=hint(suggest="personas")
    )
    role: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        title="With one of these buying roles",
        json_schema_extra=hint(suggest="buying_roles"),
    )
    active_within_days: int | None = Field(default=None, ge=1, le=365, title="Active within days")
    actor: bool = Field(default=False, title="Only who sent the event or gave the answer")
    most: int = Field(
        default=100,
        ge=1,
        le=10_000,
        title="At most",
        description="Contacts of an account at a time, the first by name.",
    )


class Subject(Strict):
    """Whom a run is about, where it is not the account."""

    contacts: Contacts


Purpose = Literal["onboarding", "adoption", "expansion", "risk", "renewal", "advocacy", "relationship", ""]
"""What a playbook is for, as the gallery sorts them; empty: nobody said."""


class AfterDays(Strict):
    """So many days after the latest run began, and never while one is under way."""

    after_days: int = Field(ge=1, le=3650, title="Days after the latest run began")


class Apart(Strict):
    """Playbooks of one group keep clear of each other: who began one begins no other of them within so many days."""

    group: str = Field(pattern=KEY, max_length=60, description="The same in each playbook of the group.")
    days: int = Field(default=90, ge=1, le=3650)


Reentry = Literal["never", "after_exit"] | AfterDays


class Exit(Strict):
    """Ends a run before its next step, and while it waits, at the latest a refresh later.

    `signal_closed`: the signal that let it in closed; `goal`: the goal is reached; `churned`; `replied`: the contact of
    the run, or anybody at the account, wrote a mail since it began; `condition`: `where` holds. `tasks`: whether the
    open tasks of the run stay, for somebody may be in the middle of them, or are dismissed.
    """

    when: Literal["signal_closed", "goal", "churned", "replied", "condition"] = Field(
        json_schema_extra=hint(
            labels={
                "signal_closed": "The signal closes",
                "goal": "The goal is reached",
                "churned": "The account churns",
                "replied": "Somebody answers by mail",
                "condition": "A condition holds",
            }
        )
    )
    where: Condition = Field(
        default="",
        title="The condition",
        json_schema_extra=hint(is_condition=True, goes_with={"when": ["condition"]}),
    )
    tasks: Literal["stay", "dismiss"] = Field(
        default="stay",
        title="Its open tasks",
        json_schema_extra=hint(labels={"stay": "Stay", "dismiss": "Are dismissed"}),
    )

    @model_validator(mode="after")
    def _condition_is_said(self) -> Self:
        if self.when == "condition" and not self.where.strip():
            raise still_needed("a condition (`where`)")
        if self.when != "condition" and self.where.strip():
            raise ValueError("`where` says the condition of `when: condition`, and of no other")
        return self


class Goal(Strict):
    """What the playbook is for: a condition that should hold within so many days after a run began."""

    where: Condition = Field(min_length=1, title="Reached when")
    within_days: int = Field(default=90, ge=1, le=730)


class Caps(Strict):
    """How much at once. What a cap keeps out waits, and the playbook's page says so."""

    starts_a_day: int | None = Field(
        default=None, ge=1, title="Begin a day", description="Runs that begin on a day (UTC)."
    )
    under_way: int | None = Field(default=None, ge=1, description="Runs under way at a time.")


@dataclass(frozen=True)
class Asks:
    """What is read for a run only where it is asked for.

    Texts: metrics of the account, what is usual of them, links, a feature to tell of. Steps: the contacts of the
    account with one of these personas or buying roles.
    """

    metrics: frozenset[str] = frozenset()
    peers: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    feature: bool = False
    personas: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


class Document(Strict):
    """A playbook. `schema_version` names the form of this document; earlier forms are upgraded when they are read."""

    schema_version: Literal[2] = 2
    key: Annotated[str, Field(pattern=KEY, max_length=60)] = Field(
        description="Its name for machines: small letters, digits, underscores. It stays for good.",
        json_schema_extra=hint(section="Key, and what it expects"),
    )
    name: str = Field(min_length=1, max_length=100)
    description: str = Field(
        default="", max_length=1_000, description="What it is for, in a sentence.", json_schema_extra=hint(lines=2)
    )
    purpose: Purpose = Field(default="", description="What it is for; pages sort by it.")
    expects: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(),
        max_length=10,
        description="What must be there for it to work: data, links, people.",
        json_schema_extra=hint(section="Key, and what it expects"),
    )
    owner: str = Field(
        default="",
        max_length=254,
        title="Answers for it",
        description="Who answers for it: an e-mail address.",
        json_schema_extra=hint(suggest="users"),
    )
    audience: Audience = Field(default=Audience(), alias="for")
    entry: Entry
    subject: Literal["account"] | Subject = Field(
        default="account",
        title="A run is about",
        json_schema_extra=hint(labels={"account": "The account", "Subject": "Each of its contacts, if…"}),
    )
    reentry: Reentry = Field(
        default="after_exit",
        title="The same again",
        json_schema_extra=hint(
            labels={
                "never": "Never",
                "after_exit": "When the latest run has ended",
                "AfterDays": "So many days after the latest run began",
            }
        ),
    )
    apart: Apart | None = Field(
        default=None, title="Apart from", json_schema_extra=hint(section="Keep apart from other playbooks")
    )
    exit: tuple[Exit, ...] = Field(default=(), max_length=10, title="Ends early when")
    goal: Goal | None = None
    holdout: int = Field(
        default=0, ge=0, le=50, title="Held out, percent", description="Percent of the accounts that are left alone."
    )
    caps: Caps = Field(default=Caps(), title="At most")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = list(walk(self.steps))
        names = [step.id for step, _ in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the step '{twice[0]}' is there twice; give each step its own id")
        if len(found) > MOST_STEPS or max(depth for _, depth in found) > MOST_DEPTH:
            raise ValueError(f"a playbook has at most {MOST_STEPS} steps, {MOST_DEPTH} branches inside one another")
        if self.key == "new":  # where a new one is made
            raise ValueError("the key 'new' is taken by the page that makes playbooks; choose another one")
        self._check_exits()
        _check_outcomes([step for step, _ in found])
        return self

    def _check_exits(self) -> None:
        for exit in self.exit:
            if exit.when == "goal" and self.goal is None:
                raise ValueError("there is an exit at the goal, but no `goal`")
            if exit.when == "signal_closed" and not isinstance(self.entry, OnSignal | ByHand):
                raise ValueError("there is an exit at a closed signal, but no signal lets accounts in")

    @cached_property
    def flow(self) -> Flow:
        """The tree of steps, flattened."""
        return flow_of(self.steps)

    @property
    def all_steps(self) -> list[AnyStep]:
        """Every step, those inside branches too, as they are read."""
        return [step for step, _ in walk(self.steps)]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each step stands as they are read, from 0; behind them all, the end."""
        steps = [step.id for step in self.all_steps]
        return {**{step: at for at, step in enumerate(steps)}, END: len(steps)}

    @cached_property
    def asked_outcomes(self) -> frozenset[str]:
        """The steps whose outcome a branch asks for."""
        branches = [step for step in self.all_steps if isinstance(step, Branch)]
        return frozenset(arm.after.step for branch in branches for arm in branch.branches if arm.after is not None)

    @cached_property
    def writers(self) -> Mapping[str, str]:
        """The steps that write to contacts, each with the channel."""
        told = [step for step in self.all_steps if isinstance(step, Action)]
        found = {step.id: step.step_type.writes_over(step.typed_params) for step in told}
        return {step: channel for step, channel in found.items() if channel}

    @cached_property
    def asks_for_health(self) -> bool:
        """Whether a text of a step names it."""
        return any("health" in str(step.params) for step in self.all_steps if isinstance(step, Action))

    def texts(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        """Every text of a step that may be a template, with its place in the document."""
        for step in self.all_steps:
            if isinstance(step, Action):
                yield from _texts(step.params, ("steps", step.id, "with"))

    @cached_property
    def asks(self) -> Asks:
        """What the steps need to know beside what is always known."""
        texts = [text for _, text in self.texts()]
        found = [name for text in texts for name in names_of_installation(text)]
        named = {thing: frozenset(one.name for one in found if one.thing == thing) for thing in OPEN_NAMES}
        told = [step.typed_params for step in self.all_steps if isinstance(step, Action)]
        told = [params for params in told if getattr(params, "to", "") == "contacts"]
        return Asks(
            metrics=named[METRIC],
            peers=named[PEERS],
            links=named[LINKS],
            feature=any("feature." in text for text in texts),
            personas=frozenset(one for params in told for one in getattr(params, "persona", ())),
            roles=frozenset(one for params in told for one in getattr(params, "role", ())),
        )

    @cached_property
    def run_conditions(self) -> tuple[str, ...]:
        """The conditions that decide where a run goes: those of exits, of the goal where it ends runs, of branches."""
        return tuple(dict.fromkeys(text for _, text in self._of_runs()))

    def conditions(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        """Every condition on accounts with its place in the document."""
        if self.audience.where.strip():
            yield ("for", "where"), self.audience.where
        if self.goal is not None:
            yield ("goal", "where"), self.goal.where
        yield from self._of_runs()

    def _of_runs(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        for number, exit in enumerate(self.exit):
            if exit.when == "condition":
                yield ("exit", number, "where"), exit.where
            elif exit.when == "goal" and self.goal is not None:
                yield ("goal", "where"), self.goal.where
        for step in self.all_steps:
            if isinstance(step, Branch):
                for number, arm in enumerate(step.branches):
                    if arm.after is None:
                        yield ("steps", step.id, "branches", number, "when"), arm.when
            elif isinstance(step, Action):
                for name in getattr(step.step_type.params, "conditions", ()):
                    if text := getattr(step.typed_params, name):
                        yield ("steps", step.id, "with", name), text

    def as_dict(self) -> dict[str, Any]:
        """What is stored as a version: JSON, defaults written out."""
        return self.model_dump(mode="json", by_alias=True)


def _texts(value: Any, place: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, str):
        if "{" in value:
            yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*place, name))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*place, number))


def _check_outcomes(steps: list[AnyStep]) -> None:
    """An arm asks for an outcome only of a step that is there and can come to it."""
    by_id = {step.id: step for step in steps}
    for branch in (step for step in steps if isinstance(step, Branch)):
        for arm in branch.branches:
            if arm.after is None:
                continue
            asked = by_id.get(arm.after.step)
            if not isinstance(asked, Action) or not asked.step_type.outcomes:
                raise ValueError(f"branch '{branch.id}' asks for an outcome of '{arm.after.step}', which has none")
            if arm.after.outcome not in asked.step_type.outcomes:
                known = ", ".join(asked.step_type.outcomes)
                raise ValueError(f"'{asked.id}' never comes to '{arm.after.outcome}'; use one of {known}")
