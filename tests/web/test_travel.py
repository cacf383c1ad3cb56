"""Looking at the past: every page keeps the date, says so, and changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from mainstay.common.errors import Invalid
from mainstay.lake.days import Known
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.web.moment import moment_of
from mainstay.web.travel import keep_date
from tests.builders import Cast
from tests.web.scene import as_of

type AsUser = Callable[[User], Client]
YESTERDAY = as_of(1)


def request(query: str, **headers: str) -> HttpRequest:
    return RequestFactory(headers=headers).get(f"/accounts/?{query}")


def test_a_moment_is_now_unless_the_address_says_otherwise() -> None:
    moment = moment_of(request(""))
    assert (moment.is_past, moment.query, moment.kept_day) == (False, "", None)


def test_a_midnight_is_told_by_the_day_that_ended_with_it() -> None:
    moment = moment_of(request("as_of=2026-09-01"))
    assert moment.at == datetime(2026, 9, 1, tzinfo=UTC)
    assert (str(moment.kept_day), moment.query, moment.known) == ("2026-08-31", "as_of=2026-09-01", Known.NOW)
    within = moment_of(request("as_of=2026-09-01T12:00:00Z&known=then"))
    assert (within.kept_day, within.known) == (None, Known.THEN)
    assert within.query == "as_of=2026-09-01T12%3A00%3A00%2B00%3A00&known=then"


@pytest.mark.parametrize("day", ["2999-01-01", "1999-12-31", "yesterday"])
def test_a_day_nobody_can_look_at_is_refused(day: str) -> None:
    with pytest.raises(Invalid, match="as_of is"):
        moment_of(request(f"as_of={day}"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="/signals/">', '<a href="/signals/?D">'),
        ('<a href="/signals/?owner=3&amp;kind=x#top">', '<a href="/signals/?owner=3&amp;kind=x&amp;D#top">'),
        ('<a href="?days=30" hx-get="/a/">', '<a href="?days=30&amp;D" hx-get="/a/?D">'),
        ('<button formaction="/b/">', '<button formaction="/b/?D">'),
        ('<form method="post" action="/c/">', '<form method="post" action="/c/?D">'),
        (
            '<form method="get" action="/c/">',
            '<form method="get" action="/c/"><input type="hidden" name="as_of" value="2026-09-01">',
        ),
        ('<a href="#main">', '<a href="#main">'),
        ('<a href="https://example.com/">', '<a href="https://example.com/">'),
        ('<a href="/now/" data-now>', '<a href="/now/" data-now>'),
        ('<a href="/x/?as_of=2026-01-01">', '<a href="/x/?as_of=2026-01-01">'),
        ('<link href="/static/a.css"><use href="/static/i.svg#b"/>',) * 2,
        ('a &lt; b, href="/not-a-tag/"',) * 2,
    ],
)
def test_links_and_forms_keep_the_date(before: str, after: str) -> None:
    assert keep_date(before, "as_of=2026-09-01") == after.replace("D", "as_of=2026-09-01")


def test_the_banner_says_where_we_are_and_leads_back(as_user: AsUser, cast: Cast) -> None:
    page = as_user(cast.alice).get(f"/accounts/acme/usage/?{YESTERDAY}&days=30").content.decode()
    day = datetime.now(UTC).date() - timedelta(days=1)
    assert f"You are looking at <b>{day:%-d %B %Y}</b>" in page
    assert '<a class="btn sm" href="/accounts/acme/usage/?days=30" data-now>Back to now</a>' in page
    assert f'href="/signals/?{YESTERDAY}"' in page, "the navigation keeps the date"


def test_the_present_has_no_banner(as_user: AsUser, cast: Cast) -> None:
    page = as_user(cast.alice).get("/accounts/acme/").content.decode()
    assert "You are looking at" not in page
    assert "as_of=" not in page


def test_a_page_without_a_past_says_that_it_shows_now(as_user: AsUser, cast: Cast) -> None:
    page = as_user(cast.alice).get(f"/profile/?{YESTERDAY}").content.decode()
    assert "this page has no past" in page


def test_whoever_looks_at_the_past_is_a_viewer_there(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    past = client.get(f"/accounts/acme/?{YESTERDAY}").content.decode()
    assert "Edit account" not in past
    assert 'href="/settings/' not in past
    refused = client.get(f"/settings/?{YESTERDAY}")
    assert refused.status_code == 403
    assert "past" in refused.content.decode()
    assert "Edit account" in client.get("/accounts/acme/").content.decode()


@pytest.mark.parametrize("told_by", ["address", "htmx", "referer"])
def test_what_writes_is_refused_in_the_past(as_user: AsUser, cast: Cast, told_by: str) -> None:
    page = f"http://testserver/accounts/acme/?{YESTERDAY}"
    headers = {
        "address": {},
        "htmx": {"HX-Request": "true", "HX-Current-URL": page},
        "referer": {"Referer": page},
    }[told_by]
    url = reverse("portfolio-task", args=["acme"]) + (f"?{YESTERDAY}" if told_by == "address" else "")
    answer = as_user(cast.alice).post(url, {"title": "Call"}, headers=headers)
    assert answer.status_code == 409
    assert "the past cannot be changed" in answer.content.decode()
    assert not Task.objects.exists()


def test_the_api_refuses_in_its_own_shape(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.alice).post(f"/api/v1/accounts/acme?{YESTERDAY}")
    assert (answer.status_code, answer.json()["code"]) == (409, "read_only")


def test_what_changes_no_account_works_in_the_past_and_stays_there(as_user: AsUser, cast: Cast) -> None:
    page = f"/accounts/acme/?{YESTERDAY}"
    answer = as_user(cast.alice).post(f"/profile/preferences/?{YESTERDAY}", {"theme": "dark", "next": page})
    assert (answer.status_code, answer["Location"]) == (302, page)
    cast.alice.refresh_from_db()
    assert cast.alice.theme == "dark"


def test_what_htmx_asks_for_has_the_date_of_its_page(as_user: AsUser, cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/accounts/acme/?{YESTERDAY}"}
    page = as_user(cast.alice).get("/jump/?q=glo", headers=headers).content.decode()
    assert f'href="/accounts/globex/?{YESTERDAY}"' in page


def test_looking_back_asks_for_a_day_and_keeps_the_rest_of_the_address(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.vera)
    page = client.get("/look-back/", {"next": "/accounts/acme/usage/?days=30&after=x"}).content.decode()
    assert 'action="/accounts/acme/usage/"' in page
    assert 'name="days" value="30"' in page
    assert 'name="after"' not in page
    assert 'action="/"' in client.get("/look-back/", {"next": "https://evil.example/"}).content.decode()


def test_a_bad_date_is_a_page_with_the_reason(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.vera).get("/accounts/acme/?as_of=2999-01-01")
    assert answer.status_code == 422
    assert "still to come" in answer.content.decode()


def test_charlie_sees_only_sign_in(visitor: Client) -> None:
    assert visitor.get(f"/accounts/?{YESTERDAY}")["Location"].startswith("/sign-in/")
