"""The official clients, with only the host changed."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from segment.analytics.client import Client

from tests.ingest.serving import KEY, open_door, stored_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def port() -> Iterator[int]:
    with open_door() as port:
        yield port


@pytest.mark.parametrize("is_gzip", [False, True])
def test_segment_for_python(port: int, is_gzip: bool) -> None:
    problems: list[object] = []
    client = Client(
        KEY, host=f"http://127.0.0.1:{port}", gzip=is_gzip, on_error=lambda *told: problems.append(told), max_retries=0
    )
    client.identify("u-1", {"email": "ada@example.com", "createdAt": datetime(2025, 1, 2, tzinfo=UTC)})
    client.group("u-1", "acme", {"name": "Acme", "employees": 250})
    client.track("u-1", "Report Exported", {"rows": 1200, "nan": float("nan")}, context={"groupId": "acme"})
    client.track(12345, "Integer user id", timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    client.track(None, "Anonymous", anonymous_id="anon-1", message_id="my-id-1")
    client.page("u-1", "Docs", "Home", {"url": "https://example.com/"})
    client.screen("u-1", "Cat", "Main")
    client.alias("anon-1", "u-1")
    client.track("u-1", "Ünïcødé ✓ 日本 \x00 nul", {"e": "🚀"})
    client.flush()
    client.join()
    assert problems == []
    events = stored_events()
    assert [event.type for event in events] == [
        "identify", "group", "track", "track", "track", "page", "screen", "alias", "track",
    ]  # fmt: skip
    assert events[0].traits["email"] == "ada@example.com"
    assert (events[1].account_key, events[1].traits["employees"]) == ("acme", 250)
    assert (events[2].account_key, events[2].properties) == ("acme", {"rows": 1200, "nan": None})
    assert events[3].user_key == "12345"
    assert abs((events[3].timestamp - datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).total_seconds()) < 60
    assert (events[4].anonymous_id, events[4].message_id) == ("anon-1", "my-id-1")
    assert events[7].previous_id == "anon-1"
    assert events[8].event == "Ünïcødé ✓ 日本  nul"


NODE = """
const { Analytics } = require('@segment/analytics-node')
const analytics = new Analytics({ writeKey: process.argv[2], host: process.argv[3], flushAt: 15 })
analytics.on('error', error => { console.error(error); process.exitCode = 1 })
analytics.identify({ userId: 'u-1', traits: { email: 'ada@example.com' } })
analytics.group({ userId: 'u-1', groupId: 'acme', traits: { name: 'Acme' } })
for (let n = 0; n < 100; n++) {
  analytics.track({ userId: 'u-' + n, event: 'Clicked', properties: { n }, context: { groupId: 'acme' } })
}
analytics.page({ anonymousId: 'anon-1', name: 'Home' })
analytics.closeAndFlush({ timeout: 20000 })
"""


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the Node client in it; skips where Node or the registry cannot be reached."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    directory = tmp_path_factory.mktemp("node")
    (directory / "package.json").write_text(json.dumps({"name": "client", "private": True}))
    command = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--silent",
        "--fetch-retries=0",
        "@segment/analytics-node@3",
    ]
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("The npm registry does not answer")
    if done.returncode:
        pytest.skip(f"npm could not install the client: {done.stderr.decode()[-200:]}")
    (directory / "send.js").write_text(NODE)
    return directory


@pytest.mark.slow
def test_segment_for_node(port: int, node_client: Path) -> None:
    command = ["node", "send.js", KEY, f"http://127.0.0.1:{port}"]
    done = subprocess.run(command, cwd=node_client, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    events = stored_events()
    assert sorted(event.properties["n"] for event in events if event.type == "track") == list(range(100))
    assert {event.account_key for event in events if event.type == "track"} == {"acme"}
    assert sorted(event.type for event in events if event.type != "track") == ["group", "identify", "page"]
    assert len({event.message_id for event in events}) == 103
