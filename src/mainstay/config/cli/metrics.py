"""What is measured: the list of metrics, those of your own, their reference, and the history of past days."""

import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import click
from django.db import transaction

from mainstay.common.time import parse_as_of, utc_now
from mainstay.jobs.locks import only_one
from mainstay.metrics import histories, reference, selectors, services
from mainstay.metrics.engines import choice, comparison
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.own import reference as operations
from mainstay.metrics.own.building import named
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import as_yaml, read
from mainstay.metrics.registry import all_metrics, shipped

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def metrics() -> None:
    """Show the metrics, declare your own, and fill in their history."""


@metrics.command("list")
@click.option("--own", is_flag=True, help="Only those that were declared here.")
def list_metrics(own: bool) -> None:
    """List every metric: key, unit and meaning."""
    shown = [metric for metric in all_metrics().values() if metric.is_own or not own]
    width = max((len(metric.key) for metric in shown), default=0)
    for metric in shown:
        click.echo(f"{metric.key:<{width}}  {metric.unit:<8}  {metric.description}")
    for key, problem in selectors.own_problems().items():
        click.echo(f"{key} cannot be computed: {problem}", err=True)


@metrics.command("check")
@click.argument("files", nargs=-1, required=True, type=_FILE)
def check(files: tuple[Path, ...]) -> None:
    """Say whether the metrics in these YAML FILES could be added, and where not. Changes nothing."""
    with transaction.atomic():
        for path, document in _in_order(_read(files)):
            services.save_metric(document, by=None, now=utc_now())
            click.echo(f"{path}: {document.key} is right.")
        transaction.set_rollback(True)


@metrics.command("add")
@click.argument("files", nargs=-1, required=True, type=_FILE)
def add(files: tuple[Path, ...]) -> None:
    """Add the metrics in these YAML FILES, or change those there are: all of them, or none where one is refused.

    Their values come with the next refresh, their past is filled in by the worker.
    """
    with transaction.atomic():
        for path, document in _in_order(_read(files)):
            services.save_metric(document, by=None, now=utc_now())
            click.echo(f"{path}: {document.key} added.")


@metrics.command("remove")
@click.argument("key")
def remove(key: str) -> None:
    """Remove the metric KEY that was added here; refused while something uses it."""
    services.remove_metric(key, by=None, now=utc_now())
    click.echo(f"{key} removed.")


@metrics.command("show")
@click.argument("key")
def show(key: str) -> None:
    """Print the metric KEY that was added here, as YAML."""
    click.echo(as_yaml(selectors.document_of(selectors.own_metric(key))), nl=False)


def _read(files: tuple[Path, ...]) -> dict[Path, Document]:
    return {path: read(path.read_text(encoding="utf-8"), origin=str(path)) for path in files}


def _in_order(documents: dict[Path, Document]) -> list[tuple[Path, Document]]:
    """Those that others are made of come first."""
    paths = {document.key: path for path, document in documents.items()}
    graph = {document.key: named(document) & paths.keys() for document in documents.values()}
    try:
        keys = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise BadMetric(f"These metrics are made of each other in a circle: {' → '.join(error.args[1])}.") from error
    return [(paths[key], documents[paths[key]]) for key in keys]


@metrics.command("fill")
def fill() -> None:
    """Compute the past of the metrics declared here now, instead of leaving it to the worker."""
    with only_one("metric histories", wait_seconds=600):
        days = histories.fill(utc_now())
    click.echo(f"Filled in {days} days.")


@metrics.command("operations")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="docs/reference/metric-operations.md")
def write_operations(path: Path) -> None:
    """Write the reference page of all operations of declared metrics to PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(operations.page())
    click.echo(f"Wrote {path}: {len(operations.EXAMPLES)} sections.")


@metrics.command("docs")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="docs/metrics.md")
def write_docs(path: Path) -> None:
    """Write the reference page of the shipped metrics to PATH (docs/metrics.md)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reference.page(shipped()))
    click.echo(f"Wrote {path}: {len(shipped())} metrics.")


@metrics.command("compare")
@click.option("--as-of", "text", help="An instant or a date. Default: now.")
def compare(text: str | None) -> None:
    """Compute all metrics here and on the engine of MAINSTAY_METRICS_ENGINE, and compare every value.

    Nothing is kept. For whoever points Mainstay at a cluster: exits with 1 when anything differs.
    """
    engine = choice.chosen()
    if engine is None:
        raise click.UsageError("MAINSTAY_METRICS_ENGINE is 'duckdb', so there is nothing to compare it with.")
    made = comparison.compare(parse_as_of(text) if text else utc_now())
    click.echo(f"{'DuckDB':<12} {made.here_seconds:7.2f} s")
    click.echo(f"{engine.name:<12} {made.first_seconds:7.2f} s, again {made.again_seconds:.2f} s")
    for one in made.differences:
        click.echo(
            f"{one.metric} differs for {one.accounts} accounts: account {one.account_id} has {one.here} here and "
            f"{one.there} there."
        )
    if made.differences:
        sys.exit(1)
    click.echo(f"{made.metrics} metrics of {made.accounts} accounts: all equal.")


COMMANDS = [metrics]
