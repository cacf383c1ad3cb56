"""`mainstay backfill`: days of the past, computed from the facts."""

import sys
from datetime import datetime, timedelta

import click

from mainstay.common.time import DAY, utc_now
from mainstay.config.installation import require_migrated
from mainstay.scores import backfills
from mainstay.scores.backfills import Done, Plan

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--from", "start", type=_DAY, help="First day. Default: a year ago.")
@click.option("--to", "end", type=_DAY, help="Last day. Default: yesterday.")
@click.option(
    "--every",
    type=click.Choice(backfills.EVERY),
    default="week",
    show_default=True,
    help="Each day, or the last day of each week (Sunday) or month.",
)
@click.option("--metrics", metavar="KEYS", default="", help="Add these metrics (a,b) to days kept without them.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to share the months.")
@click.option("--overwrite", is_flag=True, help="Compute kept days too; what differs is kept as a correction.")
@click.option(
    "--scorecard",
    type=click.Choice(["then", "current"]),
    default="then",
    show_default=True,
    help="Score by the versions in force then, or by those of now.",
)
def backfill(  # noqa: PLR0917 click passes them by name
    start: datetime | None,
    end: datetime | None,
    every: backfills.Every,
    metrics: str,
    jobs: int,
    overwrite: bool,
    scorecard: str,
) -> None:
    """Compute profiles and scores of the past from the facts, and keep them.

    For after an import of old data: charts, changes and looks at the past reach back as far as this was run. Days that
    are kept are passed by, so a backfill that was killed is simply started again. What was recorded when a day ended is
    never overwritten: with --overwrite, what differs stands beside it as a correction.
    """
    require_migrated()
    now = utc_now()
    last = end.date() if end else now.date() - DAY
    first = start.date() if start else last - timedelta(days=364)
    plan = Plan(
        backfills.days_between(first, last, every, today=now.date()),
        at=now,
        keys=backfills.check_metrics([key.strip() for key in metrics.split(",") if key.strip()]),
        again=overwrite,
        by_current=scorecard == "current",
    )
    done = _run(plan, jobs)
    click.echo(
        f"{plan.days[0]} to {plan.days[-1]}, {done.days:,} days: computed {done.computed:,}, scored {done.scored:,}, "
        f"the others were kept already."
    )


def _run(plan: Plan, jobs: int) -> Done:
    with click.progressbar(length=len(plan.days), label="Computing", file=sys.stderr, show_pos=True) as bar:
        return backfills.run(plan, jobs=jobs, progress=lambda done: bar.update(done.days - bar.pos))


COMMANDS = [backfill]
