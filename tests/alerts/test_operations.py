"""A late source is one alert to those who look after what arrives; nothing turns red, and it closes when it is back."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.alerts import digests, operations, selectors, services
from mainstay.alerts.late_sources import frozen_by, lateness_of
from mainstay.alerts.models import Channel, DataAlert, Outcome, Rhythm, Scope, Timing
from mainstay.alerts.services import AlertResult, NewRule
from mainstay.deliveries.models import Delivery
from mainstay.facts.models import DataProblem
from mainstay.facts.watch import problems
from mainstay.ingest.sources import record_arrival
from mainstay.people.models import User
from mainstay.scores.models import Health
from mainstay.scores.services import score_all
from mainstay.signals.models import Signal
from mainstay.signals.services import detect
from tests import builders
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MAIL = NewRule(Timing.AT_ONCE, (Channel.EMAIL,), categories=("data",), scope=Scope.ALL)


def arrive(source: str, *, last: datetime, days: int = 20) -> None:
    """A source that delivered every day until `last`."""
    for age in range(days, -1, -1):
        record_arrival(source, at=last - age * DAY, rows=1)


def ask(user: User, *rules: NewRule, rhythm: Rhythm = Rhythm.OFF) -> None:
    services.save_preferences(
        user, rhythm=rhythm, hour=8, weekday=0, scope=Scope.ALL, budget=0, webhook="", now=NOW - 2 * DAY
    )
    services.save_rules(user, rules, now=NOW - 2 * DAY)


def told() -> list[tuple[str, str]]:
    return [(one.user.name, one.outcome) for one in DataAlert.objects.select_related("user").order_by("user__name")]


@pytest.fixture
def late(cast: Cast) -> DataProblem:
    """Product usage came every day until five days ago."""
    arrive("product", last=NOW - 5 * DAY)
    problems.watch(NOW)
    return DataProblem.objects.get()


def test_managers_and_administrators_are_told_once_and_nobody_else(cast: Cast, late: DataProblem) -> None:
    builders.account("Hooli", owner=cast.alice)
    assert operations.tell_of_late_sources(NOW) == AlertResult(at_once=2)
    assert operations.tell_of_late_sources(NOW + DAY) == AlertResult()
    assert told() == [("Ada", Outcome.AT_ONCE), ("Mary", Outcome.AT_ONCE)]
    assert not Delivery.objects.exists()
    assert selectors.unseen_count(cast.mary) == 1


def test_a_rule_says_how_and_no_budget_holds_it_back(cast: Cast, late: DataProblem) -> None:
    ask(cast.mary, MAIL)
    operations.tell_of_late_sources(NOW)
    mail = Delivery.objects.get()
    assert (mail.channel, mail.recipient) == ("email", "mary@orchard.example")
    assert mail.subject == "Late: Product usage, nothing for 5 days"
    for text in (mail.text, mail.html):
        assert "Nothing has come since" in text or "nothing has come since" in text
        assert "comes every 24 hours" in text
        assert "is late after 2 days" in text
        assert "No account turns red" in text
        assert "Daily active rate" in text
        assert "/data/sources/product/" in text


@pytest.mark.parametrize(
    ("rule", "is_told"),
    [
        (MAIL, True),
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), categories=("data",)), False),  # of what she looks after
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), scope=Scope.ALL), False),  # names nothing
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), ("data",), ("critical",), Scope.ALL), False),
    ],
)
def test_a_csm_is_told_who_has_a_rule_that_names_data(
    cast: Cast, late: DataProblem, rule: NewRule, is_told: bool
) -> None:
    ask(cast.alice, rule)
    operations.tell_of_late_sources(NOW)
    assert DataAlert.objects.filter(user=cast.alice).exists() is is_told


def test_it_closes_when_the_source_is_back_and_opens_anew_the_next_time(cast: Cast, late: DataProblem) -> None:
    operations.tell_of_late_sources(NOW)
    record_arrival("product", at=NOW, rows=1)
    problems.watch(NOW)
    assert selectors.unseen_count(cast.mary) == 0
    assert DataAlert.objects.filter(user=cast.mary).get().problem.closed_at == NOW
    problems.watch(NOW + 9 * DAY)
    operations.tell_of_late_sources(NOW + 9 * DAY)
    assert DataAlert.objects.filter(user=cast.mary).count() == 2


def test_it_says_what_freezes(cast: Cast, late: DataProblem) -> None:
    lateness = lateness_of(late, NOW)
    assert (lateness.silent_seconds, lateness.usual_seconds, lateness.late_after_seconds) == (432_000, 86_400, 172_800)
    metrics = {one.key for one in lateness.frozen.metrics}
    assert {"daily_active_rate", "monthly_active_users"} <= metrics
    assert not {"arr", "nps_latest", "csm_pulse"} & metrics
    assert "Logins dropped three weeks running" in {one.label for one in lateness.frozen.kinds}
    assert frozen_by("weather").metrics == ()


def test_a_late_source_turns_nothing_red_and_opens_no_signal_that_rests_on_it(cast: Cast) -> None:
    for source in ("support", "surveys", "interactions", "contracts", "billing", "crm"):
        arrive(source, last=NOW)
    arrive("product", last=NOW - 5 * DAY)
    keep((NOW - 5 * DAY).date(), {cast.globex: HEALTHY, cast.acme: HEALTHY})
    usage = ("daily_active_rate", "login_drop_streak", "days_since_last_activity")
    nothing_came = {key: SICK[key] for key in usage if key in SICK} | {"days_since_last_activity": 30.0, "arr": 9e4}
    write({cast.globex: HEALTHY | nothing_came, cast.acme: HEALTHY | nothing_came})
    problems.watch(NOW)
    score_all(NOW)
    detect(NOW)
    assert operations.tell_of_late_sources(NOW) == AlertResult(at_once=2)
    assert not Health.objects.filter(band="red").exists()
    assert list(Health.objects.values_list("has_late", flat=True)) == [True, True]
    # What their answers say, which came in time.
    assert set(Signal.objects.values_list("kind", flat=True)) == {"promoter"}


def test_the_digest_tells_what_is_late_and_what_is_back(cast: Cast, late: DataProblem) -> None:
    rule = NewRule(Timing.DIGEST, (), categories=("data",), scope=Scope.ALL)
    ask(cast.mary, rule, rhythm=Rhythm.DAILY)
    assert operations.tell_of_late_sources(NOW) == AlertResult(at_once=1, waiting=1)
    digests.send_due(NOW + DAY)
    mail = Delivery.objects.get()
    assert mail.subject == "Your book since yesterday: 1 source late"
    assert "Late: Product usage, nothing for" in mail.text
    assert "no account turns red" in mail.html
    record_arrival("product", at=NOW + DAY, rows=1)
    problems.watch(NOW + DAY)
    digests.send_due(NOW + 2 * DAY)
    assert "Back: Product usage" in Delivery.objects.order_by("-created_at")[0].text


def test_who_asked_for_no_digest_misses_nothing_that_was_left_to_it(cast: Cast, late: DataProblem) -> None:
    ask(cast.mary, NewRule(Timing.DIGEST, (), categories=("data",), scope=Scope.ALL))
    operations.tell_of_late_sources(NOW)
    digests.send_due(NOW + DAY)
    assert "Late: Product usage" in Delivery.objects.get().text
