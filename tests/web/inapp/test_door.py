"""What browsers may ask: only listed sites, only who was signed, only one's own."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from mainstay.deliveries.content import Button, Content, Item, Kind
from mainstay.deliveries.inapp import setup
from mainstay.deliveries.models import Delivery, Receipt, State
from mainstay.people.models import WriteKey
from mainstay.people.services import revoke_write_key
from mainstay.web.inapp.door import LATER, SOON, reports
from tests.builders import Cast
from tests.web.inapp.people import Customer, customer, put

MESSAGES, REPORTS = "/in-app/v1/messages", "/in-app/v1/reports"


@pytest.fixture
def acme(cast: Cast) -> Customer:
    return customer(cast)


def ask(acme: Customer, user: str = "ann", *, origin: str = "", tag: str = "", **shown: str) -> HttpResponse:
    """As the script asks."""
    parts = [shown.get("key", acme.key), user, shown.get("hash", acme.hash(user))]
    headers = {
        "Authorization": f"Mainstay {':'.join(quote(part, safe='') for part in parts)}",
        "Origin": origin or acme.origin,
    }
    return Client().get(f"{MESSAGES}?v=1", headers=headers | ({"If-None-Match": tag} if tag else {}))


def tell(acme: Customer, *reports: dict[str, Any], user: str = "ann", **shown: str) -> HttpResponse:
    body = {"key": acme.key, "user": user, "hash": acme.hash(user), "reports": reports, **shown}
    return Client().post(
        REPORTS, json.dumps(body, default=str), content_type="text/plain", headers={"Origin": acme.origin}
    )


def test_who_was_signed_reads_her_own_messages_and_nothing_about_her(acme: Customer) -> None:
    items = (Item("Create a project", "/new", "Project Created"), Item("Look around"))
    id = put(acme.ann, "Start", Content(Kind.CHECKLIST, Button("Help", "/help"), items=items), text="Two steps.")
    put(acme.bea, "Not yours")
    response = ask(acme)
    assert response.status_code == 200
    assert json.loads(response.content) == {
        "messages": [
            {
                "id": str(id),
                "kind": "checklist",
                "title": "Start",
                "text": "Two steps.",
                "button": {"label": "Help", "link": "/help"},
                "items": [
                    {"text": "Create a project", "link": "/new", "event": "Project Created"},
                    {"text": "Look around"},
                ],
                "at": "top",
                "is_new": True,
            }
        ]
    }
    assert response["Access-Control-Allow-Origin"] == acme.origin
    assert "Access-Control-Allow-Credentials" not in response
    assert (response["Retry-After"], response["Cache-Control"]) == (str(SOON), "no-store")
    assert not response.cookies


def test_the_same_again_is_not_sent_again_and_nothing_is_nothing(acme: Customer) -> None:
    empty = ask(acme)
    assert (empty.status_code, empty.content, empty["Retry-After"]) == (204, b"", str(LATER))
    put(acme.ann, "Hello")
    tag = ask(acme)["ETag"]
    again = ask(acme, tag=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    put(acme.ann, "More", Content(Kind.MODAL))
    assert ask(acme, tag=tag).status_code == 200


def test_somebody_who_is_not_known_yet_has_nothing(acme: Customer) -> None:
    assert ask(acme, "new person: zoë/1").status_code == 204


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"hash": "0" * 64}, 403, "bad_hash"),
        ({"hash": ""}, 403, "bad_hash"),
        ({"user": "bea", "hash": "ann's"}, 403, "bad_hash"),
        ({"user": ""}, 403, "bad_hash"),
        ({"key": "mw_unknown"}, 401, "unknown_key"),
    ],
)
def test_whoever_shows_something_wrong_gets_nothing(
    acme: Customer, changes: dict[str, str], status: int, code: str
) -> None:
    put(acme.ann, "Hello")
    put(acme.bea, "Hello")
    changes = {name: acme.hash("ann") if value == "ann's" else value for name, value in changes.items()}
    response = ask(acme, **changes)
    assert (response.status_code, json.loads(response.content)["code"]) == (status, code)
    assert b"Hello" not in response.content


def test_a_revoked_key_reads_nothing(acme: Customer, cast: Cast) -> None:
    revoke_write_key(WriteKey.objects.get(), by=cast.ada)
    assert ask(acme).status_code == 401


def test_without_credentials_or_a_secret_nothing_is_said(acme: Customer) -> None:
    assert Client().get(MESSAGES).status_code == 401
    setup.save_setup(salt="", former_salt="")
    response = ask(acme)
    assert (response.status_code, json.loads(response.content)["code"]) == (403, "not_set_up")


def test_a_page_of_another_site_cannot_read_the_answer(acme: Customer) -> None:
    put(acme.ann, "Hello")
    for origin in ("https://evil.example", "null"):
        response = ask(acme, origin=origin)
        assert response.status_code == 403
        assert "Access-Control-Allow-Origin" not in response
        assert b"Hello" not in response.content


def test_the_question_before_the_question_is_answered_for_listed_sites(acme: Customer) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    response = Client().options(MESSAGES, headers={"Origin": acme.origin, **asked})
    assert (response.status_code, response["Access-Control-Allow-Headers"]) == (204, "Authorization, If-None-Match")
    assert int(response["Access-Control-Max-Age"]) >= 7200
    refused = Client().options(MESSAGES, headers={"Origin": "https://evil.example", **asked})
    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused


def test_what_became_of_messages_is_taken_once(acme: Customer) -> None:
    id = put(acme.ann, "Hello")
    for _ in range(2):
        assert tell(acme, {"id": id, "what": "shown"}, {"id": id, "what": "clicked", "detail": "/x"}).status_code == 204
    assert Delivery.objects.get().state == State.SENT
    assert list(Receipt.objects.values_list("kind", flat=True)) == ["In-App Message Shown", "In-App Message Clicked"]
    assert ask(acme).status_code == 204


def test_nobody_tells_for_another(acme: Customer) -> None:
    id = put(acme.ann, "Hello")
    assert tell(acme, {"id": id, "what": "dismissed"}, user="bea").status_code == 204
    assert tell(acme, {"id": id, "what": "dismissed"}, hash=acme.hash("bea")).status_code == 403
    assert ask(acme).status_code == 200
    assert Delivery.objects.get().state == State.QUEUED


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"key": "x"}', b"\xff", json.dumps({"reports": [{"id": "no", "what": "shown"}]}).encode()]
)
def test_what_is_no_report_is_refused_with_the_reason(acme: Customer, body: bytes) -> None:
    response = Client().post(REPORTS, body, content_type="text/plain", headers={"Origin": acme.origin})
    assert response.status_code in (400, 413)
    assert json.loads(response.content)["code"] in ("malformed", "too_large")


def test_a_body_is_bounded(acme: Customer) -> None:
    report = {"id": put(acme.ann, "Hello"), "what": "clicked", "detail": "x" * 20_000}
    assert tell(acme, report).status_code == 413
    chunked = json.dumps({"key": acme.key, "reports": [], "user": "x" * 20_000}).encode()
    unmeasured = RequestFactory().generic("POST", REPORTS, chunked, headers={"Origin": acme.origin})
    del unmeasured.META["CONTENT_LENGTH"]
    assert reports(unmeasured).status_code == 413


def test_other_methods_are_refused(acme: Customer) -> None:
    assert Client().post(MESSAGES, headers={"Origin": acme.origin}).status_code == 405
    assert Client().get(REPORTS, headers={"Origin": acme.origin}).status_code == 405


def test_who_asks_too_often_waits_and_others_do_not(acme: Customer) -> None:
    codes = [ask(acme).status_code for _ in range(31)]
    assert codes == [204] * 30 + [429]
    response = ask(acme)
    assert int(response["Retry-After"]) >= 1
    assert response["Access-Control-Allow-Origin"] == acme.origin
    assert ask(acme, "bea").status_code == 204


def test_guessing_costs_one_statement_and_asking_few(acme: Customer) -> None:
    with CaptureQueriesContext(connection) as guessed:
        ask(acme, hash="0" * 64)
    assert len(guessed) == 1
    ask(acme)
    with CaptureQueriesContext(connection) as asked:
        ask(acme)
    assert len(asked) <= 6


def test_that_a_browser_asked_is_seen_in_settings(acme: Customer) -> None:
    ask(acme)
    seen = setup.read_setup()
    assert (seen.seen_origin, seen.seen_version) == (acme.origin, "1")
    assert seen.seen_at is not None


def test_no_session_is_read_or_made(acme: Customer, settings: LazySettings) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "stolen"
    headers = {"Authorization": f"Mainstay {acme.key}:ann:{acme.hash('ann')}", "Origin": acme.origin}
    assert client.get(MESSAGES, headers=headers).status_code == 204
    assert Client().get(MESSAGES, headers={"Origin": acme.origin}).status_code == 401
