"""What stood at the first look: Today and the playbook's page say so, and people begin for all, for some, or leave."""

from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.accounts.models import Account
from mainstay.people.models import User
from mainstay.playbooks import entering, services
from mainstay.playbooks.models import Run
from mainstay.signals.models import Signal
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal

type AsUser = Callable[[User], Client]
URL = "/playbooks/play/standing/"


@pytest.fixture
def scene(cast: Cast) -> Cast:
    """Two accounts wait: Acme, Alice's, and Globex, Bob's."""
    Account.objects.filter(key="globex").update(owner=cast.bob)
    publish(play(), now=NOW - DAY)
    for one in (cast.acme, cast.globex):
        signal(one, is_standing=True, at_stake_minor=14_800_000)
    return cast


def _page(client: Client, url: str = URL) -> str:
    return client.get(url, follow=True).content.decode()


def _said(client: Client, url: str, values: dict[str, object] | None = None) -> str:
    page = client.post(url, values or {}, follow=True)
    return str(next(iter(page.context["messages"])))


def test_a_visitor_sees_only_sign_in_and_everybody_else_reads(scene: Cast, visitor: Client, as_user: AsUser) -> None:
    assert visitor.get(URL)["Location"].startswith("/sign-in/")
    page = _page(as_user(scene.vera))
    assert "Acme" in page
    assert "Begin" not in page
    assert 'type="checkbox"' not in page


def test_today_points_it_out_to_those_who_can_act(scene: Cast, as_user: AsUser) -> None:
    for user, url, count in (
        (scene.alice, "/?who=mine", "1 account"), (scene.alice, "/?who=everyone", "2 accounts"),
        (scene.mary, "/", "2 accounts"),
    ):  # fmt: skip
        page = _page(as_user(user), url)
        assert "Stood already" in page
        assert f'<span class="mut">{count}</span>' in page
    assert f"{URL}?who=mine" in _page(as_user(scene.alice), "/")
    assert "Stood already" not in _page(as_user(scene.vera), "/")
    assert "2 accounts stood in this already" in _page(as_user(scene.vera), "/playbooks/play/")
    assert "Stood already" not in _page(as_user(scene.mary), "/?as_of=2026-09-01")


def test_a_csm_begins_with_her_own_accounts(scene: Cast, as_user: AsUser) -> None:
    client = as_user(scene.alice)
    page = _page(client, f"{URL}?who=mine")
    assert "Acme" in page
    assert "Globex" not in page
    assert "Begin for all" not in page
    ids = {"signal": [Signal.objects.get(account=scene.acme).pk, "x", 10**30]}
    assert _said(client, f"{URL}begin/", ids) == "1 run begins."
    assert Run.objects.get().account == scene.acme
    assert _said(client, f"{URL}begin/") == "Nothing begins."
    assert "None of your accounts waits" in _page(client, f"{URL}?who=mine")
    assert client.post(f"{URL}all/").status_code == 403
    assert client.post(f"{URL}leave/").status_code == 403
    assert as_user(scene.vera).post(f"{URL}begin/", ids).status_code == 403


def test_what_does_not_begin_says_why(cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "share", lambda *parts: 0.0)
    publish(play(holdout=10, caps={"starts_a_day": 1}), now=NOW - DAY)
    ids = [signal(one, is_standing=True).pk for one in (cast.acme, cast.globex)]
    client = as_user(cast.mary)
    assert _page(client).count("Does not begin now: the caps of the playbook leave no room.") == 1
    asked = _page(client, f"{URL}all/")
    assert "Begin for 2 accounts?" in asked
    assert "Its cap lets 1 begin a day" in asked
    assert "10 % are held out" in asked
    said = _said(client, f"{URL}begin/", {"signal": ids})
    assert said == "Nothing begins, 1 is held out. 1 does not: the caps of the playbook leave no room."


def test_a_manager_lets_all_of_them_in(scene: Cast, as_user: AsUser) -> None:
    client = as_user(scene.mary)
    assert "For some a day, edit the playbook" in _page(client, f"{URL}all/")
    assert _said(client, f"{URL}all/") == "With the next refresh “Play” takes 2 accounts in, by its rules."
    assert "Nothing waits" in _page(client)
    assert "stood in this already" not in _page(client, "/playbooks/play/")
    assert refresh()[0] == 2


def test_a_manager_leaves_them_and_takes_that_back(scene: Cast, as_user: AsUser) -> None:
    client = as_user(scene.mary)
    told = next(iter(client.post(f"{URL}leave/", follow=True).context["messages"]))
    assert str(told).startswith("Nobody is reminded of them any more.")
    assert "Stood already" not in _page(client, "/")
    assert "Nobody is reminded of those" in _page(client)
    signal(account("late"), is_standing=True, opened_at=NOW + 400 * DAY)
    assert "Nobody is reminded of those" not in _page(client), "another one came"
    Signal.objects.filter(account__key="late").delete()
    client.post(told.extra_tags.removeprefix("undo:"))
    assert "Stood already" in _page(client, "/")


def test_a_paused_playbook_has_to_be_resumed_first(scene: Cast, as_user: AsUser) -> None:
    services.pause("play", by=scene.mary, now=NOW)
    page = _page(as_user(scene.mary))
    assert "The playbook is paused. Resume it, then begin." in page
    assert "Begin for all" not in page


def test_many_are_paged_and_ask_as_many_questions(
    scene: Cast,
    as_user: AsUser,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    for number in range(10):
        signal(account(f"A{number}"), is_standing=True)
    client = as_user(scene.mary)
    with django_assert_max_num_queries(22):  # type: ignore[attr-defined]
        client.get(URL)
    monkeypatch.setattr("mainstay.web.playbooks.backlog.PAGE", 8)
    assert "?page=2" in _page(client)
    assert "Accounts 9–12" in _page(client, f"{URL}?page=2")


def test_a_signal_says_that_it_stood(scene: Cast, as_user: AsUser) -> None:
    found = Signal.objects.get(account=scene.acme)
    assert "It stood already when it was first looked at" in _page(as_user(scene.vera), f"/signals/{found.pk}/")
