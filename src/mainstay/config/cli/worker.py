"""`mainstay worker`."""

import signal
import sys
import threading
from types import FrameType

import click

from mainstay.config import worker as process
from mainstay.config.installation import require_migrated
from mainstay.config.supervisor import follow_parent


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process ends.")
def worker(parent: int | None) -> None:
    """Load what arrives, score, open signals, run playbooks, send mails, carry out jobs; until it is stopped."""
    require_migrated()
    stop = threading.Event()

    def on_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_stop)
    signal.signal(signal.SIGINT, on_stop)
    if parent:
        follow_parent(parent)
    sys.exit(0 if process.run(stop) else 1)


COMMANDS = [worker]
