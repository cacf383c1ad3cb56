"""What is measured: the list of metrics, their reference page, and the history of past days."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from mainstay.common.time import DAY, utc_now
from mainstay.metrics import reference, services
from mainstay.metrics.registry import all_metrics, shipped

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def metrics() -> None:
    """Show the metrics and fill in their history."""


@metrics.command("list")
def list_metrics() -> None:
    """List every metric: key, unit and meaning."""
    width = max(len(key) for key in all_metrics())
    for metric in all_metrics().values():
        click.echo(f"{metric.key:<{width}}  {metric.unit:<8}  {metric.description}")


@metrics.command("docs")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="docs/metrics.md")
def write_docs(path: Path) -> None:
    """Write the reference page of the shipped metrics to PATH (docs/metrics.md)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reference.page(shipped()))
    click.echo(f"Wrote {path}: {len(shipped())} metrics.")


@metrics.command("backfill")
@click.option("--from", "start", type=_DAY, help="First day. Default: a year ago.")
@click.option("--to", "end", type=_DAY, help="Last day. Default: yesterday.")
@click.option("--weekly", is_flag=True, help="Every seventh day only, counted back from the last.")
def backfill(start: datetime | None, end: datetime | None, weekly: bool) -> None:
    """Compute the profiles of past days from the facts and keep them, in place of what was kept.

    For after an import of old data: charts and changes reach back as far as this was run.
    """
    yesterday = utc_now().date() - DAY
    last = min(end.date() if end else yesterday, yesterday)
    first = start.date() if start else last - timedelta(days=365)
    step = 7 if weekly else 1
    days = [last - timedelta(days=offset) for offset in range(0, (last - first).days + 1, step)]
    if not days:
        raise click.UsageError(f"There is no day from {first} to {last} that is over; --from must not be after --to.")
    click.echo(f"Kept the profiles of {services.backfill(days)} days from {days[-1]} to {days[0]}.")


COMMANDS = [metrics]
