"""The health of accounts as lists show it beside their names: now, or at the moment that is looked at."""

from collections.abc import Collection, Mapping

from mainstay.scores import history
from mainstay.scores.models import Health
from mainstay.web.moment import Moment


def healths(account_ids: Collection[int], moment: Moment) -> Mapping[int, Health]:
    """By account. Of the past only where the day that ended at the moment is kept; those are never to be saved."""
    ids = list(set(account_ids))
    if not moment.is_past:
        return Health.objects.defer("detail").in_bulk(ids)
    if moment.kept_day is None or not ids:
        return {}
    kept = history.of_day(moment.kept_day, ids, known=moment.known)
    return {
        pk: Health(account_id=pk, score=one["score"], band=one["band"], coverage=one["coverage"], as_of=moment.at)
        for pk, one in kept.items()
    }


def has_healths(moment: Moment) -> bool:
    """Whether the health of accounts is known at the moment."""
    return not moment.is_past or (moment.kept_day is not None and history.has_day(moment.kept_day))
