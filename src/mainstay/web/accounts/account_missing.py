"""Why a measure has no value, in a sentence for people."""

from collections.abc import Sequence

from mainstay.ingest.sources import Freshness
from mainstay.metrics.lineage import Value


def why_missing(sources: Sequence[Freshness], parents: Sequence[Value], *, is_past: bool, counts_as: str) -> str:
    """The first reason that fits: a source that never sent, one that is late, a part without a value, nothing there.

    `sources` are those of the metric as they are now, which says nothing about a past day. `counts_as` is the label of
    the band that its scorecard puts in its place, empty where it puts none.
    """
    consequence = f" Its scorecard says that it counts as {counts_as.lower()} then." if counts_as else ""
    return f"{_reason([] if is_past else sources, parents)} That is not 0.{consequence}"


def _reason(sources: Sequence[Freshness], parents: Sequence[Value]) -> str:
    silent = [one.label for one in sources if one.last_received_at is None]
    if silent:
        return f"{', '.join(silent)}: nothing was ever sent, so there is nothing to count from."
    late = [one.label for one in sources if one.is_late]
    if late:
        return f"{', '.join(late)}: nothing has come for longer than usual. It is frozen until the source is back."
    empty = [one.label for one in parents if one.value is None]
    if empty:
        return f"It is made of {' and '.join(empty)}, which {'have' if len(empty) > 1 else 'has'} no value here."
    return "Nothing is known of this account that it could be counted from."
