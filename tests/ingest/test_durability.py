"""kill -9 of the door under load, at random moments: every event that was acknowledged is in the inbox."""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.harness import PATIENCE, ROOT, until
from tests.ingest.serving import BASIC, empty_inbox, stored_events

MANY = 60
SERVER = """
import os, socket, sys
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
listening = socket.socket(fileno=int(sys.argv[1]))
async def application(scope, receive, send):
    if scope["type"] == "http":
        await served(scope, receive, send)
        return
    await receive()
    inbox.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
uvicorn.Server(uvicorn.Config(application, log_level="error", access_log=False)).run([listening])
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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
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
    name = str(connection.settings_dict["NAME"]) if connection.vendor == "postgresql" else ""
    # The socket is handed down, and afterwards the server's alone: clients may come at once, and are cut off with it.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(listening.fileno()), name],
            cwd=ROOT, env={**os.environ, "MAINSTAY_HOME": str(home)}, pass_fds=[listening.fileno()],
        )  # fmt: skip
        return process, listening.getsockname()[1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_event_survives_kill_9(settings: LazySettings) -> None:
    acknowledged: set[str] = set()
    chance = random.Random(9)
    try:
        for number in range(3):
            process, port = start_server(settings.MAINSTAY_HOME)
            clients = Clients(port, str(number))
            try:
                until(lambda sent=clients: len(sent.acknowledged) > MANY, every=0.005, what="answers to many")
                time.sleep(chance.uniform(0, 0.5))
            finally:
                process.kill()
                process.wait()
            acknowledged |= clients.join()
        kept = {event.message_id for event in stored_events()}
    finally:
        empty_inbox()
    assert len(acknowledged) > 3 * MANY
    assert acknowledged - kept == set()
