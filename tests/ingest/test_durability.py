"""kill -9 of the door under load, at random moments: every event that was acknowledged is in the inbox."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.ingest.serving import BASIC, empty_inbox, stored_events

ROOT = Path(__file__).parents[2]
SERVER = """
import os, sys
import django
django.setup()
from django.db import connection
if sys.argv[2]:
    connection.settings_dict["NAME"] = sys.argv[2]
import uvicorn
from mainstay.ingest import door
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.keys import StaticKeys
inbox = open_inbox()
served = door.application(inbox, StaticKeys({"mw_test": 1}))
async def application(scope, receive, send):
    if scope["type"] == "http":
        await served(scope, receive, send)
        return
    await receive()
    inbox.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
uvicorn.run(application, port=int(sys.argv[1]), log_level="error", access_log=False)
"""


class Clients:
    """Some clients that send batches as fast as they can and note what was acknowledged."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self.acknowledged: set[str] = set()
        self.threads = [threading.Thread(target=self.send, args=[number]) for number in range(8)]
        for thread in self.threads:
            thread.start()

    def send(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            for count in range(100_000):
                ids = [f"{self.name}-{number}-{count}-{n}" for n in range(3)]
                batch = [{"type": "track", "event": "x", "userId": "u", "messageId": each} for each in ids]
                connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), BASIC)
                if connection.getresponse().read() == b'{"success":true}':
                    self.acknowledged.update(ids)
        except (OSError, http.client.HTTPException):
            pass  # killed
        finally:
            connection.close()

    def join(self) -> set[str]:
        for thread in self.threads:
            thread.join()
        return self.acknowledged


def start_server(home: Path) -> tuple["subprocess.Popen[bytes]", int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name = str(connection.settings_dict["NAME"]) if connection.vendor == "postgresql" else ""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port), name], cwd=ROOT,
                               env={**os.environ, "MAINSTAY_HOME": str(home)})  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process, port
        except OSError:
            time.sleep(0.02)
    process.kill()
    raise AssertionError("the server did not start")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_event_survives_kill_9(settings: LazySettings) -> None:
    acknowledged: set[str] = set()
    chance = random.Random(9)
    try:
        for number in range(3):
            process, port = start_server(settings.MAINSTAY_HOME)
            clients = Clients(port, str(number))
            deadline = time.monotonic() + 20
            while not clients.acknowledged and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.1, 0.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
            acknowledged |= clients.join()
        kept = {event.message_id for event in stored_events()}
    finally:
        empty_inbox()
    assert len(acknowledged) > 100
    assert acknowledged - kept == set()
