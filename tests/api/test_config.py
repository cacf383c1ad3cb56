"""Config as code through the API: export, plan, apply, and who may."""

from typing import Any

import pytest
from django.test import Client

from mainstay.facts.models import Feature
from mainstay.people.models import User
from mainstay.people.services import create_api_key
from tests.builders import Cast

pytestmark = pytest.mark.django_db
FILES = {"features/reports.yaml": "key: reports\nlabel: Reports\nevents: [Report Viewed]\n"}


def ask(user: User, method: str, path: str, body: Any = None) -> Any:
    _, secret = create_api_key(user, name=f"ci {path}")
    send = getattr(Client(), method)
    options = {"data": body, "content_type": "application/json"} if body is not None else {}
    return send(f"/api/v1/config/{path}", headers={"Authorization": f"Bearer {secret}"}, **options)


def test_a_plan_is_seen_and_exactly_that_is_applied(cast: Cast) -> None:
    seen = ask(cast.mary, "post", "plan", {"files": FILES}).json()
    assert [(change["action"], change["key"]) for change in seen["changes"]] == [("create", "reports")]
    assert not Feature.objects.exists()
    answer = ask(cast.mary, "post", "apply", {"files": FILES, "digest": seen["digest"], "reason": "Reviewed."})
    assert answer.status_code == 200
    assert Feature.objects.get().label == "Reports"
    assert "label: Reports" in ask(cast.mary, "get", "").json()["files"]["features/reports.yaml"]


def test_another_plan_than_the_one_seen_is_refused(cast: Cast) -> None:
    answer = ask(cast.mary, "post", "apply", {"files": FILES, "digest": "0" * 16})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_changed")


def test_a_bad_file_is_refused_with_its_name(cast: Cast) -> None:
    answer = ask(cast.mary, "post", "plan", {"files": {"features/reports.yaml": "key: reports"}})
    assert answer.status_code == 422
    assert "Feature 'reports' says events" in answer.json()["message"]


def test_who_does_not_manage_may_read_and_not_plan(cast: Cast) -> None:
    assert ask(cast.vera, "get", "").status_code == 200
    assert ask(cast.alice, "post", "plan", {"files": {}}).status_code == 403
    assert ask(cast.alice, "post", "apply", {"files": {}, "digest": ""}).status_code == 403
    assert Client().get("/api/v1/config/").status_code == 401


def test_schemas_are_published_for_editors(cast: Cast) -> None:
    told = ask(cast.vera, "get", "schemas/features").json()
    assert told["properties"]["events"]["description"]
    assert ask(cast.vera, "get", "schemas/colours").status_code == 404


def test_a_wrong_key_is_told_what_a_right_one_is(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/api/v1/config/plan", "{}", content_type="application/json", headers={"Authorization": "Bearer ma_wrong"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_session_needs_its_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mary, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/config/").status_code == 200
    assert client.post("/api/v1/config/plan", "{}", content_type="application/json").status_code == 403
