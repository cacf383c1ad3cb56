"""What can go wrong with declarations and requests for metrics."""

from collections.abc import Iterable
from difflib import get_close_matches

from mainstay.common.errors import Invalid, MainstayError, NotFound


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
