"""The pulse on the page of an account: given, shown, withdrawn, taken back."""

from datetime import timedelta

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.interactions.models import Pulse
from mainstay.people.models import Role, User
from tests.builders import Cast

URL = "/portfolio/pulse/acme/"


def _values(**changed: str) -> dict[str, str]:
    expires = (utc_now().date() + timedelta(days=30)).isoformat()
    return {"band": "red", "score": "", "reason": "The sponsor left.", "expires_on": expires} | changed


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def test_a_pulse_is_given_and_shown_with_its_reason(alice: Client, cast: Cast) -> None:
    response = alice.post(URL, _values(), follow=True)
    pulse = Pulse.objects.get()
    assert (pulse.score, pulse.reason, pulse.user) == (25, "The sponsor left.", cast.alice)
    page = alice.get("/accounts/acme/").content.decode()
    assert "The sponsor left." in page
    assert "At risk:" in page
    assert "Pulse: 25" in page
    undo = next(message.extra_tags.removeprefix("undo:") for message in response.context["messages"])
    alice.post(undo)
    assert not Pulse.objects.exists()


def test_who_wants_to_be_exact_gives_a_number(alice: Client) -> None:
    alice.post(URL, _values(score="71"))
    assert Pulse.objects.get().score == 71


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"band": ""}, "Choose a band, or give a number below."),
        ({"score": "200"}, "less than or equal to 100"),
        ({"reason": ""}, "This field is required."),
        ({"expires_on": "2020-01-01"}, "choose a day after"),
    ],
)
def test_a_refused_pulse_says_why_and_keeps_what_was_written(alice: Client, changed: dict[str, str], said: str) -> None:
    response = alice.post(URL, _values(**changed))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert ("The sponsor left." in response.content.decode()) or "reason" in changed
    assert not Pulse.objects.exists()


def test_a_pulse_is_withdrawn_and_that_is_undone(alice: Client, cast: Cast) -> None:
    alice.post(URL, _values())
    pulse = Pulse.objects.get()
    response = alice.post(f"/pulses/{pulse.pk}/withdraw/", follow=True)
    assert "Nobody has said how this account is" in alice.get("/accounts/acme/").content.decode()
    undo = [message.extra_tags.removeprefix("undo:") for message in response.context["messages"]][-1]
    alice.post(undo)
    assert "The sponsor left." in alice.get("/accounts/acme/").content.decode()


def test_a_viewer_reads_and_gives_none(client: Client, cast: Cast) -> None:
    client.force_login(User.objects.create(email="v@orchard.example", name="V", role=Role.VIEWER))
    assert "pulse/acme" not in client.get("/accounts/acme/").content.decode()
    assert client.post(URL, _values()).status_code == 403
    assert client.post("/pulses/1/withdraw/").status_code == 403
