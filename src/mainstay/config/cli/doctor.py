"""`mainstay doctor`."""

import sys

import click

from mainstay.common.time import utc_now
from mainstay.config.doctor import examine


@click.command()
def doctor() -> None:
    """Say what is wrong with this installation, and the cure. Exits with 1 when something does not work."""
    findings = examine(utc_now())
    for finding in findings:
        click.secho(
            "error   " if finding.is_error else "warning ", fg="red" if finding.is_error else "yellow", nl=False
        )
        click.echo(finding.what)
        click.echo(f"        {finding.cure}")
    if not findings:
        click.secho("All is well.", fg="green")
    sys.exit(any(finding.is_error for finding in findings))


COMMANDS = [doctor]
