"""`mainstay account`: one account, explained."""

import click

from mainstay.accounts.selectors import account_by_key
from mainstay.api.documents import account_document
from mainstay.api.schemas import AccountDocument
from mainstay.common.time import parse_as_of, utc_now
from mainstay.metrics.registry import all_metrics
from mainstay.scores.selectors import HealthView, health


@click.command()
@click.argument("key")
@click.option("--as-of", "as_of_text", metavar="DATE", help="What was known before this date or instant.")
@click.option("--json", "as_json", is_flag=True, help="The JSON of GET /api/v1/accounts/KEY.")
def account(key: str, as_of_text: str | None, as_json: bool) -> None:
    """Show the account KEY: its score and how it came about, metrics, signals, tasks."""
    as_of = parse_as_of(as_of_text) if as_of_text else None
    found = account_by_key(key)
    document = account_document(found, as_of=as_of, now=utc_now())
    if as_json:
        click.echo(document.model_dump_json(indent=2))
        return
    click.secho(f"{document.name} ({document.key}), as of {document.as_of:%d %b %Y %H:%M} UTC", bold=True)
    view = health(found.pk, as_of)
    if view is None:
        click.echo("Not scored yet. `mainstay refresh` does it now.")
    else:
        _tell_health(view)
    _tell_rest(document)


def _tell_health(view: HealthView) -> None:
    score = "no score" if view.score is None else str(view.score)
    click.echo(f"{score}, {view.label}. {view.sentence}")
    click.echo(f"Coverage {view.coverage:.0%}, {view.coverage_text}. {view.scorecard_name}, version {view.version}.\n")
    for part in view.result.dimensions:
        points = "–" if part.points is None else part.points
        needs = f"  needs {part.needs}" if part.needs else ""
        click.echo(f"  {part.label:<16} {points!s:>3} of {part.weight:<3} {part.band:<8} {part.says}{needs}")
    for step in view.plan().steps:
        click.echo(f"  +{step.gain} with {step.label.lower()}: {step.needs}")


def _tell_rest(document: AccountDocument) -> None:
    click.echo("\nMetrics")
    labels = all_metrics()
    for key, value in document.metrics.items():
        text = "–" if value is None else f"{value:,.1f}".removesuffix(".0")
        click.echo(f"  {labels[key].label if key in labels else key:<36} {text:>12}")
    click.echo("\nOpen signals" if document.signals else "\nNo open signals")
    for signal in document.signals:
        click.echo(f"  {signal.opened_at:%d %b %Y}  {signal.summary}")
    click.echo("\nOpen tasks" if document.tasks else "\nNo open tasks")
    for task in document.tasks:
        due = f"due {task.due_at:%d %b %Y}" if task.due_at else "no due date"
        click.echo(f"  {task.title} ({task.owner or 'nobody'}, {due})")


COMMANDS = [account]
