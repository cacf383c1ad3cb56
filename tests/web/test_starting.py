"""A playbook is started on the ticked accounts of the Portfolio: which, what it would come to, then begin; and undo."""

from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.people.models import User
from mainstay.playbooks import services
from mainstay.playbooks.models import Playbook, Run, RunState
from tests.builders import NOW, Cast
from tests.playbooks.plays import play, publish

type AsUser = Callable[[User], Client]
URL = "/portfolio/start/"


@pytest.fixture
def scene(cast: Cast) -> Cast:
    """A playbook that is under way on Acme, and one that is paused."""
    publish(play(entry={"by": "hand"}))
    publish(play(key="paused"))
    Playbook.objects.filter(key="paused").update(is_active=False)
    services.start_by_hand("play", [cast.acme], token="first", by=cast.alice, now=NOW)
    return cast


def ticked(cast: Cast) -> dict[str, object]:
    return {"account": [one.pk for one in (cast.acme, cast.globex, cast.initech)]}


def test_it_asks_which_then_tells_how_many_then_begins(scene: Cast, as_user: AsUser) -> None:
    client = as_user(scene.alice)
    asked = client.post(URL, ticked(scene)).content.decode()
    assert '<option value="play">Play</option>' in asked
    assert 'value="paused"' not in asked
    confirm = client.post(URL, {**ticked(scene), "playbook": "play", "why": "They asked"})
    said = confirm.content.decode()
    assert "<b>2 runs</b> would begin" in said
    assert "<b>1</b> not: it is under way there already." in said
    assert Run.objects.count() == 1
    begin = {**ticked(scene), "playbook": "play", "why": "They asked", "token": confirm.context["token"]}
    page = client.post(URL, begin, follow=True)
    told = next(iter(page.context["messages"]))
    assert str(told) == "2 runs of “Play” begin. 1 not: it is under way there already."
    assert Run.objects.filter(why="They asked", started_by=scene.alice).count() == 2
    client.post(URL, begin)
    assert Run.objects.count() == 3
    client.post(told.extra_tags.removeprefix("undo:"))
    assert Run.objects.filter(state=RunState.STOPPED).count() == 2


def test_a_viewer_starts_nothing_and_is_offered_nothing(scene: Cast, as_user: AsUser) -> None:
    client = as_user(scene.vera)
    assert client.post(URL, {**ticked(scene), "playbook": "play", "token": "t"}).status_code == 403
    assert URL not in client.get("/accounts/").content.decode()
    assert URL in as_user(scene.alice).get("/accounts/").content.decode()
    assert Run.objects.count() == 1


def test_a_playbook_that_was_paused_meanwhile_is_told(scene: Cast, as_user: AsUser) -> None:
    page = as_user(scene.alice).post(URL, {**ticked(scene), "playbook": "paused"})
    assert page.status_code == 422
