"""Signals: filtered, sorted, explained; acknowledged, snoozed and taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.signals import services
from mainstay.signals.models import Pending, Signal
from mainstay.signals.registry import shipped
from mainstay.web.signals.evidence import evidence_of
from tests import builders
from tests.builders import Cast
from tests.signals.kinds import document
from tests.web.scene import signal

type AsUser = Callable[[User], Client]

DAY = timedelta(days=1)


def found(client: Client, query: str = "") -> list[tuple[str, str]]:
    answer = client.get(f"/signals/{query}")
    assert answer.status_code == 200, answer.content.decode()[:500]
    return [(row.signal.account.key, row.signal.kind) for row in answer.context["page"].rows]


@pytest.fixture
def four(cast: Cast) -> Cast:
    """Two at Alice's accounts, two at nobody's."""
    now = utc_now()
    signal(cast.acme, "score_fell", severity="warning", opened_at=now - 3 * DAY, at_stake_minor=100)
    signal(cast.globex, "health_turned_red", severity="critical", opened_at=now - 2 * DAY, at_stake_minor=900)
    signal(cast.initech, "score_fell", severity="warning", opened_at=now - DAY, at_stake_minor=500)
    signal(cast.initech, "promoter", severity="info", opened_at=now, at_stake_minor=None)
    return cast


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    for url in ("/signals/", "/signals/1/", "/signals/signals.csv"):
        assert visitor.get(url)["Location"].startswith("/sign-in/")


def test_a_csm_begins_with_her_own_accounts_and_a_manager_with_all(as_user: AsUser, four: Cast) -> None:
    assert found(as_user(four.alice)) == [("globex", "health_turned_red"), ("acme", "score_fell")]
    assert len(found(as_user(four.mary))) == 4
    assert len(found(as_user(four.alice), "?owner=")) == 4
    assert len(found(as_user(four.alice), "?owner=nobody")) == 2


def test_filters(as_user: AsUser, four: Cast) -> None:
    client = as_user(four.mary)
    assert found(client, "?kind=score_fell&sort=new") == [("initech", "score_fell"), ("acme", "score_fell")]
    assert found(client, "?severity=critical") == [("globex", "health_turned_red")]
    assert found(client, "?account=acme") == [("acme", "score_fell")]
    assert len(found(client, "?severity=x&sort=y&owner=z&state=w&after=v")) == 4
    for crooked in (
        f"owner={'9' * 30}",
        f"after=1~2026-01-01T00:00:00Z~{'9' * 30}",
        "after=1~0001-01-01T00:00:00%2B05:00~1",
    ):
        assert client.get(f"/signals/?{crooked}").status_code == 200


def test_sorting(as_user: AsUser, four: Cast) -> None:
    client = as_user(four.mary)
    assert [key for key, _ in found(client, "?sort=severity")] == ["globex", "initech", "acme", "initech"]
    assert [key for key, _ in found(client, "?sort=stake")] == ["globex", "initech", "acme", "initech"]
    assert found(client, "?sort=new")[0] == ("initech", "promoter")
    assert found(client, "?sort=old")[0] == ("acme", "score_fell")


@pytest.mark.parametrize("sort", ["severity", "stake", "new", "old"])
def test_pages_follow_one_another_without_gaps(as_user: AsUser, cast: Cast, sort: str) -> None:
    now = utc_now()
    for number in range(110):
        account = builders.account(f"A{number}")
        stake = None if number % 5 == 0 else number % 3
        severity = ("info", "warning", "critical")[number % 3]
        signal(account, opened_at=now - DAY * (number % 4), at_stake_minor=stake, severity=severity)
    client, url, seen = as_user(cast.mary), f"/signals/?sort={sort}", []
    while url:
        page = client.get(url).context["page"]
        seen += [row.signal.pk for row in page.rows]
        url = page.next_url
    assert len(seen) == 110
    assert len(set(seen)) == 110


def test_acknowledge_and_undo(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    answer = client.post(f"/signals/{one.pk}/acknowledge/", {"next": "/signals/"}, follow=True)
    one.refresh_from_db()
    assert one.acknowledged_by == four.alice
    assert found(client, "?state=acknowledged") == [("acme", "score_fell")]
    client.post(_undo(answer))
    one.refresh_from_db()
    assert one.acknowledged_at is None


def test_snooze_and_undo(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    answer = client.post(f"/signals/{one.pk}/snooze/", {"days": "7"}, follow=True)
    assert found(client, "?state=snoozed") == [("acme", "score_fell")]
    assert found(client) == [("globex", "health_turned_red")]
    client.post(_undo(answer))
    assert len(found(client)) == 2


def test_undo_of_a_snooze_keeps_that_it_was_acknowledged(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    client.post(f"/signals/{one.pk}/acknowledge/")
    answer = client.post(f"/signals/{one.pk}/snooze/", {"days": "7"}, follow=True)
    page = answer.content.decode()
    client.post("/undo/" + page.rpartition('action="/undo/')[2].partition('"')[0])
    one.refresh_from_db()
    assert one.snoozed_until is None
    assert one.acknowledged_at is not None


def test_dismiss_with_a_reason_and_undo(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    assert "False alarm" in client.get(f"/signals/{one.pk}/dismiss/").content.decode()
    answer = client.post(f"/signals/{one.pk}/dismiss/", {"reason": "false_alarm", "note": "Interns."}, follow=True)
    assert "“Score fell” at Acme dismissed: false alarm." in answer.content.decode()
    assert found(client, "?state=dismissed") == [("acme", "score_fell")]
    assert found(client) == [("globex", "health_turned_red")]
    page = client.get(f"/signals/{one.pk}/").content.decode()
    assert "by Alice: false alarm" in page
    assert "Interns." in page
    lines = b"".join(client.get("/signals/signals.csv?state=dismissed").streaming_content).decode().splitlines()
    assert lines[1].endswith("dismissed,false_alarm,Interns.")
    client.post(_undo(answer))
    assert len(found(client)) == 2


def test_a_dismissal_without_a_reason_or_its_words_is_refused(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    for values in ({"note": ""}, {"reason": "because", "note": ""}, {"reason": "other", "note": " "}):
        assert client.post(f"/signals/{one.pk}/dismiss/", values).status_code == 422
    assert len(found(client)) == 2


def test_assign_and_undo(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    answer = client.post(f"/signals/{one.pk}/assign/", {"assignee": four.bob.pk}, follow=True)
    assert found(client) == [("globex", "health_turned_red")]
    assert found(as_user(four.bob)) == [("acme", "score_fell")]
    assert "assigned" in client.get(f"/signals/{one.pk}/").content.decode()
    client.post(_undo(answer))
    assert len(found(client)) == 2


def test_many_are_assigned_and_dismissed_at_once(as_user: AsUser, four: Cast) -> None:
    client, ticked = (
        as_user(four.mary),
        {"signal": list(Signal.objects.order_by("pk").values_list("pk", flat=True))[:2]},
    )
    asked = client.post("/signals/assign/", ticked).content.decode()
    assert asked.count('type="hidden" name="signal"') == 2
    client.post("/signals/assign/", {**ticked, "assignee": four.bob.pk})
    assert Signal.objects.filter(assignee=four.bob).count() == 2
    assert "Dismiss 2 signals" in client.post("/signals/dismiss/", ticked).content.decode()
    answer = client.post("/signals/dismiss/", {**ticked, "reason": "handled", "note": ""}, follow=True)
    assert len(found(client)) == 2
    client.post(_undo(answer))
    assert len(found(client)) == 4


def test_what_waits_is_listed_with_when_it_opens(as_user: AsUser, cast: Cast) -> None:
    now = utc_now()
    for key, hold in (("busy", {"days": 3}), ("busy_in_a_row", {"periods": 3})):
        services.save_kind(document(key=key, label=key, holds_for=hold), by=cast.mary, now=now)
        Pending.objects.create(account=cast.acme, kind=key, since=now - DAY, days=2, seen_on=now.date())
    page = as_user(cast.alice).get("/signals/?state=pending")
    assert [wait.pending.kind for wait in page.context["page"].waits] == ["busy", "busy_in_a_row"]
    text = page.content.decode()
    assert "2 of 3 days" in text
    assert "in 47 h" in text
    assert not as_user(cast.bob).get("/signals/?state=pending").context["page"].waits
    assert len(as_user(cast.mary).get("/signals/?state=pending&kind=busy").context["page"].waits) == 1
    assert not as_user(cast.mary).get("/signals/?state=pending&severity=critical").context["page"].waits


@pytest.mark.parametrize("days", ["", "0", "x", "4000"])
def test_a_snooze_that_cannot_be_is_refused_in_words(as_user: AsUser, four: Cast, days: str) -> None:
    one = Signal.objects.get(account=four.acme)
    answer = as_user(four.alice).post(f"/signals/{one.pk}/snooze/", {"days": days})
    assert answer.status_code == 422
    assert "1 to 365 days" in answer.content.decode()


def test_a_snooze_that_is_over_is_open_again(as_user: AsUser, four: Cast) -> None:
    Signal.objects.filter(account=four.acme).update(snoozed_until=utc_now() - DAY)
    assert ("acme", "score_fell") in found(as_user(four.alice))


def test_many_at_once(as_user: AsUser, four: Cast) -> None:
    client = as_user(four.mary)
    ticked = {"signal": list(Signal.objects.values_list("pk", flat=True))[:3]}
    answer = client.post("/signals/acknowledge/", ticked, follow=True)
    assert "3 signals acknowledged." in answer.content.decode()
    assert len(found(client)) == 1
    client.post(_undo(answer))
    assert len(found(client)) == 4


def test_reopen(as_user: AsUser, four: Cast) -> None:
    one, client = Signal.objects.get(account=four.acme), as_user(four.alice)
    client.post(f"/signals/{one.pk}/acknowledge/")
    client.post(f"/signals/{one.pk}/reopen/")
    assert ("acme", "score_fell") in found(client)


def test_a_viewer_sees_everything_and_changes_nothing(as_user: AsUser, four: Cast) -> None:
    client, one = as_user(four.vera), Signal.objects.get(account=four.acme)
    assert len(found(client)) == 4
    for verb in ("acknowledge", "snooze", "reopen", "assign", "dismiss"):
        assert client.post(f"/signals/{one.pk}/{verb}/", {"days": "7"}).status_code == 403
    for verb in ("acknowledge", "snooze", "assign", "dismiss"):
        assert client.post(f"/signals/{verb}/", {"signal": one.pk, "days": "7"}).status_code == 403
    assert (
        "<form"
        not in client.get(f"/signals/{one.pk}/").content.decode().partition('class="detail"')[2].partition("</main>")[0]
    )


@pytest.mark.parametrize("kind", sorted(shipped()))
def test_every_kind_can_be_explained(as_user: AsUser, cast: Cast, kind: str) -> None:
    one = signal(cast.acme, kind)
    page = as_user(cast.vera).get(f"/signals/{one.pk}/").content.decode()
    assert shipped()[kind].label in page
    assert "Opens when" in page
    assert "/accounts/acme/why/daily_active_rate/" in page
    assert "71%" in page


def test_a_kind_that_is_no_longer_declared_is_still_shown(as_user: AsUser, cast: Cast) -> None:
    one = signal(cast.acme, "forgotten_kind", evidence=[{"field": "gone", "then": None, "now": None, "unit": ""}])
    assert "Forgotten kind" in as_user(cast.alice).get("/signals/").content.decode()
    assert as_user(cast.alice).get(f"/signals/{one.pk}/").status_code == 200


def test_evidence_is_written_as_its_unit_says(cast: Cast) -> None:
    shown = [
        {"field": "arr", "label": "ARR", "then": None, "now": 148000.0, "unit": "currency"},
        {"field": "champion_present", "label": "Champion", "then": 1.0, "now": 0.0, "unit": "boolean"},
        {"field": "band", "label": "Health", "then": "green", "now": "red", "unit": ""},
        {"field": "login_drop_streak", "label": "Weeks", "then": 0, "now": 3, "unit": "count"},
    ]
    found = [str(one) for one in evidence_of(signal(cast.acme, evidence=shown))]
    assert found == ["ARR $148,000", "Champion yes → no", "Health Healthy → At risk", "Weeks 0 → 3"]


def test_the_export_has_what_the_page_has(as_user: AsUser, four: Cast) -> None:
    answer = as_user(four.mary).get("/signals/signals.csv?kind=score_fell")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "Daily active rate 71% → 65%" in lines[1]


def _undo(answer: object) -> str:
    page = answer.content.decode()
    return "/undo/" + page.partition('action="/undo/')[2].partition('"')[0]
