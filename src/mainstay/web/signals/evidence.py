"""The values a signal rests on, as pages write them: then → now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mainstay.metrics import selectors as metrics
from mainstay.metrics.registry import all_metrics
from mainstay.scores import selectors as scores
from mainstay.signals.models import Signal
from mainstay.web import formats
from mainstay.web.moment import Moment
from mainstay.web.values import written


@dataclass(frozen=True)
class Evidence:
    """One value. `then` is empty where the signal knows only the present one; `metric` is empty for account fields."""

    label: str
    then: str
    now: str
    metric: str

    @property
    def has_changed(self) -> bool:
        """True when it is known that it was another one."""
        return bool(self.then) and self.then != self.now

    def __str__(self) -> str:
        """`Logins per week 41 → 23`."""
        return f"{self.label} {self.then} → {self.now}" if self.then else f"{self.label} {self.now}"


def evidence_of(signal: Signal) -> list[Evidence]:
    """The evidence of a signal, in its declared order."""
    declared = all_metrics()
    return [
        Evidence(
            label=str(item.get("label") or item.get("field", "")),
            then=_written(item.get("then"), item.get("unit", "")),
            now=_written(item.get("now"), item.get("unit", "")) or formats.NOTHING,
            metric=item["field"] if item.get("field") in declared else "",
        )
        for item in signal.evidence
    ]


def values_at(signal: Signal, moment: Moment) -> list[str]:
    """What each value of the evidence was at a past moment; empty texts for now, and for fields without a history."""
    if not moment.is_past:
        return [""] * len(signal.evidence)
    names = {item.get("field", "") for item in signal.evidence}
    known: dict[str, Any] = {}
    if names & all_metrics().keys():
        known |= metrics.profile(signal.account_id, moment.as_of, known=moment.known)
    if names & {"score", "band", "coverage"}:
        view = scores.health(signal.account_id, moment.as_of, known=moment.known)
        known |= {"score": view.score, "band": view.band, "coverage": view.coverage} if view else {}
    return [_written(known.get(item.get("field", "")), item.get("unit", "")) for item in signal.evidence]


def _written(value: Any, unit: str) -> str:
    """A value of a metric or of an account field; empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return written(float(value), unit)
    return formats.BANDS.get(value, str(value))


def in_one_line(evidence: Sequence[Evidence]) -> str:
    """For exports."""
    return "; ".join(str(item) for item in evidence)
