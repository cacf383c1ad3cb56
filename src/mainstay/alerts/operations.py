"""Tells operations of sources that are late: one alert a source, whatever number of accounts it touches.

Managers and administrators look after what arrives and always see it in Mainstay; their rules say how else. Anybody
else is told who has a rule that names the category `data` for all accounts. It takes nothing from a budget: there are
only so many sources. An alert closes with the problem it is about, when the source delivers again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from mainstay.alerts import mails
from mainstay.alerts.models import PUSHED, Channel, DataAlert, Outcome, Rule, Scope, Timing
from mainstay.alerts.services import AlertResult
from mainstay.common.ids import derived_id
from mainstay.deliveries.services import request_delivery
from mainstay.facts.models import DataProblem
from mainstay.facts.watch.problems import LATE
from mainstay.people.models import Role, User

CATEGORY = "data"
SEVERITY = "warning"
_ALWAYS = "Managers and administrators always see in Mainstay when a source is late."
_AT_ONCE = "Your rule says at once. A late source takes nothing from the budget."
_LEFT = "Your rule leaves it to the digest."


def tell_of_late_sources(now: datetime) -> AlertResult:
    """Tell everybody concerned of the sources that are late, each once. Can be repeated."""
    problems = list(DataProblem.objects.filter(kind=LATE, closed_at=None).order_by("pk"))
    result = AlertResult()
    for user, rule in _listeners() if problems else ():
        with transaction.atomic():
            result += _tell(user, rule, problems, now=now)
    return result


def _listeners() -> Iterator[tuple[User, Rule | None]]:
    """Who is told, and the first rule of theirs that says how."""
    rules: dict[int, list[Rule]] = {}
    for rule in Rule.objects.filter(scope=Scope.ALL).order_by("user", "position"):
        rules.setdefault(rule.user_id, []).append(rule)
    for user in User.objects.filter(is_active=True).order_by("pk"):
        is_concerned = user.has_role(Role.MANAGER)
        fitting = (one for one in rules.get(user.pk, ()) if _fits(one, must_be_named=not is_concerned))
        rule_of_hers = next(fitting, None)
        if is_concerned or rule_of_hers is not None:
            yield user, rule_of_hers


def _fits(rule: Rule, *, must_be_named: bool) -> bool:
    if rule.severities and SEVERITY not in rule.severities:
        return False
    return CATEGORY in rule.categories or not (rule.categories or must_be_named)


def _tell(user: User, rule: Rule | None, problems: Sequence[DataProblem], *, now: datetime) -> AlertResult:
    known = set(DataAlert.objects.filter(user=user, problem__in=problems).values_list("problem_id", flat=True))
    made = [_alert(user, rule, one, now=now) for one in problems if one.pk not in known]
    DataAlert.objects.bulk_create(made, ignore_conflicts=True)
    out = [one for one in made if one.outcome == Outcome.AT_ONCE]
    for alert in out:
        for channel in PUSHED:
            if channel in alert.channels:
                _push(alert, channel, now=now)
    return AlertResult(len(out), len(made) - len(out))


def _alert(user: User, rule: Rule | None, problem: DataProblem, *, now: datetime) -> DataAlert:
    if rule is None:
        outcome, reason, channels = Outcome.AT_ONCE, _ALWAYS, [Channel.PAGE.value]
    elif rule.timing == Timing.DIGEST:
        outcome, reason, channels = Outcome.DIGEST, _LEFT, list(rule.channels)
    else:
        outcome, reason, channels = Outcome.AT_ONCE, _AT_ONCE, list(rule.channels)
    return DataAlert(
        id=derived_id("data-alert", user.pk, problem.pk),
        user=user,
        problem=problem,
        outcome=outcome,
        reason=reason,
        channels=channels,
        created_at=now,
    )


def _push(alert: DataAlert, channel: Channel, *, now: datetime) -> None:
    letter = mails.late_letter(alert.user, alert.problem, now=now)
    request_delivery(
        derived_id("data-alert-message", alert.pk, channel),
        channel=channel,
        to=alert.user,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
    )
