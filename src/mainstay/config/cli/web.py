"""`mainstay web`."""

import threading

import click
import uvicorn
from django.conf import settings
from django.urls import get_resolver

from mainstay.config.asgi import application
from mainstay.config.installation import require_migrated
from mainstay.config.listening import listen, url
from mainstay.config.supervisor import follow_parent


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 listens to other machines too.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--parent", type=int, hidden=True, help="End when this process ends.")
def web(host: str, port: int, parent: int | None) -> None:
    """Serve the pages, the API and the ingest door."""
    require_migrated()
    if parent:
        follow_parent(parent)
    listening = listen(host, port)
    config = uvicorn.Config(
        application,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    click.echo(f"Mainstay listens on {url(host, port)}")
    if host not in ("127.0.0.1", "localhost", "::1") and not _answers_to_others():
        click.echo("Other machines are refused until MAINSTAY_ALLOWED_HOSTS names this one; see docs/settings.md.")
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    uvicorn.Server(config).run(sockets=[listening])


def _warm_up() -> None:
    """Import the pages while the first visitor is still typing; the door answers meanwhile."""
    _ = get_resolver().url_patterns


def _answers_to_others() -> bool:
    return not set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]", "testserver"}


COMMANDS = [web]
