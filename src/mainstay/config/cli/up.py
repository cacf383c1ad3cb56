"""`mainstay up`: everything in one terminal. Imports no Django: see `_WITHOUT_DJANGO`."""

import os
import subprocess
import sys

import click

from mainstay.config import env
from mainstay.config.listening import listen, url
from mainstay.config.supervisor import Program, Supervisor


def _mainstay(*arguments: str) -> tuple[str, ...]:
    """The command of a child: this Python, this package, whatever the PATH says."""
    return (sys.executable, "-m", "mainstay.config", *arguments)


@click.command()
@click.option(
    "--demo",
    is_flag=True,
    help="Load the demo company when there are no accounts yet; bring it up to date when it is there.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 listens to other machines too.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
def up(demo: bool, host: str, port: int) -> None:
    """Start everything: the web server and the worker, in one terminal. Ctrl-C stops both.

    At the first start it also makes the database and an administrator, whose password is printed once.
    """
    listen(host, port).close()  # an address that is taken is said before the long work, not after it
    env.suggest("MAINSTAY_BASE_URL", url(host, port))
    setup = subprocess.run(_mainstay("setup", *(["--demo"] if demo else [])), check=False)
    if setup.returncode:
        sys.exit(setup.returncode)
    parent = ("--parent", str(os.getpid()))
    programs = [
        Program("web", _mainstay("web", "--host", host, "--port", str(port), *parent)),
        Program("worker", _mainstay("worker", *parent)),
    ]
    Supervisor(programs, say=_say).run()
    _say("Stopped.")


def _say(line: str) -> None:
    try:
        click.echo(line)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (whoever read us has left; go on without)


COMMANDS = [up]
