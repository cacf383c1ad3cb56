"""What was corrected of the past of one account, in words: its score, its metrics, the days of its history."""

from collections.abc import Mapping
from datetime import date

from mainstay.lake.days import Known
from mainstay.metrics.registry import all_metrics
from mainstay.scores.corrected import corrected_scores, corrected_values
from mainstay.web import formats
from mainstay.web.corrections import sentence
from mainstay.web.moment import Moment
from mainstay.web.values import written


def corrections_of(account_id: int, moment: Moment) -> Mapping[str, str]:
    """For `score` and each metric that is another one now than when the day ended: what it was, and why.

    Nothing for the present, and nothing as known then.
    """
    if moment.kept_day is None or moment.known is Known.THEN:
        return {}
    metrics, said = all_metrics(), dict[str, str]()
    for one in corrected_values(account_id, moment.kept_day):
        if isinstance(one.then, str) or one.field == "band":
            continue
        was = formats.plain(one.then) if one.field == "score" else written(one.then, metrics[one.field].unit)
        said[one.field] = sentence(was if one.then is not None else "unknown", one.note)
    return said


def corrected_days(account_id: int, *, start: date, end: date) -> dict[date, str]:
    """The days of `[start, end)` whose score was corrected: what it was when they ended, and why it changed."""
    found = corrected_scores(account_id, start=start, end=end)
    return {day: sentence("unknown" if score is None else str(score), note) for day, (score, note) in found.items()}
