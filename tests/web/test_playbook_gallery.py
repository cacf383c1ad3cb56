"""The gallery of playbooks: what comes with Mainstay, explained, started as it is, or used as a draft of one's own."""

from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.deliveries.policies import policy_in_force, save_policy
from mainstay.people.models import User
from mainstay.playbooks import publishing
from mainstay.playbooks.calling import pieces
from mainstay.playbooks.models import Draft, Playbook
from mainstay.playbooks.naming import NO_NAMES
from mainstay.playbooks.reading import content_of
from tests.builders import NOW, Cast

type SignIn = Callable[[User], Client]


def test_everybody_reads_the_gallery_and_managers_begin_with_it(cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.vera).get("/playbooks/new/").content.decode()
    assert "Risk outreach" in page
    assert "From nothing" not in page
    assert "From nothing" in as_user(cast.mary).get("/playbooks/new/").content.decode()
    for user in (cast.vera, cast.alice):
        assert as_user(user).post("/playbooks/new/risk_outreach/use/").status_code == 403


@pytest.mark.parametrize("path", ["", "risk_outreach/", "risk_outreach/use/"])
def test_a_visitor_sees_only_sign_in(cast: Cast, visitor: Client, path: str) -> None:
    assert visitor.get(f"/playbooks/new/{path}")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("key", sorted(publishing.shipped()))
def test_every_play_is_explained_on_a_page(cast: Cast, as_user: SignIn, key: str) -> None:
    page = as_user(cast.vera).get(f"/playbooks/new/{key}/")
    assert page.status_code == 200
    document = publishing.shipped()[key]
    assert page.context["page"].title == document.name
    assert len(page.context["page"].lines) == len(document.steps)
    flow = page.content.decode().split('<h2 id="h-flow">')[1].split("</section>")[0]
    assert "{%" not in flow
    assert "{{" not in flow
    assert "0 runs" not in flow


def test_a_text_that_says_one_thing_or_another_shows_both_with_an_or_between() -> None:
    said = pieces("{% if metric.seats %}{{ metric.seats }} seats{% else %}A good deal{% endif %} of them", NO_NAMES)
    assert [one.text for one in said] == ["seats", " seats", "or", "A good deal", " of them"]


def test_no_other_play_has_a_page(cast: Cast, as_user: SignIn) -> None:
    assert as_user(cast.vera).get("/playbooks/new/fax/").status_code == 404


def test_a_play_is_used_under_a_key_of_ones_own(cast: Cast, as_user: SignIn) -> None:
    publishing.ensure_playbooks(NOW)
    client = as_user(cast.mary)
    taken = client.post("/playbooks/new/risk_outreach/use/", {"name": "Ours", "key": "risk_outreach"})
    assert (taken.status_code, Draft.objects.count()) == (422, 0)
    client.post("/playbooks/new/risk_outreach/use/", {"name": "Ours", "key": "our_risk"})
    shipped = content_of(publishing.shipped()["risk_outreach"])
    assert Draft.objects.get().content == {**shipped, "name": "Ours", "key": "our_risk"}


def test_a_play_that_waits_is_started_as_it_is(cast: Cast, as_user: SignIn) -> None:
    publishing.ensure_playbooks(NOW)
    Playbook.objects.filter(key="seat_limit").update(is_active=False)
    client = as_user(cast.mary)
    assert "Start it as it is" in client.get("/playbooks/new/seat_limit/").content.decode()
    client.post("/playbooks/seat_limit/switch/")
    page = client.get("/playbooks/new/seat_limit/").content.decode()
    assert "Running" in page
    assert "Start it as it is" not in page


def test_a_play_whose_links_have_no_address_says_which_once_and_leads_to_where_they_are_given(
    cast: Cast, as_user: SignIn
) -> None:
    publishing.ensure_playbooks(NOW)
    client = as_user(cast.mary)
    page = client.get("/playbooks/new/tech_touch_onboarding/").content.decode()
    assert "its texts lead to app, help and webinar, and nobody" in page
    assert "Start it as it is" not in page
    refused = client.post("/playbooks/tech_touch_onboarding/switch/")
    assert (refused.status_code, refused.content.decode().count("app, help, webinar")) == (422, 1)
    rules = "/messages/rules/?links=app,help,webinar&next=/playbooks/new/tech_touch_onboarding/"
    form = client.get(rules).context["page"].form
    assert form.initial["links"].splitlines() == ["app: ", "help: ", "webinar: "]


def test_once_the_links_are_given_the_play_is_shown_again_and_starts(cast: Cast, as_user: SignIn) -> None:
    publishing.ensure_playbooks(NOW)
    client, play = as_user(cast.mary), "/playbooks/new/tech_touch_onboarding/"
    links = {name: f"https://app.example/{name}" for name in ("app", "help", "webinar")}
    save_policy(policy_in_force().model_copy(update={"links": links}), by=cast.mary, now=NOW)
    page = client.get(play).content.decode()
    assert "cannot start" not in page
    assert "Start it as it is" in page
    assert (
        "started: accounts begin"
        in client.post("/playbooks/tech_touch_onboarding/switch/", {"next": play}, follow=True).content.decode()
    )


def test_what_a_play_does_is_counted_in_words(cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.vera).get("/playbooks/new/tech_touch_onboarding/").content.decode()
    assert "4 e-mails, 3 in-app messages, 1 task, 1 note" in page


def test_an_error_of_a_button_leads_back_to_the_page_of_the_button(cast: Cast, as_user: SignIn) -> None:
    publishing.ensure_playbooks(NOW)
    client, play = as_user(cast.mary), "http://testserver/playbooks/new/tech_touch_onboarding/"
    refused = client.post("/playbooks/tech_touch_onboarding/switch/", headers={"referer": play})
    assert f'href="{play}"' in refused.content.decode()
    elsewhere = client.post("/playbooks/tech_touch_onboarding/switch/", headers={"referer": "https://evil.example/"})
    assert "Go to Today" in elsewhere.content.decode()
    assert "evil.example" not in elsewhere.content.decode()
