"""What a signal rests on: the values then and now, the sentence made of them, the money at stake."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings

from mainstay.common.money import exponent
from mainstay.metrics.registry import all_metrics
from mainstay.scores.values import written
from mainstay.segments.fields import condition_fields
from mainstay.signals.document import PLACEHOLDER, Document

MAX_SUMMARY = 300


def evidence(document: Document, now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`[{field, label, then, now, unit}]` in the declared order."""
    return [
        {
            "field": item.field,
            "label": condition_fields()[item.field].label,
            "then": then.get(item.field),
            "now": now.get(item.field),
            "unit": unit_of(item.field),
        }
        for item in document.evidence
    ]


def summary(document: Document, shown: Sequence[Mapping[str, Any]], *, cause: str) -> str:
    """The sentence. The short form where a value that the long one names is missing, or where nothing moved."""
    values = {(item["field"], which): item[which] for item in shown for which in ("then", "now")}
    named = [(name, which) for name, which in PLACEHOLDER.findall(document.summary) if name != "cause"]
    is_known = all(values[key] is not None for key in named)
    has_moved = any(values[name, "then"] != values[name, "now"] for name, which in named if which == "then")
    is_long = (is_known and has_moved) or not document.summary_without_history
    text = document.summary if is_long else document.summary_without_history
    words = {key: written(value, unit_of(key[0])) for key, value in values.items()}
    words["cause", ""] = f"{cause}." if cause else ""
    filled = PLACEHOLDER.sub(lambda found: words[found.group(1), found.group(2) or ""], text)
    return " ".join(filled.split())[:MAX_SUMMARY]


def money_of(document: Document) -> str:
    """The metric whose value is at stake, or a part of it."""
    return "renewing_arr_90d" if document.at_stake.money == "renewal" else "arr"


def at_stake(document: Document, money: float | None) -> int | None:
    """The minor units at stake, of the value of `money_of` in major units of the reporting currency."""
    if money is None or document.at_stake.money == "none":
        return None
    share = Decimal(document.at_stake.percent) / 100
    return round(Decimal(str(money)).scaleb(exponent(settings.REPORTING_CURRENCY)) * share)


def unit_of(field: str) -> str:
    """The unit of a metric; scores have their own, other fields none."""
    metric = all_metrics().get(field)
    if metric is not None:
        return str(metric.unit)
    return "score" if field in ("score", "change_7d", "score_7d_ago") else ""
