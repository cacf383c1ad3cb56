"""The one function that decides whether a message may go: values in, a decision with its sentence out. Pure.

What can never be mended by waiting is asked first, so that a message that may not go at all is never called late.
Holdout is decided once, when a run starts; whoever asks for the message hands it in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mainstay.deliveries import local_time
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.policy import Category, Policy

# The key of a choice about everything but service messages.
EVERYTHING = "*"


@dataclass(frozen=True)
class MayGo:
    """It may go now."""

    sentence: str = "It may go."


@dataclass(frozen=True)
class Later:
    """It may not go before `at`; None: not before a person says so. `caps`: the sentences of caps that are reached."""

    at: datetime | None
    sentence: str
    caps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Never:
    """It may not go."""

    sentence: str


type Decision = MayGo | Later | Never


@dataclass(frozen=True)
class Recipient:
    """Who is written to. `is_here` False: a user who may no longer sign in, a contact who left or is gone.
    Of a target (another system): `off`, why nothing goes there, empty when it does.

    Of contacts: `choices` by category (True: asked for it, False: declined it; EVERYTHING for all), `sent`: category
    and instant of what has left or may have left for this person within the longest window of the policy, all playbooks
    together; `suppressed`: why nothing more goes to this address, as a sentence.
    """

    name: str
    address: str
    is_user: bool = False
    is_target: bool = False
    off: str = ""
    is_here: bool = True
    zone: str = "UTC"
    country: str = ""
    suppressed: str = ""
    choices: Mapping[str, bool] = field(default_factory=dict)
    sent: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Question:
    """What is to go. `no_channel`: why its channel is none; `stopped`: why sending is stopped, empty when it is not."""

    to: Recipient
    channel: str
    category: str = ""
    sender_domain: str = ""
    held_out: bool = False
    not_after: datetime | None = None
    no_channel: str = ""
    stopped: str = ""


def decide(question: Question, policy: Policy, *, now: datetime) -> Decision:
    """Whether the message may go at `now`, later, or never."""
    refused = _refusal(question, policy)
    if refused:
        return Never(refused)
    if question.not_after is not None and now >= question.not_after:
        return Never(f"It was to go before {_stamp(question.not_after)} and could not.")
    if question.stopped:
        return Later(None, question.stopped)
    category = policy.category(question.category)
    if question.to.is_user or question.to.is_target or category is None:
        return MayGo()
    return _when(question, category, policy, now=now)


def _refusal(question: Question, policy: Policy) -> str:
    """Why it may never go; empty when it may."""
    to = question.to
    if question.no_channel:
        return question.no_channel
    if to.is_target:
        return to.off
    if to.is_user:
        return "" if to.is_here else f"{to.address} is not the address of an active user."
    if not to.is_here:
        return f"{to.name} is no longer at the account."
    if question.held_out:
        return "The account is held out of this playbook, so that its effect can be measured."
    category = policy.category(question.category)
    if category is None:
        known = ", ".join(one.key for one in policy.categories)
        return f"There is no category '{question.category}' of messages; use one of {known}."
    return _declined(to, category) or (_bad_address(question, policy) if question.channel == "email" else "")


def _declined(to: Recipient, category: Category) -> str:
    if category.service:
        return ""
    chosen = to.choices.get(category.key)
    if chosen is False:
        return f"{to.name} declined messages about {category.name}."
    if to.choices.get(EVERYTHING) is False:
        return f"{to.name} unsubscribed from everything but service messages."
    if category.consent == "opt_in" and chosen is None:
        return f"{to.name} did not ask for messages about {category.name}, which need consent."
    return ""


def _bad_address(question: Question, policy: Policy) -> str:
    to, domain = question.to, question.sender_domain.lower()
    if not to.address:
        return f"{to.name} has no e-mail address."
    if to.suppressed:
        return to.suppressed
    if policy.sending_domains and domain not in policy.sending_domains:
        allowed = ", ".join(policy.sending_domains)
        return f"It would be sent from {domain or 'no domain'}; messages to contacts go from {allowed} only."
    return ""


def _when(question: Question, category: Category, policy: Policy, *, now: datetime) -> Decision:
    to = question.to
    reasons: list[str] = []
    at = now
    for free_at, reason in _caps(to, category, policy, now=now):
        at = max(at, free_at)
        reasons.append(reason)
    caps = tuple(reasons)
    # What is in the app is seen only while somebody uses it: there is no wrong hour.
    if category.quiet and question.channel != IN_APP:
        moment = local_time.first_moment(at, zone=to.zone, country=to.country, policy=policy)
        if moment > at:
            there = local_time.local(at, to.zone)
            reasons.append(f"It is {there} in {to.zone}, outside the hours and days when {to.name} is written to.")
            at = moment
    if at <= now:
        return MayGo()
    until = f"It waits until {local_time.local(at, to.zone)} in {to.zone}."
    if question.not_after is not None and at >= question.not_after:
        return Never(f"{' '.join(reasons)} It was to go before {_stamp(question.not_after)}.")
    return Later(at, f"{' '.join(reasons)} {until}", caps)


def _caps(to: Recipient, category: Category, policy: Policy, *, now: datetime) -> Iterable[tuple[datetime, str]]:
    """The caps that are reached: until when, and the sentence."""
    if category.most is not None:
        sent = [at for key, at in to.sent if key == category.key]
        free_at = _free_at(sent, category.most, category.days, now=now)
        if free_at:
            about = f"about {category.name} within {_days(category.days)}"
            yield free_at, f"{to.name} got {_count(category.most)} {about}, the most one person gets."
    if policy.most is not None and not category.service:
        sent = [at for key, at in to.sent if not _is_service(key, policy)]
        free_at = _free_at(sent, policy.most, policy.days, now=now)
        if free_at:
            yield free_at, f"{to.name} got {_count(policy.most)} within {_days(policy.days)}, the most one person gets."


def _free_at(sent: Iterable[datetime], most: int, days: int, *, now: datetime) -> datetime | None:
    """When one of the last `most` is `days` old, which makes room for the next; None when there is room."""
    window = timedelta(days=days)
    latest = sorted((at for at in sent if at > now - window), reverse=True)
    return latest[most - 1] + window if len(latest) >= most else None


def _is_service(key: str, policy: Policy) -> bool:
    category = policy.category(key)
    return category is not None and category.service


def _count(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"


def _days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"


def _stamp(instant: datetime) -> str:
    return f"{instant:%-d %b %Y %H:%M} UTC"
