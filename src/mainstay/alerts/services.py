"""Writes: what people ask for, and the alerts about new signals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from mainstay.alerts import mails, selectors
from mainstay.alerts.budget import Decision, decide, value_of
from mainstay.alerts.errors import BadPreferences
from mainstay.alerts.models import (
    PUSHED,
    Alert,
    Channel,
    DataAlert,
    Outcome,
    Preferences,
    Rhythm,
    Rule,
    Scope,
    Timing,
    Watermark,
)
from mainstay.alerts.periods import start_of_day
from mainstay.common.addresses import BadUrl
from mainstay.common.ids import derived_id
from mainstay.deliveries import posting
from mainstay.deliveries.services import request_delivery
from mainstay.people.models import User
from mainstay.people.services import record_audit
from mainstay.signals.models import Signal
from mainstay.signals.selectors import declared

MOST_RULES = 12
MOST_BUDGET = 50
# Signals are looked at in such portions, each a transaction of its own.
PORTION = 500
_MARK = "signals"


@dataclass(frozen=True)
class NewRule:
    """A rule as somebody writes it. No categories: every one; no severities: every one."""

    timing: Timing
    channels: tuple[Channel, ...]
    categories: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    scope: Scope = Scope.MINE


@dataclass(frozen=True)
class AlertResult:
    """What a round did."""

    at_once: int = 0
    waiting: int = 0

    def __add__(self, other: "AlertResult") -> "AlertResult":
        return AlertResult(self.at_once + other.at_once, self.waiting + other.waiting)


@dataclass
class _Wanted:
    """What somebody is to be told of in this round, with the rule that says so."""

    user: User
    found: list[tuple[Signal, Rule]] = field(default_factory=list)


@transaction.atomic
def save_preferences(
    user: User,
    *,
    rhythm: Rhythm,
    hour: int,
    weekday: int,
    scope: Scope,
    budget: int,
    webhook: str,
    now: datetime,
) -> Preferences:
    """Keep how somebody is told. Raises BadPreferences."""
    if not 0 <= hour <= 23 or not 0 <= weekday <= 6:
        raise BadPreferences(f"A digest comes at an hour from 0 to 23 of a weekday from 0 to 6, not {hour}, {weekday}.")
    if not 0 <= budget <= MOST_BUDGET:
        raise BadPreferences(f"The budget is {budget}; 0 to {MOST_BUDGET} alerts a day can go out at once.")
    webhook = check_webhook(webhook)
    if not webhook and any(Channel.CHAT in rule.channels for rule in selectors.rules_of(user)):
        raise BadPreferences(
            "A rule of yours tells you in the chat: keep the webhook, or take the chat out of the rule."
        )
    values = {"rhythm": rhythm, "hour": hour, "weekday": weekday, "scope": scope, "budget": budget, "webhook": webhook}
    former = Preferences.objects.filter(user=user).first()
    # Who switches digests on is told of what changes from now on; another rhythm goes on where the last one ended.
    since = now if former is None or former.rhythm == Rhythm.OFF != rhythm else former.since
    saved, _ = Preferences.objects.update_or_create(user=user, defaults={**values, "since": since})
    shown = {**values, "webhook": "set" if webhook else ""}
    record_audit(user, "alerts.preferences_saved", f"user:{user.email}", **shown)
    return saved


def check_webhook(url: str) -> str:
    """The address, or BadPreferences: what nothing would be sent to."""
    url = url.strip()
    if not url:
        return ""
    like = "A chat webhook is an address like https://hooks.slack.com/services/…"
    try:
        host = posting.check_url(url).host
    except BadUrl as error:
        raise BadPreferences(f"{like}. {error}") from error
    if len(url) > 500 or ("." not in host and host not in posting.allowed().hosts):
        raise BadPreferences(f"{like}: with the name of its host, and at most 500 letters.")
    return url


@transaction.atomic
def save_rules(user: User, rules: Sequence[NewRule], *, now: datetime) -> None:
    """Keep somebody's rules in this order, in place of the former ones. They hold for signals that open from now on."""
    if len(rules) > MOST_RULES:
        raise BadPreferences(f"There are {len(rules)} rules; {MOST_RULES} are enough for anybody.")
    preferences = selectors.preferences_of(user)
    for number, rule in enumerate(rules, 1):
        if rule.timing == Timing.AT_ONCE and not rule.channels:
            raise BadPreferences(f"Rule {number} says at once, but not how: in Mainstay, by e-mail or in the chat.")
        if Channel.CHAT in rule.channels and not (preferences and preferences.webhook):
            raise BadPreferences(f"Rule {number} tells you in the chat: give the address of its webhook first.")
    if preferences is None:
        Preferences.objects.create(user=user, since=now)
    Rule.objects.filter(user=user).delete()
    Rule.objects.bulk_create(
        Rule(
            user=user,
            position=position,
            categories=list(rule.categories),
            severities=list(rule.severities),
            scope=rule.scope,
            timing=rule.timing,
            channels=list(rule.channels),
        )
        for position, rule in enumerate(rules)
    )
    record_audit(user, "alerts.rules_saved", f"user:{user.email}", rules=len(rules))


def mark_seen(user: User, *, now: datetime) -> int:
    """Somebody has looked at her alerts; how many were new."""
    return sum(model.objects.filter(user=user, seen_at=None).update(seen_at=now) for model in (Alert, DataAlert))


