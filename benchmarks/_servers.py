"""The ASGI applications that the ingest benchmark serves, each by uvicorn in a process of its own."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")
django.setup()

from mainstay.ingest import door  # noqa: E402
from mainstay.ingest.inbox import open_inbox  # noqa: E402
from mainstay.ingest.keys import StaticKeys  # noqa: E402

SECRET = "mw_benchmark"


class Sink:
    """Reads the body, drops it, answers: what a server can do at most."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"application/json"), (b"content-length", b"16")]})  # fmt: skip
        await send({"type": "http.response.body", "body": b'{"success":true}'})


class Door:
    """The door with its inbox, and with one write key."""

    def __init__(self):
        self.inbox = open_inbox()
        self.door = door.application(self.inbox, StaticKeys({SECRET: 1}))

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            self.inbox.start()
            await _lifespan(receive, send)
            await self.inbox.stop()
            return
        await self.door(scope, receive, send)


async def _lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


application = Sink() if os.environ["MAINSTAY_BENCHMARK"] == "sink" else Door()
