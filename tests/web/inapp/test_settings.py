"""Settings, In-app, and the previews: administrators set it up, everybody sees what a contact sees."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.deliveries.content import Button, Content, Item, Kind
from mainstay.deliveries.inapp import setup
from mainstay.deliveries.inapp.reports import Report, What, take_report
from mainstay.deliveries.models import Delivery
from mainstay.people.models import User
from mainstay.web.inapp.preview import KINDS
from mainstay.web.inapp.samples import SAMPLES
from tests.builders import NOW, Cast
from tests.web.inapp.people import customer, put

type AsUser = Callable[[User], Client]

PAGES = ["settings-in-app", "in-app-secret", "in-app-preview"]


@pytest.mark.parametrize("name", PAGES)
def test_only_administrators_see_it(name: str, as_user: AsUser, visitor: Client, cast: Cast) -> None:
    assert as_user(cast.ada).get(reverse(name)).status_code == 200
    for user in (cast.mary, cast.alice, cast.vera):
        assert as_user(user).get(reverse(name)).status_code == 403
    assert visitor.get(reverse(name))["Location"].startswith("/sign-in/")


def test_sites_are_saved_and_what_is_none_is_said_beside_its_field(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    client.post(reverse("settings-in-app"), {"origins": "https://app.acme.example\nhttps://*.beta.example"})
    assert setup.read_setup().origins == ["https://app.acme.example", "https://*.beta.example"]
    assert "https://*.beta.example" in client.get(reverse("settings-in-app")).content.decode()
    answer = client.post(reverse("settings-in-app"), {"origins": "https://app.acme.example/\napp.acme.example"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "&#x27;app.acme.example&#x27; is no site" in page
    assert "https://app.acme.example/\napp.acme.example</textarea>" in page


def test_a_secret_is_asked_for_shown_once_and_the_former_one_can_be_ended(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    shown = client.post(reverse("in-app-secret")).content.decode()
    (secret,) = re.findall(r'<code id="secret">(mi_[^<]+)<', shown)
    page = client.get(reverse("settings-in-app")).content.decode()
    assert secret not in page
    assert "former" not in page
    assert "understood for 7 more days" in client.get(reverse("in-app-secret")).content.decode()
    client.post(reverse("in-app-secret"))
    assert "The former one is understood until" in client.get(reverse("settings-in-app")).content.decode()
    client.post(reverse("in-app-secret-drop"))
    assert setup.read_setup().former_salt == ""
    assert client.get(reverse("in-app-secret-drop")).status_code == 405


def test_the_page_says_whether_the_script_was_seen_and_where(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    assert "was not seen yet" in client.get(reverse("settings-in-app")).content.decode()
    setup.save_setup(seen_at=NOW, seen_origin="https://app.acme.example")
    assert "on a page of <b>https://app.acme.example</b>" in client.get(reverse("settings-in-app")).content.decode()
    assert "/sdk/v1/sdk.js" in client.get(reverse("settings-in-app")).content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_preview_in_a_frame(kind: str, as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    page = client.get(reverse("in-app-preview"), {"kind": kind, "theme": "dark", "width": "phone"}).content.decode()
    assert f'src="/settings/in-app/stage/{kind}/?theme=dark"' in page
    stage = client.get(f"/settings/in-app/stage/{kind}/?theme=dark")
    assert stage["X-Frame-Options"] == "SAMEORIGIN"
    assert SAMPLES[kind]["title"] in stage.content.decode()
    assert "'unsafe-inline'" not in stage["Content-Security-Policy"]


def test_an_unknown_kind_has_none(as_user: AsUser, cast: Cast) -> None:
    assert as_user(cast.ada).get("/settings/in-app/stage/popup/").status_code == 404


def test_messages_tell_what_became_of_those_in_the_app(as_user: AsUser, cast: Cast) -> None:
    acme = customer(cast)
    clicked = put(acme.ann, "Clicked one", Content(Kind.MODAL, Button("Go", "/x")), text="<b>Look</b>")
    take_report(acme.ann, Report(clicked, What.CLICKED, "/x"), now=NOW)
    put(acme.bea, "Waiting one", Content(Kind.CHECKLIST, items=(Item("Look"),)))
    client = as_user(cast.vera)
    page = client.get(reverse("messages"), {"channel": "in_app"}).content.decode()
    assert re.search(r"Clicked one.*?<span class=\"chip g\">Clicked</span>", page, re.DOTALL)
    assert re.search(r"Waiting one.*?Waiting</span><small>Until its reader is in the app", page, re.DOTALL)
    assert "Clicked one" not in client.get(reverse("messages"), {"channel": "email"}).content.decode()
    detail = client.get(reverse("message", args=[clicked])).content.decode()
    assert f'src="/messages/{clicked}/in-app/"' in detail
    assert "In-App Message Clicked" in detail
    stage = client.get(f"/messages/{clicked}/in-app/").content.decode()
    assert "Clicked one" in stage
    assert "<b>Look" not in stage


def test_a_mail_has_no_such_preview_and_a_visitor_none(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    acme = customer(cast)
    id = put(acme.ann, "Hello")
    assert visitor.get(f"/messages/{id}/in-app/").status_code == 302
    assert as_user(cast.vera).get("/messages/00000000-0000-0000-0000-000000000000/in-app/").status_code == 404


def test_a_manager_takes_a_message_down_and_is_asked_for_whom(as_user: AsUser, cast: Cast) -> None:
    acme = customer(cast)
    wrong, other = put(acme.ann, "Wrong one"), put(acme.bea, "Wrong one")
    Delivery.objects.update(origin="playbook:news", origin_step="tell")
    url = reverse("in-app-take-down", args=[wrong])
    client = as_user(cast.mary)
    assert url in client.get(reverse("message", args=[wrong])).content.decode()
    assert url not in as_user(cast.alice).get(reverse("message", args=[wrong])).content.decode()
    assert as_user(cast.alice).post(url, {"whom": "all"}).status_code == 403
    asked = client.get(url).content.decode()
    assert "Only Ann" in asked
    assert "Everybody who has it from this step: 2 people" in asked
    assert client.post(url, {}).status_code == 422
    client.post(url, {"whom": "all"})
    assert set(Delivery.objects.filter(pk__in=[wrong, other]).values_list("became", flat=True)) == {"taken_down"}
    page = client.get(reverse("messages")).content.decode()
    assert "Taken down by Mary." in page
    assert url not in client.get(reverse("message", args=[wrong])).content.decode()
    assert client.post(url, {"whom": "one"}).status_code == 422
