"""Links in mails: signed for one purpose each; what we did not sign leads nowhere."""

from uuid import UUID

import pytest
from django.conf import LazySettings

from mainstay.deliveries import links

ID = UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01")
URL = "https://docs.example/?a=1&b=ü#part"


def token(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_each_link_reads_as_what_it_was_made_of() -> None:
    assert links.recipient_of(token(links.preferences_url(ID))) == ID
    assert links.recipient_of(token(links.unsubscribe_url(ID))) == ID
    assert links.opened(token(links.open_url(ID))) == ID
    assert links.clicked(token(links.click_url(ID, URL))) == links.Click(ID, URL)


@pytest.mark.parametrize(
    "made_up", ["", "x", ID.hex, f"{ID.hex}:", "a:b:c", token(links.click_url(ID, URL))[:-1] + "_"]
)
def test_what_we_did_not_sign_is_nothing(made_up: str) -> None:
    assert links.recipient_of(made_up) is None
    assert links.opened(made_up) is None
    assert links.clicked(made_up) is None


def test_a_link_for_one_purpose_is_no_good_for_another() -> None:
    assert links.recipient_of(token(links.open_url(ID))) is None
    assert links.opened(token(links.unsubscribe_url(ID))) is None


def test_links_live_on_when_the_key_changes_and_the_former_one_is_kept(settings: LazySettings) -> None:
    old, former = token(links.unsubscribe_url(ID)), settings.SECRET_KEY
    settings.SECRET_KEY = "another one of at least thirty-two characters"
    assert links.recipient_of(old) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert links.recipient_of(old) == ID


def test_no_address_stands_in_a_link() -> None:
    assert "@" not in links.unsubscribe_url(ID)
    assert links.unsubscribe_url(ID).startswith("http://localhost:8000/m/u/")
