"""The reference of all metrics as a page of Markdown, made from their declarations."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import cleandoc
from itertools import groupby

from mainstay.metrics.registry import DEFINITIONS, Direction, Kind, Metric, Unit

_INTRODUCTION = """\
# Metrics

A metric is a number per account as of an instant. It uses only what was known strictly before that instant, so that any
past date can be computed again.

* **Counts** take in today, so that an event sent now shows at once. **Averages and changes** compare complete days
  only, so that a day that has just begun drags nothing down. A day is a day in UTC.
* **No value is not 0.** A metric has no value where nothing is known: no rating, nothing to compare with, a source
  that never delivered. It is 0 where nothing happened.
* Percentages are 0 to 100. Money is in the reporting currency.
* The age of a metric is the age of its first **source**.

`mainstay account KEY` shows the values of an account; its page leads from each value down to the records and events it
was counted from. To add a metric, see [Add a metric](contributing/add-a-metric.md).

This page is made by `mainstay metrics docs`.
"""
_UNITS = {
    Unit.PERCENT: "percent",
    Unit.COUNT: "count",
    Unit.DAYS: "days",
    Unit.HOURS: "hours",
    Unit.RATIO: "ratio",
    Unit.SCORE: "score",
    Unit.CURRENCY: "money",
    Unit.BOOLEAN: "1 or 0",
}
_DIRECTIONS = {Direction.UP: "more", Direction.DOWN: "less", Direction.NONE: ""}


def page(metrics: Mapping[str, Metric]) -> str:
    """The page: a section for each family, a table of its metrics."""
    families = groupby(metrics.values(), key=lambda metric: metric.family)
    return "\n".join([_INTRODUCTION, *(_section(family, list(members)) for family, members in families)])


def _section(family: str, members: Sequence[Metric]) -> str:
    title, _, rest = cleandoc(import_module(f"{DEFINITIONS}.{family}").__doc__ or family).partition(":")
    rows = "\n".join(_row(metric) for metric in members)
    lead = rest.strip().split("\n\n")[0].replace("\n", " ")
    return (
        f"## {title}\n\n{lead[:1].upper()}{lead[1:]}\n\n"
        "| Metric | Meaning | Unit | Better | Window | Sources |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        f"{rows}\n"
    )


def _row(metric: Metric) -> str:
    window = f"{metric.window_days} days" if metric.window_days else "now"
    made_from = f" From {', '.join(f'`{parent}`' for parent in metric.parents)}." if metric.kind is Kind.DERIVED else ""
    cells = (
        f"**{metric.label}**<br>`{metric.key}`",
        metric.description + made_from,
        _UNITS[metric.unit],
        _DIRECTIONS[metric.direction],
        window,
        ", ".join(metric.sources),
    )
    return f"| {' | '.join(cells)} |"
