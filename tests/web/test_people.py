"""Sign-in, its throttle, sign-out, profile and preferences."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from mainstay.people.models import User
from tests.builders import PASSWORD, Cast

type AsUser = Callable[[User], Client]


def attempt(client: Client, email: str, password: str, **more: str) -> object:
    return client.post(reverse("sign-in"), {"username": email, "password": password, **more})


def test_e_mail_and_password_lead_to_where_one_wanted_to_go(visitor: Client, cast: Cast) -> None:
    answer = attempt(visitor, cast.alice.email, PASSWORD, next="/accounts/?band=red")
    assert answer["Location"] == "/accounts/?band=red"


def test_nobody_is_sent_to_another_host(visitor: Client, cast: Cast) -> None:
    answer = attempt(visitor, cast.alice.email, PASSWORD, next="https://evil.example/")
    assert answer["Location"] == "/"


def test_the_case_of_the_e_mail_does_not_matter(visitor: Client, cast: Cast) -> None:
    assert attempt(visitor, cast.alice.email.upper(), PASSWORD).status_code == 302


def test_a_wrong_password_is_told_without_telling_who_exists(visitor: Client, cast: Cast) -> None:
    known = attempt(visitor, cast.alice.email, "wrong").content.decode()
    unknown = attempt(visitor, "nobody@orchard.example", "wrong").content.decode()
    for page in (known, unknown):
        assert "do not belong together" in page


def test_too_many_tries_are_locked_out_and_others_are_not(visitor: Client, cast: Cast, settings: LazySettings) -> None:
    settings.AXES_ENABLED = True
    for _ in range(settings.AXES_FAILURE_LIMIT):
        locked = attempt(visitor, cast.alice.email, "wrong")
    assert locked.status_code == 429
    assert "Too many tries" in locked.content.decode()
    assert attempt(visitor, cast.alice.email, PASSWORD).status_code == 429
    assert attempt(visitor, cast.alice.email.upper(), PASSWORD).status_code == 429
    assert attempt(Client(), cast.bob.email, PASSWORD).status_code == 302


def test_signing_out_ends_the_session(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    client.post(reverse("sign-out"))
    assert client.get(reverse("portfolio")).status_code == 302


def test_an_ended_session_moves_the_whole_page_to_sign_in(visitor: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?band=red"}
    answer = visitor.get(reverse("sign-in"), headers=headers)
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Faccounts%2F%3Fband%3Dred"


def test_name_and_time_zone_are_changed(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.vera)
    client.post(reverse("profile"), {"name": "Vera Novak", "time_zone": "Europe/Prague"})
    vera = User.objects.get(pk=cast.vera.pk)
    assert (vera.name, vera.time_zone) == ("Vera Novak", "Europe/Prague")
    assert client.post(reverse("profile"), {"name": "Vera", "time_zone": "Mars/Base"}).status_code == 422


def test_a_password_is_changed_with_the_old_one(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    new = "a much better secret"
    wrong = {"old_password": "no", "new_password1": new, "new_password2": new}
    assert client.post(reverse("password"), wrong).status_code == 422
    assert client.post(reverse("password"), {**wrong, "old_password": PASSWORD}).status_code == 302
    assert client.get(reverse("profile")).status_code == 200
    assert attempt(Client(), cast.alice.email, new).status_code == 302


@pytest.mark.parametrize(("name", "value"), [("theme", "dark"), ("density", "compact")])
def test_a_preference_is_kept_and_leads_back(name: str, value: str, as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    answer = client.post(reverse("preferences"), {name: value, "next": "/accounts/?band=red"})
    assert answer["Location"] == "/accounts/?band=red"
    assert f'data-{name}="{value}"' in client.get(reverse("portfolio")).content.decode()
    client.post(reverse("preferences"), {name: "nonsense"})
    assert getattr(User.objects.get(pk=cast.alice.pk), name) == value


def test_times_are_those_of_the_user(as_user: AsUser, cast: Cast) -> None:
    User.objects.filter(pk=cast.ada.pk).update(time_zone="Asia/Kolkata")
    client = as_user(User.objects.get(pk=cast.ada.pk))
    client.post(reverse("write-key-new"), {"name": "web app"})
    shown = client.get(reverse("settings-keys"))
    at = shown.context["write_keys"][0].created_at
    assert f"{(at.hour * 60 + at.minute + 330) // 60 % 24:02}:" in shown.content.decode()
