"""Whatever an address says, it is answered with a page: nobody's typing error is a fault of ours."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.people.services import create_api_key
from mainstay.segments.services import ensure_segments, refresh_memberships
from tests.builders import Cast
from tests.playbooks.plays import play, publish

type AsUser = Callable[[User], Client]
HUGE = ("9223372036854775808", "9" * 30, "9" * 5_000, "²", "-1")
NUMBERED = (
    "/accounts/?owner={}",
    "/accounts/acme/usage/?days={}",
    "/data/events/?page={}",
    "/messages/suppressed/?after={}",
    "/playbooks/play/?page={}",
    "/portfolio/accounts.csv?owner={}",
    "/segments/all/?page={}",
    "/settings/audit/?before={}",
    "/settings/dead-letters/?before={}",
    "/signals/?owner={}",
)


@pytest.fixture
def ada(cast: Cast, as_user: AsUser) -> Client:
    """An administrator, with a segment that everybody is in, and a playbook."""
    publish(play())
    ensure_segments()
    refresh_memberships(utc_now())
    return as_user(cast.ada)


@pytest.mark.parametrize("address", NUMBERED)
def test_a_number_that_no_thing_has_is_none(ada: Client, address: str) -> None:
    for number in HUGE:
        assert ada.get(address.format(number)).status_code == 200, number[:40]


@pytest.mark.parametrize("address", ["/accounts/?q=a%00b", "/accounts/a%00b/", "/segments/%00/", "/signals/?kind=%00"])
def test_a_letter_that_no_text_has_is_said(ada: Client, address: str) -> None:
    answer = ada.get(address)
    assert answer.status_code == 422
    assert "was mangled on its way" in answer.content.decode()


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "0001-01-01", "1999-12-31", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_nothing_is_known_of_is_refused(ada: Client, text: str) -> None:
    for address in ("/accounts/acme/", "/api/v1/accounts/acme", "/api/v1/signals"):
        assert ada.get(address, {"as_of": text}).status_code == 422, address


def test_a_visitor_with_such_an_instant_is_answered_too(visitor: Client) -> None:
    assert visitor.get("/sign-in/", {"as_of": "0001-01-01T00:00:00+14:00"}).status_code == 422


@pytest.mark.parametrize("path", ["accounts", "signals"])
def test_the_api_says_what_it_takes(cast: Cast, path: str) -> None:
    key = create_api_key(cast.ada, name="Odd questions")[1]
    asked = Client(headers={"Authorization": f"Bearer {key}"})
    for query in ("after=" + "9" * 30, "after=9223372036854775808", "as_of=0001-01-01", "kind=%00"):
        answer = asked.get(f"/api/v1/{path}?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["code"]


def test_a_place_without_a_time_zone_is_taken_as_utc(ada: Client) -> None:
    assert ada.get("/messages/", {"after": f"2026-01-01T00:00:00_{UUID(int=1)}"}).status_code == 200


@pytest.mark.parametrize("name", ["Referer", "HX-Current-URL"])
def test_a_page_that_is_no_address_is_nobodys(ada: Client, name: str) -> None:
    headers = {name: "http://[not-an-address", "HX-Request": "true"}
    assert ada.get("/accounts/", headers=headers).status_code == 200
    assert ada.post("/profile/", {"name": "Ada", "time_zone": "UTC"}, headers=headers).status_code == 302


@pytest.mark.parametrize("place", ["portfolio", "abc", "a.b", "javascript:alert(1)", "//evil.example/", "\\evil"])
def test_what_is_no_path_of_ours_is_nowhere_to_go(ada: Client, place: str) -> None:
    answer = ada.post("/profile/preferences/", {"theme": "dark", "next": place})
    assert (answer.status_code, answer["Location"]) == (302, "/profile/")


@pytest.mark.parametrize("address", ["/jump/", "/tasks/", "/settings/audit/", "/messages/", "/api/v1/tasks"])
def test_an_address_of_a_whole_book_is_refused(ada: Client, address: str) -> None:
    answer = ada.get(address, {"q": "x" * 60_000, "owner": "x"})
    assert answer.status_code == 422
    assert "is longer than any page asks for" in answer.content.decode()


def test_an_account_that_is_asked_for_by_a_whole_book_is_none(ada: Client) -> None:
    book = "x" * 60_000
    answer = ada.post("/tasks/new/", {"title": "Call", "account": book, "due_on": "2026-12-01"})
    assert answer.status_code == 422
    assert ada.post("/metrics/preview/", {"text": "value: {}", "accounts": book}).status_code == 200


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_beyond_all_time_is_none(ada: Client, stamp: str) -> None:
    for address in ("/messages/", "/opportunities/"):
        assert ada.get(address, {"after": f"{stamp}_{UUID(int=1)}"}).status_code == 200


def test_a_number_that_no_thing_has_is_none_in_a_form_too(ada: Client) -> None:
    for number in HUGE:
        assert ada.post("/playbooks/play/dry-run/", {"accounts": [number]}).status_code == 302


@pytest.mark.parametrize("metric", ["logins_per_week", "arr"])
def test_the_api_has_no_row_beyond_all_rows(cast: Cast, metric: str) -> None:
    key = create_api_key(cast.ada, name="Odd questions")[1]
    answer = Client(headers={"Authorization": f"Bearer {key}"}).get(
        f"/api/v1/accounts/acme/lineage/{metric}?offset=9223372036854775807"
    )
    assert answer.status_code == 422


def test_a_body_with_a_letter_that_no_text_has_is_refused(cast: Cast) -> None:
    key = create_api_key(cast.ada, name="Odd questions")[1]
    asked = Client(headers={"Authorization": f"Bearer {key}"})
    for body in ({"accounts": ["a\0"]}, {"accounts": ["acme"], "why": "\0"}):
        answer = asked.post("/api/v1/playbooks/play/runs", body, content_type="application/json")
        assert answer.status_code == 422
        assert "a letter that no text has" in answer.json()["message"]


@pytest.mark.parametrize("address", ["/signals/kinds/new/?as=yaml", "/metrics/new/?as=yaml"])
def test_a_day_that_no_month_has_is_no_fault_of_a_form(ada: Client, address: str) -> None:
    answer = ada.post(address, {"yaml": "2026-13-45", "text": "2026-13-45", "save": "1"})
    assert answer.status_code == 422
    assert "is no timestamp" in answer.content.decode()
