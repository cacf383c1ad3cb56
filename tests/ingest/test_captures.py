"""Recorded requests of real clients, sent again: everything they say arrives."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mainstay.ingest.keys import StaticKeys
from mainstay.ingest.wire import TYPES
from tests.ingest.serving import ask, open_door, stored, stored_events

pytestmark = pytest.mark.django_db
OURS = Path(__file__).parent / "captures"
# Many more, where the recordings lie beside the repository.
SHARED = Path(__file__).parents[3] / "shared" / "captures"
PATHS = [*sorted(OURS.glob("*.json")), *sorted(SHARED.glob("*.json"))]
# Other protocols than Segment's.
ELSEWHERE = ("/batch/", "/e/", "/page.html")


class AnyKey(StaticKeys):
    """Recordings carry the keys of their day."""

    async def find(self, secret: str) -> int | None:
        return 1 if secret else None


@pytest.fixture
def port() -> Iterator[int]:
    with open_door(AnyKey({})) as port:
        yield port


def body_of(request: dict[str, Any]) -> bytes | None:
    if request.get("body_b64"):
        return base64.b64decode(request["body_b64"])
    if "json" not in request:
        return None
    body = json.dumps(request["json"]).encode()
    return gzip.compress(body) if request.get("is_gzip") else body


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_recording_is_taken_whole(port: int, path: Path) -> None:
    expected: list[dict[str, Any]] = []
    for request in json.loads(path.read_text()):
        method, target, _ = request["request_line"].split()
        if target.startswith(ELSEWHERE):
            continue
        headers = {name: value for name, value in request["headers"] if name.lower() not in ("host", "content-length")}
        answer = ask(port, target, body_of(request), headers, method=method)
        assert answer.status == 200, (target, answer)
        if method == "POST":
            assert answer.json == {"success": True}
            expected += request["json"].get("batch", [request["json"]])
    events = stored_events()
    assert len(events) == len(expected)
    assert [each.message_id for each in events] == [each["messageId"] for each in expected]
    assert {event.type for event in events} <= TYPES
    assert all(event.user_key or event.anonymous_id or event.account_key for event in events)
    assert all(envelope.rejected == () for envelope in stored())