def raise_alerts(now: datetime) -> AlertResult:
    """Tell people of the signals that opened since the last round, in portions. Can be repeated.

    The first round of an installation looks at none: what is open already is on the pages.
    """
    mark = Watermark.objects.filter(name=_MARK).first()
    if mark is None:
        newest = Signal.objects.order_by("-pk").values_list("pk", flat=True).first()
        Watermark.objects.create(name=_MARK, signal=newest or 0)
        return AlertResult()
    result = AlertResult()
    while True:
        new = list(
            Signal.objects.filter(pk__gt=mark.signal)
            .select_related("account__owner", "assignee")
            .order_by("pk")[:PORTION]
        )
        if not new:
            return result
        with transaction.atomic():
            result += _tell([one for one in new if one.closed_at is None], now=now)
            mark.signal = new[-1].pk
            mark.save(update_fields=["signal"])


def _tell(signals: Sequence[Signal], *, now: datetime) -> AlertResult:
    result = AlertResult()
    for wanted in _wanted(signals):
        result += _tell_user(wanted, now=now)
    return result


def _wanted(signals: Sequence[Signal]) -> Iterable[_Wanted]:
    categories = {key: one.document.category for key, one in declared().items()}
    rules: dict[int, list[Rule]] = {}
    people: dict[int, User] = {}
    for rule in Rule.objects.filter(user__is_active=True).select_related("user").order_by("user", "position"):
        rules.setdefault(rule.user_id, []).append(rule)
        people[rule.user_id] = rule.user
    for user_id, of_user in rules.items():
        wanted = _Wanted(people[user_id])
        for signal in signals:
            fitting = next((one for one in of_user if _fits(one, signal, categories)), None)
            if fitting is not None:
                wanted.found.append((signal, fitting))
        if wanted.found:
            yield wanted


def _fits(rule: Rule, signal: Signal, categories: Mapping[str, str]) -> bool:
    if rule.severities and signal.severity not in rule.severities:
        return False
    if rule.categories and categories.get(signal.kind) not in rule.categories:
        return False
    looks_after = signal.assignee_id or signal.account.owner_id
    return rule.scope == Scope.ALL or looks_after == rule.user_id


def _tell_user(wanted: _Wanted, *, now: datetime) -> AlertResult:
    user = wanted.user
    decisions = _decisions(user, [pair for pair in wanted.found if _is_pushed(pair[1])], now=now)
    alerts = [_alert(user, signal, rule, decisions.get(signal.pk), now=now) for signal, rule in wanted.found]
    known = set(Alert.objects.filter(pk__in=[one.pk for one in alerts]).values_list("pk", flat=True))
    made = [one for one in alerts if one.pk not in known]
    Alert.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)
    out = [one for one in made if one.outcome == Outcome.AT_ONCE]
    for channel in PUSHED:
        _push(user, [one for one in out if channel in one.channels], channel, now=now)
    return AlertResult(len(out), len(made) - len(out))


def _is_pushed(rule: Rule) -> bool:
    return rule.timing == Timing.AT_ONCE and bool(set(rule.channels) & set(PUSHED))


def _decisions(user: User, pushed: Sequence[tuple[Signal, Rule]], *, now: datetime) -> dict[int, Decision]:
    """Which of the signals go out, by signal: only what leaves the page of Mainstay takes from the budget."""
    if not pushed:
        return {}
    preferences = selectors.preferences_of(user)
    sent = [
        one.value
        for one in Alert.objects.filter(
            user=user, outcome=Outcome.AT_ONCE, created_at__gte=start_of_day(user.time_zone, now)
        )
        if set(one.channels) & set(PUSHED)
    ]
    values = [value_of(signal.at_stake_minor, signal.severity) for signal, _ in pushed]
    budget = preferences.budget if preferences else 0
    return {pushed[one.index][0].pk: one for one in decide(values, sent=sent, budget=budget)}


def _alert(user: User, signal: Signal, rule: Rule, decision: Decision | None, *, now: datetime) -> Alert:
    if rule.timing == Timing.DIGEST:
        outcome, reason = Outcome.DIGEST, "Your rule leaves it to the digest."
    elif decision is None:
        outcome, reason = Outcome.AT_ONCE, "Shown in Mainstay only, which takes nothing from the budget."
    else:
        outcome, reason = (Outcome.AT_ONCE if decision.goes_out else Outcome.HELD), decision.reason
    return Alert(
        id=derived_id("alert", user.pk, signal.pk),
        user=user,
        signal=signal,
        outcome=outcome,
        reason=reason,
        channels=rule.channels,
        value=value_of(signal.at_stake_minor, signal.severity),
        created_at=now,
    )


def _push(user: User, alerts: Sequence[Alert], channel: Channel, *, now: datetime) -> None:
    """One message for all that goes out now: five signals of a morning are one mail, not five."""
    if not alerts:
        return
    ordered = sorted(alerts, key=lambda one: -one.value)
    letter = mails.alert_letter(user, [one.signal for one in ordered])
    request_delivery(
        derived_id("alert-message", user.pk, channel, *(one.signal_id for one in ordered)),
        channel=channel,
        to=user,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        account=ordered[0].signal.account if len(ordered) == 1 else None,
        now=now,
    )
