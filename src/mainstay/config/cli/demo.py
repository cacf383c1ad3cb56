"""`mainstay demo`: a company to look at."""

import logging
import sys
from datetime import datetime

import click

from mainstay.common.time import utc_now
from mainstay.config.refresh import Refresher
from mainstay.connectors.registry import channels
from mainstay.deliveries import receipts
from mainstay.deliveries import services as deliveries
from mainstay.demo import services
from mainstay.facts import services as facts
from mainstay.facts.tables import take_snapshot
from mainstay.metrics import services as metrics
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics
from mainstay.scores import services as scores


@click.group()
def demo() -> None:
    """A demo company: 250 customers, 14 months of telemetry, always the same."""


@demo.command()
def load() -> None:
    """Load the demo company into an empty installation, through the doors real data takes."""
    # Twenty rounds of the worker's log would hide the password.
    logging.getLogger("mainstay").setLevel(logging.WARNING)
    now = utc_now()
    loaded = services.load(now, progress=_progress)
    _compute(now)
    _end_of_progress()
    click.echo(f"\n  The demo company is loaded. Sign in as   {loaded.users[0].email}  (a CSM)")
    click.echo(f"                                     or    {loaded.users[-1].email} (the manager)")
    click.echo(f"  with the password                        {loaded.password}\n")
    click.echo("  It is shown only now; `mainstay user reset-password EMAIL` makes another.\n")


@demo.command(name="continue")
def carry_on() -> None:
    """Bring in the telemetry since the demo company was last loaded or continued."""
    if services.carry_on(utc_now(), progress=_progress):
        _end_of_progress()
        click.echo("The demo company is up to date.")


def _compute(now: datetime) -> None:
    """Compute the history for the charts, then live through the last weeks as the worker would have."""
    days = sorted(services.history_days(now))
    moments = services.moments_to_replay(now)
    refresher = Refresher()
    facts.load_inbox(now)
    _progress("Rolling up the events", 0)
    facts.refresh_rollups(now)
    records = take_snapshot(now.date(), needs=needs_of(all_metrics()))
    for number, day in enumerate(days):
        metrics.backfill([day], snapshot=records)
        scores.backfill([day])
        _progress("Computing the past", (number + 1) / (len(days) + len(moments) + 1))
    services.begin_with_what_stands(moments[0])
    for number, moment in enumerate([*moments, now]):
        refresher.refresh(moment)
        services.work_on_tasks(moment)
        # What became of mails is known when they leave; a round later it would be late, and days would be corrected.
        later = services.morning_after(moment, now)
        deliveries.send_due(later, channels=channels())
        receipts.pass_on(later)
        _progress("Computing the past", (len(days) + number + 1) / (len(days) + len(moments) + 1))


_shown = ""


def _progress(what: str, share: float) -> None:
    """One line per kind of work; its percentage moves where there is a terminal."""
    global _shown
    if what != _shown:
        _end_of_progress()
        click.echo(f"{what} …", nl=False)
        _shown = what
    if sys.stdout.isatty():
        click.echo(f"\r{what} … {share:4.0%}", nl=False)


def _end_of_progress() -> None:
    global _shown
    if _shown:
        click.echo()
        _shown = ""


COMMANDS = [demo]
