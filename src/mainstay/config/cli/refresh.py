"""`mainstay refresh`."""

from datetime import datetime

import click

from mainstay.common.time import utc_now
from mainstay.config import refresh as pipeline
from mainstay.config.installation import require_migrated


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Compute a past date again: what was known before it.")
def refresh(as_of: datetime | None) -> None:
    """Bring everything up to date now: facts, metrics, scores, signals, playbooks, mails.

    With --as-of only the history of that date is computed again; the present stays as it is.
    """
    require_migrated()
    if as_of is not None:
        result = pipeline.refresh_history(as_of.date(), now=utc_now())
    else:
        result = pipeline.refresh(utc_now(), wait_seconds=600)
    click.echo(result.summary())


COMMANDS = [refresh]
