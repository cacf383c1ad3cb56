"""Erasure of people and accounts, on their request."""

import click

from mainstay.common.time import utc_now
from mainstay.facts.services import keep_up, request_erasure


@click.command()
@click.argument("kind", type=click.Choice(["contact", "account"]))
@click.argument("key")
@click.option("--now", "at_once", is_flag=True, help="Do not wait for the worker's next upkeep.")
@click.confirmation_option(prompt="This erases all that is known, for good. Go on?")
def erase(kind: str, key: str, *, at_once: bool) -> None:
    """Erase the contact or account KEY: its record, its events, its history."""
    now = utc_now()
    request_erasure(kind, key, now=now)
    if not at_once:
        click.echo(f"The {kind} '{key}' will be erased within the hour.")
        return
    keep_up(now)
    click.echo(f"The {kind} '{key}' is erased. Its old files leave the disk in an hour, the raw log by itself.")


COMMANDS = [erase]
