"""The pages behind the links in mails: without sign-in, and a GET changes nothing."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries import links, policies
from mainstay.deliveries.consent import choices_of, choose
from mainstay.deliveries.models import ConsentEntry, Delivery, Receipt
from mainstay.deliveries.policy import SHIPPED
from mainstay.deliveries.services import request_delivery
from tests.builders import Cast

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID = derived_id("public")
EMAIL = "ann@acme.example"


@pytest.fixture
def delivery(cast: Cast) -> Delivery:
    ann = Contact.objects.create(key="ann", name="Ann", email=EMAIL, account=cast.acme)
    request_delivery(ID, channel="email", to=ann, category="product_news", subject="News", text="t", now=NOW)
    return Delivery.objects.get(pk=ID)


def path(url: str) -> str:
    return url.removeprefix(links.base_url())


PREFERENCES, UNSUBSCRIBE = path(links.preferences_url(ID)), path(links.unsubscribe_url(ID))


def choices() -> dict[str, bool]:
    return choices_of({EMAIL}).get(EMAIL, {})


def test_one_click_of_a_mail_program_unsubscribes_without_cookies(delivery: Delivery) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(UNSUBSCRIBE, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, choices()) == (200, {"*": False})
    assert ConsentEntry.objects.get().how == "One click in the mail program (RFC 8058)"
    assert Receipt.objects.get().kind == "Unsubscribed"
    again = client.post(UNSUBSCRIBE, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (again.status_code, ConsentEntry.objects.count()) == (200, 1)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_whoever_only_follows_the_links_changes_nothing(client: Client, delivery: Delivery, method: str) -> None:
    for url in (UNSUBSCRIBE, PREFERENCES, path(links.open_url(ID)), path(links.click_url(ID, "https://a.example/"))):
        getattr(client, method)(url)
    assert choices() == {}
    assert not Receipt.objects.exists()


def test_a_person_is_asked_first_and_sees_what_came_of_it(client: Client, delivery: Delivery) -> None:
    page = client.get(UNSUBSCRIBE).content.decode()
    assert "Unsubscribe?" in page
    assert "Stop only “Product news”" in page
    answer = client.post(UNSUBSCRIBE, follow=True)
    assert answer.redirect_chain == [(f"{PREFERENCES}?saved=1", 302)]
    assert "You get nothing any more but what concerns your account" in answer.content.decode()
    assert "You are unsubscribed" in client.get(UNSUBSCRIBE).content.decode()


def test_single_categories_are_chosen_and_service_stays(client: Client, delivery: Delivery) -> None:
    answer = client.post(PREFERENCES, {"category": ["onboarding", "service", "made_up"]}, follow=True)
    assert answer.status_code == 200
    assert {key for key, allowed in choices().items() if allowed} == {"onboarding"}
    assert "*" not in choices()
    assert Receipt.objects.get().detail == "advocacy, product_news, research, success"


def test_nothing_ticked_is_unsubscribed_and_ticking_one_comes_back(client: Client, delivery: Delivery) -> None:
    client.post(PREFERENCES)
    assert choices()["*"] is False
    client.post(PREFERENCES, {"category": "research"})
    assert "*" not in choices()
    page = client.get(PREFERENCES).content.decode()
    assert 'value="research" checked' in page
    assert 'value="success">' in page


def test_the_page_shows_what_the_decision_would_see(client: Client, cast: Cast, delivery: Delivery) -> None:
    asked = SHIPPED.categories[3].model_copy(update={"consent": "opt_in"})
    policies.save_policy(
        SHIPPED.model_copy(update={"categories": (SHIPPED.categories[0], asked)}), by=cast.mary, now=NOW
    )
    assert 'value="product_news">' in client.get(PREFERENCES).content.decode()
    choose(EMAIL, "product_news", allowed=True, how="a form", now=NOW)
    assert 'value="product_news" checked' in client.get(PREFERENCES).content.decode()


def test_pages_are_strict_and_kept_by_nobody(client: Client, delivery: Delivery) -> None:
    answer = client.get(PREFERENCES)
    assert "script-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert b"<script" not in answer.content


def test_the_preference_page_cannot_be_posted_to_by_another_site(delivery: Delivery) -> None:
    assert Client(enforce_csrf_checks=True).post(PREFERENCES).status_code == 403
    assert choices() == {}


@pytest.mark.parametrize("purpose", ["p", "u", "c"])
def test_a_link_that_is_not_ours_leads_nowhere(client: Client, delivery: Delivery, purpose: str) -> None:
    answer = client.get(f"/m/{purpose}/{ID.hex}:forged/")
    assert answer.status_code == 404
    assert "This link is not known" in answer.content.decode()


def test_the_links_of_a_test_say_that_it_was_one(client: Client, delivery: Delivery) -> None:
    for url in (links.preferences_url(links.NO_MESSAGE), links.unsubscribe_url(links.NO_MESSAGE)):
        assert "This was a test" in client.get(path(url)).content.decode()
        assert client.post(path(url)).status_code == 404
    assert choices() == {}


def test_a_link_of_somebody_who_was_erased_says_so(client: Client, delivery: Delivery) -> None:
    Contact.objects.all().delete()
    assert client.get(PREFERENCES).status_code == 404
    assert client.post(UNSUBSCRIBE, {"List-Unsubscribe": "One-Click"}).status_code == 404


def test_clicks_and_opens_are_counted_only_while_that_is_asked_for(
    client: Client, cast: Cast, delivery: Delivery
) -> None:
    click, picture = path(links.click_url(ID, "https://docs.example/")), path(links.open_url(ID))
    answer = client.get(click)
    assert (answer.status_code, answer["Location"]) == (302, "https://docs.example/")
    assert client.get(picture)["Content-Type"] == "image/gif"
    assert not Receipt.objects.exists()
    tracking = SHIPPED.model_copy(update={"track_opens": True, "track_clicks": True})
    policies.save_policy(tracking, by=cast.mary, now=NOW)
    for url in (click, picture, picture):
        client.get(url)
    assert set(Receipt.objects.values_list("kind", flat=True)) == {"Email Link Clicked", "Email Opened"}
