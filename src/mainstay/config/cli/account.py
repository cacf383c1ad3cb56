"""`mainstay account`: one account, explained."""

import click

from mainstay.accounts.selectors import account_by_key
from mainstay.api.documents import account_document
from mainstay.api.schemas import AccountDocument
from mainstay.common.time import parse_as_of, utc_now
from mainstay.lake.days import Known
from mainstay.metrics.registry import all_metrics
from mainstay.scores.arithmetic import LABELS
from mainstay.scores.selectors import HealthView, health


@click.command()
@click.argument("key")
@click.option("--as-of", "as_of_text", metavar="DATE", help="What was known before this date or instant.")
@click.option("--since", "since_text", metavar="DATE", help="Also what changed since this date or instant.")
@click.option(
    "--known",
    type=click.Choice([one.value for one in Known]),
    default=Known.NOW.value,
    help="Of a past day: what is known now, or was then.",
)
@click.option("--json", "as_json", is_flag=True, help="The JSON of GET /api/v1/accounts/KEY.")
def account(key: str, as_of_text: str | None, since_text: str | None, known: str, as_json: bool) -> None:
    """Show the account KEY: its score and how it came about, metrics, signals, tasks."""
    as_of = parse_as_of(as_of_text) if as_of_text else None
    since = parse_as_of(since_text) if since_text else None
    found = account_by_key(key)
    document = account_document(found, as_of=as_of, since=since, known=Known(known), now=utc_now())
    if as_json:
        click.echo(document.model_dump_json(indent=2))
        return
    click.secho(f"{document.name} ({document.key}), as of {document.as_of:%d %b %Y %H:%M} UTC", bold=True)
    view = health(found.pk, as_of, known=Known(known))
    if view is None:
        click.echo("Not scored yet. `mainstay refresh` does it now.")
    else:
        _tell_health(view)
    if since is not None:
        _tell_since(document)
    for one in document.corrections:
        if one.field == "score":
            was = f"{one.then:g}" if isinstance(one.then, float) else "unknown"
            click.echo(f"The score was {was} when the day ended; corrected on {one.corrected_at:%d %b %Y}.")
    _tell_rest(document)


def _tell_health(view: HealthView) -> None:
    score = "no score" if view.score is None else str(view.score)
    click.echo(f"{score}, {view.label}. {view.sentence}")
    click.echo(f"Coverage {view.coverage:.0%}, {view.coverage_text}. {view.scorecard_name}, version {view.version}.\n")
    for part in view.result.dimensions:
        points = "–" if part.points is None else part.points
        needs = f"  needs {part.needs}" if part.needs else ""
        click.echo(f"  {part.label:<16} {points!s:>3} of {part.weight:<3} {part.band:<8} {part.says}{needs}")
    for gate in view.result.closed_gates:
        click.echo(f"  At most {LABELS[gate.at_most]}: {gate.says}. Needs {gate.needs}.")
    path = view.result.path()
    if path is not None and path.smallest:
        fixes = "; ".join(f"{fix.label}: {fix.needs}" for fix in path.smallest)
        click.echo(f"\n  Shortest way to {LABELS[path.target]} ({path.climb[-1]}): {fixes}")


def _tell_since(document: AccountDocument) -> None:
    found = document.since
    if found is None:
        click.echo("\nNot scored at that time.")
        return
    change = "" if found.change is None else f" ({found.change:+})"
    click.echo(f"\nSince {found.since:%d %b %Y %H:%M} UTC: {found.score_then} → {found.score_now}{change}")
    for cause, points in found.points.items():
        moved = ", ".join(f"{one.label} {_value(one.then)} → {_value(one.now)}" for one in found.moved.get(cause, []))
        rule = f"{found.rule_then} → {found.rule_now}" if cause == "rule" and found.rule_then != found.rule_now else ""
        late = f"late now: {', '.join(found.late_now)}" if cause == "freshness" and found.late_now else ""
        click.echo(f"  {cause:<10} {points:+4}  {moved or rule or late}")
    for child in found.children:
        click.echo(f"  {child.name}: {child.then} → {child.now}")


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")


def _tell_rest(document: AccountDocument) -> None:
    click.echo("\nMetrics")
    labels = all_metrics()
    for key, value in document.metrics.items():
        text = _value(value)
        click.echo(f"  {labels[key].label if key in labels else key:<36} {text:>12}")
    click.echo("\nOpen signals" if document.signals else "\nNo open signals")
    for signal in document.signals:
        click.echo(f"  {signal.opened_at:%d %b %Y}  {signal.summary}")
    click.echo("\nOpen tasks" if document.tasks else "\nNo open tasks")
    for task in document.tasks:
        due = f"due {task.due_at:%d %b %Y}" if task.due_at else "no due date"
        click.echo(f"  {task.title} ({task.owner or 'nobody'}, {due})")


COMMANDS = [account]
