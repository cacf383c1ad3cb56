"""What a person is told, as pages: what she asks for, what went out, what waits and why, her digests."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from mainstay.alerts import digests, operations, selectors, services
from mainstay.alerts.models import Channel, Digest, Preferences, Rhythm, Rule, Scope, Timing
from mainstay.alerts.services import NewRule
from mainstay.common.time import utc_now
from mainstay.facts.watch import problems
from mainstay.ingest.sources import record_arrival
from mainstay.people.models import User
from tests import builders
from tests.builders import Cast
from tests.web.scene import signal

type AsUser = Callable[[User], Client]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOOK = "https://hooks.slack.example/services/T/B/secret"
FORM = {
    "rhythm": "weekly",
    "weekday": "4",
    "hour": "7",
    "scope": "mine",
    "budget": "3",
    "webhook": "",
    "rules-TOTAL_FORMS": "1",
    "rules-INITIAL_FORMS": "0",
    "rules-0-scope": "mine",
    "rules-0-timing": "at_once",
}


def _text(answer: object) -> str:
    return answer.content.decode()


@pytest.fixture
def told(cast: Cast) -> Cast:
    """Alice hears of three signals; two are beyond her budget of one."""
    now = utc_now()
    services.raise_alerts(now)
    services.save_preferences(
        cast.alice, rhythm=Rhythm.DAILY, hour=8, weekday=0, scope=Scope.MINE, budget=1, webhook="", now=now - 9 * DAY
    )
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL, Channel.PAGE))], now=now)
    for at, one in enumerate((cast.acme, cast.globex, builders.account("Hooli", owner=cast.alice))):
        signal(one, "health_red", severity="critical", at_stake_minor=100 * at, opened_at=now - HOUR)
    services.raise_alerts(now)
    return cast


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    for path in ("/alerts/", "/profile/alerts/", "/alerts/digests/preview/"):
        assert visitor.get(path)["Location"].startswith("/sign-in/")


def test_the_list_says_what_became_of_each_and_why(as_user: AsUser, told: Cast) -> None:
    client = as_user(told.alice)
    assert [row.alert.signal.account.key for row in client.get("/alerts/").context["page"].rows] == ["hooli"]
    waiting = client.get("/alerts/?tab=waiting")
    assert [row.alert.signal.account.key for row in waiting.context["page"].rows] == ["globex", "acme"]
    assert "budget of 1 was used" in _text(waiting)
    assert len(client.get("/alerts/?tab=all&from=0").context["page"].rows) == 3
    assert client.get("/alerts/?tab=x&from=y").status_code == 200
    assert "In Mainstay and E-mail" in _text(client.get("/alerts/")) or "E-mail and In Mainstay" in _text(
        client.get("/alerts/")
    )
    assert not as_user(told.bob).get("/alerts/?tab=all").context["page"].rows


def test_all_are_marked_as_seen(as_user: AsUser, told: Cast) -> None:
    client = as_user(told.alice)
    assert "Mark all as seen" in _text(client.get("/alerts/"))
    client.post("/alerts/seen/")
    assert selectors.unseen_count(told.alice) == 0
    assert not client.get("/alerts/").context["page"].rows


def test_who_asked_for_nothing_is_helped_to(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    assert "You are told of no signals yet" in _text(client.get("/alerts/"))
    client.post("/alerts/usual/".replace("/alerts/", "/profile/alerts/"))
    assert Preferences.objects.get(user=cast.mary).rhythm == Rhythm.DAILY
    rules = selectors.rules_of(cast.mary)
    assert [(rule.timing, rule.scope) for rule in rules] == [
        ("at_once", "all"), ("at_once", "all"), ("at_once", "all"), ("digest", "all")
    ]  # fmt: skip


def test_preferences_and_rules_are_saved_and_shown_again(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    rule = {"rules-0-severities": ["critical", "warning"], "rules-0-channels": ["email", "page"]}
    assert client.post("/profile/alerts/", FORM | rule)["Location"] == "/profile/alerts/"
    saved = Preferences.objects.get(user=cast.alice)
    assert (saved.rhythm, saved.weekday, saved.hour, saved.budget) == ("weekly", 4, 7, 3)
    (one,) = selectors.rules_of(cast.alice)
    assert (one.severities, one.categories, one.channels) == (["critical", "warning"], [], ["email", "page"])
    page = client.get("/profile/alerts/").context["page"]
    assert next(iter(page.rules)).initial["severities"] == ["critical", "warning"]
    second = {"rules-TOTAL_FORMS": "2", "rules-INITIAL_FORMS": "1", "rules-1-scope": "all", "rules-1-timing": "digest"}
    client.post("/profile/alerts/", FORM | rule | second)
    assert [(one.scope, one.timing) for one in selectors.rules_of(cast.alice)] == [
        ("mine", "at_once"),
        ("all", "digest"),
    ]
    gone = {"rules-TOTAL_FORMS": "3", "rules-INITIAL_FORMS": "2", "rules-2-scope": "mine", "rules-2-timing": "at_once",
            "rules-0-DELETE": "on"}  # fmt: skip
    client.post("/profile/alerts/", FORM | rule | second | gone)
    assert [one.timing for one in selectors.rules_of(cast.alice)] == ["digest"]


def test_a_page_without_a_new_rule_makes_none(as_user: AsUser, cast: Cast) -> None:
    as_user(cast.alice).post("/profile/alerts/", FORM)
    assert not Rule.objects.exists()


def test_the_webhook_is_kept_and_never_shown(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    rule = {"rules-0-channels": ["chat"]}
    refused = client.post("/profile/alerts/", FORM | rule)
    assert refused.status_code == 422
    assert "webhook first" in _text(refused)
    assert not Preferences.objects.exists()
    client.post("/profile/alerts/", FORM | rule | {"webhook": HOOK})
    page = client.get("/profile/alerts/")
    assert "secret" not in _text(page)
    kept = page.context["page"].form["webhook"].value()
    client.post("/profile/alerts/", FORM | rule | {"webhook": kept, "rules-INITIAL_FORMS": "1"})
    assert Preferences.objects.get().webhook == HOOK
    assert client.post("/profile/alerts/", FORM | {"webhook": "http://x.example/"}).status_code == 422
    assert Preferences.objects.get().webhook == HOOK


@pytest.mark.parametrize("changes", [{"budget": "51"}, {"budget": ""}, {"hour": "24"}, {"rhythm": "hourly"}])
def test_what_cannot_be_is_told_at_its_field(as_user: AsUser, cast: Cast, changes: dict[str, str]) -> None:
    answer = as_user(cast.alice).post("/profile/alerts/", FORM | changes)
    assert answer.status_code == 422
    assert list(answer.context["page"].form.errors) == list(changes)


def test_a_digest_is_read_as_a_page_by_its_person_only(as_user: AsUser, told: Cast) -> None:
    digests.send_due(utc_now() + DAY)
    one = Digest.objects.get(user=told.alice)
    text = _text(as_user(told.alice).get(f"/alerts/digests/{one.pk}/"))
    assert "Health is" in text or "Health fell" in text
    assert "Held back: The day&#x27;s budget of 1" in text
    assert one.subject in _text(as_user(told.alice).get("/alerts/"))
    assert as_user(told.mary).get(f"/alerts/digests/{one.pk}/").status_code == 404


def test_a_preview_is_for_everybody_and_sends_nothing(as_user: AsUser, told: Cast) -> None:
    assert "Signals that opened" in _text(as_user(told.alice).get("/alerts/digests/preview/"))
    assert "Nothing changed" in _text(as_user(told.vera).get("/alerts/digests/preview/"))
    assert not Digest.objects.exists()


def test_a_late_source_is_one_alert_that_says_what_freezes_and_that_nothing_turns_red(
    as_user: AsUser, told: Cast
) -> None:
    now = utc_now()
    for age in range(20, 3, -1):
        record_arrival("support", at=now - age * DAY, rows=1)
    problems.watch(now)
    operations.tell_of_late_sources(now)
    page = _text(as_user(told.mary).get("/alerts/"))
    assert page.count('<h3><a href="/data/sources/support/">Support tickets</a>') == 1
    assert "usually something comes every 24 h" in page
    assert "no account turns red because of it" in page
    assert "/data/sources/support/" not in _text(as_user(told.alice).get("/alerts/"))
    record_arrival("support", at=now, rows=1)
    problems.watch(now)
    assert "/data/sources/support/" not in _text(as_user(told.mary).get("/alerts/"))
    assert "back since" in _text(as_user(told.mary).get("/alerts/", {"tab": "all"}))


def test_the_usual_rules_tell_managers_by_mail_when_a_source_is_late(as_user: AsUser, cast: Cast) -> None:
    for user in (cast.mary, cast.alice):
        as_user(user).post("/profile/alerts/usual/")
    assert selectors.rules_of(cast.mary)[0].categories == ["data"]
    assert all(not rule.categories for rule in selectors.rules_of(cast.alice))
