"""What can go wrong with declarations and requests for metrics."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mainstay.common.errors import Invalid, MainstayError, NotFound
from mainstay.conditions import ConditionError


class BadDeclaration(Invalid):
    """A metric or base is declared in a way that cannot be computed."""

    code = "bad_metric_declaration"


class UnknownMetric(NotFound):
    """There is no metric of this key."""

    code = "unknown_metric"

    def __init__(self, key: str, known: Iterable[str]) -> None:
        near = get_close_matches(key, list(known), n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        super().__init__(f"There is no metric '{key}'.{hint} `mainstay metrics list` shows them all.")


class NotComputed(MainstayError):
    """There are no profiles yet."""

    code = "not_computed"
    status = 409


class DayNotComputed(MainstayError):
    """A day of the past could not be computed; days before it in the same run are kept. `details` has the `day`."""

    code = "day_not_computed"
    status = 500


class BadMetric(Invalid):
    """A metric that somebody declares cannot be taken like this.

    `problems` are all that were found, each with `path` and `message`, and `line` and `column` where there is a text.
    """

    code = "bad_metric"

    def __init__(self, message: str, *, problems: Sequence[Mapping[str, Any]] = ()) -> None:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{message}{more}", details={"problems": list(problems)} if problems else {})


class MetricInUse(MainstayError):
    """A metric cannot be removed while something names it."""

    code = "metric_in_use"
    status = 409


class ExpressionError(ConditionError):
    """A calculation with metrics was refused. `position` counts characters from 0."""

    code = "expression_refused"


class BadEngine(Invalid):
    """The setting MAINSTAY_METRICS_ENGINE cannot be used."""

    code = "bad_metrics_engine"


class EngineMissing(MainstayError):
    """The package that talks to the engine is not installed."""

    code = "metrics_engine_missing"
    status = 500


class EngineFailed(MainstayError):
    """The engine could not be reached, or gave up on the statement."""

    code = "metrics_engine_failed"
    status = 503
