"""New signals are told as each person asked, the most valuable first; nothing is told twice and nothing is dropped."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.alerts import selectors, services
from mainstay.alerts.errors import BadPreferences
from mainstay.alerts.models import Alert, Channel, Outcome, Preferences, Rhythm, Rule, Scope, Timing
from mainstay.alerts.services import AlertResult, NewRule
from mainstay.deliveries.models import Delivery
from mainstay.people.models import AuditEntry, User
from mainstay.signals.models import Signal
from tests import builders
from tests.builders import Cast
from tests.web.scene import signal

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MAIL = NewRule(Timing.AT_ONCE, (Channel.EMAIL,))


def ask(user: User, *rules: NewRule, budget: int = 5, webhook: str = "") -> None:
    services.save_preferences(
        user, rhythm=Rhythm.OFF, hour=8, weekday=0, scope=Scope.MINE, budget=budget, webhook=webhook, now=NOW
    )
    services.save_rules(user, rules, now=NOW)


def outcomes(user: User) -> dict[str, str]:
    return {one.signal.account.key: one.outcome for one in selectors.alerts_of(user)}


@pytest.fixture(autouse=True)
def first_round(db: None) -> None:
    services.raise_alerts(NOW)


def test_what_is_open_before_the_first_round_is_told_to_nobody(cast: Cast) -> None:
    services.Watermark.objects.all().delete()
    ask(cast.alice, MAIL)
    signal(cast.acme)
    assert services.raise_alerts(NOW) == AlertResult()
    assert services.raise_alerts(NOW) == AlertResult()


def test_a_new_signal_goes_out_once(cast: Cast) -> None:
    ask(cast.alice, MAIL)
    one = signal(cast.acme, "health_red", severity="critical", summary="Health is 20, at risk.")
    assert services.raise_alerts(NOW) == AlertResult(at_once=1)
    assert services.raise_alerts(NOW) == AlertResult()
    mail = Delivery.objects.get()
    assert (mail.channel, mail.recipient, mail.account) == ("email", "alice@orchard.example", cast.acme)
    assert mail.subject == "Acme: Health turned red"
    for text in (mail.text, mail.html):
        assert "Health is 20, at risk." in text
        assert f"/signals/{one.pk}/" in text
        assert "$148k" in text


def test_several_of_one_round_are_one_message(cast: Cast) -> None:
    ask(cast.alice, MAIL)
    signal(cast.acme, at_stake_minor=100)
    signal(cast.globex, at_stake_minor=900)
    services.raise_alerts(NOW)
    assert Delivery.objects.get().subject == "Globex: score_fell, and 1 more"


def test_a_round_that_broke_off_is_made_up_for_and_tells_nothing_twice(cast: Cast) -> None:
    ask(cast.alice, MAIL)
    signal(cast.acme)
    services.raise_alerts(NOW)
    services.Watermark.objects.update(signal=0)
    assert services.raise_alerts(NOW) == AlertResult()
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (MAIL, True),
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), severities=("critical",)), False),
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), severities=("warning", "critical")), True),
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), categories=("risk",)), True),
        (NewRule(Timing.AT_ONCE, (Channel.EMAIL,), categories=("expansion",)), False),
    ],
)
def test_a_rule_says_of_which_signals(cast: Cast, rule: NewRule, told: bool) -> None:
    ask(cast.alice, rule)
    signal(cast.acme, "score_drop", severity="warning")
    services.raise_alerts(NOW)
    assert bool(outcomes(cast.alice)) is told


def test_people_are_told_of_what_they_look_after_or_of_all(cast: Cast) -> None:
    ask(cast.alice, MAIL)
    ask(cast.bob, MAIL)
    ask(cast.mary, NewRule(Timing.AT_ONCE, (Channel.EMAIL,), scope=Scope.ALL))
    signal(cast.acme, assignee=cast.bob)
    signal(cast.globex)
    services.raise_alerts(NOW)
    assert (set(outcomes(cast.alice)), set(outcomes(cast.bob))) == ({"globex"}, {"acme"})
    assert set(outcomes(cast.mary)) == {"acme", "globex"}


def test_the_first_rule_that_fits_decides(cast: Cast) -> None:
    ask(
        cast.alice,
        NewRule(Timing.DIGEST, (), severities=("info",)),
        NewRule(Timing.AT_ONCE, (Channel.PAGE,)),
    )
    signal(cast.acme, severity="info")
    signal(cast.globex, severity="warning")
    assert services.raise_alerts(NOW) == AlertResult(at_once=1, waiting=1)
    assert outcomes(cast.alice) == {"acme": Outcome.DIGEST, "globex": Outcome.AT_ONCE}
    assert not Delivery.objects.exists()
    assert selectors.unseen_count(cast.alice) == 1
    services.mark_seen(cast.alice, now=NOW)
    assert selectors.unseen_count(cast.alice) == 0


def test_beyond_the_budget_the_less_valuable_wait_and_say_why(cast: Cast) -> None:
    ask(cast.alice, MAIL, budget=2)
    accounts = [builders.account(f"A{n}", owner=cast.alice) for n in range(4)]
    for at, one in enumerate(accounts):
        signal(one, at_stake_minor=100 * (at + 1))
    services.raise_alerts(NOW)
    assert outcomes(cast.alice) == {"a0": "held", "a1": "held", "a2": "at_once", "a3": "at_once"}
    assert "budget of 2" in selectors.waiting_for(cast.alice)[0].reason
    assert [one.signal.account.key for one in selectors.waiting_for(cast.alice)] == ["a1", "a0"]
    signal(cast.acme, at_stake_minor=50)
    signal(cast.globex, at_stake_minor=999_999)
    services.raise_alerts(NOW + timedelta(hours=1))
    assert outcomes(cast.alice)["acme"] == "held"
    assert outcomes(cast.alice)["globex"] == "at_once"
    signal(cast.initech, at_stake_minor=1, assignee=cast.alice)
    services.raise_alerts(NOW + DAY)
    assert outcomes(cast.alice)["initech"] == "at_once", "a new day, a new budget"


def test_what_stays_in_mainstay_takes_nothing_from_the_budget(cast: Cast) -> None:
    ask(cast.alice, NewRule(Timing.AT_ONCE, (Channel.PAGE,)), budget=0)
    signal(cast.acme)
    services.raise_alerts(NOW)
    assert outcomes(cast.alice) == {"acme": "at_once"}


def test_the_chat_gets_a_message_of_its_own(cast: Cast) -> None:
    ask(cast.alice, webhook="https://hooks.slack.example/services/T/B/x")
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL, Channel.CHAT))], now=NOW)
    signal(cast.acme)
    services.raise_alerts(NOW)
    assert sorted(Delivery.objects.values_list("channel", "recipient")) == [
        ("chat", "alice@orchard.example"),
        ("email", "alice@orchard.example"),
    ]
    assert selectors.webhook_of("ALICE@orchard.example") == "https://hooks.slack.example/services/T/B/x"
    assert "slack" not in str(AuditEntry.objects.filter(action__startswith="alerts.").values_list("details", flat=True))


def test_who_left_and_what_closed_is_told_no_more(cast: Cast) -> None:
    ask(cast.alice, MAIL)
    ask(cast.bob, NewRule(Timing.AT_ONCE, (Channel.EMAIL,), scope=Scope.ALL))
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    signal(cast.acme, closed_at=NOW)
    signal(cast.globex)
    services.raise_alerts(NOW)
    assert list(Alert.objects.values_list("user", "signal__account__key")) == [(cast.alice.pk, "globex")]


def test_what_cannot_be_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(BadPreferences, match="says at once"):
        services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, ())], now=NOW)
    with pytest.raises(BadPreferences, match="webhook first"):
        services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.CHAT,))], now=NOW)
    with pytest.raises(BadPreferences, match="12 are enough"):
        services.save_rules(cast.alice, [MAIL] * 13, now=NOW)
    with pytest.raises(BadPreferences, match="budget is 51"):
        ask(cast.alice, budget=51)
    for url in ("http://hooks.slack.com/x", "https://localhost/x", "https://a:b@hooks.slack.com/", "ftp://x.y", "x",
                "https://hooks.slack.com:25/x", "https://hooks.slack.com/" + "x" * 500):  # fmt: skip
        with pytest.raises(BadPreferences, match="https"):
            ask(cast.alice, webhook=url)
    assert not Rule.objects.exists()
    assert not Preferences.objects.exists()


def test_the_webhook_stays_as_long_as_a_rule_needs_it(cast: Cast) -> None:
    ask(cast.alice, webhook="https://hooks.slack.example/x")
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.CHAT,))], now=NOW)
    with pytest.raises(BadPreferences, match="keep the webhook"):
        ask(cast.alice)


def test_many_signals_are_told_in_portions(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PORTION", 2)
    ask(cast.alice, NewRule(Timing.DIGEST, ()))
    for number in range(5):
        signal(builders.account(f"A{number}", owner=cast.alice))
    assert services.raise_alerts(NOW) == AlertResult(waiting=5)
    assert services.Watermark.objects.get().signal == Signal.objects.latest("pk").pk
