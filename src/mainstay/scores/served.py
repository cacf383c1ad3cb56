"""Reads: how many accounts each scorecard serves, in which bands they are, and for how many its condition holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.scores import account_fields, history, published
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.scores.published import Published


@dataclass(frozen=True)
class Served:
    """`bands`: the accounts it serves by their band (`none`: not scored yet); `matching`: for whom its condition holds.

    Whoever matches and is not served is served by an earlier scorecard.
    """

    bands: Mapping[str, int]
    matching: int

    @property
    def accounts(self) -> int:
        """How many it serves."""
        return sum(self.bands.values())

    @property
    def taken(self) -> int:
        """How many match that an earlier scorecard serves."""
        return self.matching - self.accounts


def served(cards: Sequence[Published], *, as_of: datetime) -> tuple[list[Served], int]:
    """For each card in force, in order; and how many accounts none of them serves. Churned ones are left out."""
    if not cards:
        return [], _count_all(as_of)
    bands: list[dict[str, int]] = [{} for _ in cards]
    unserved = 0
    case, parameters = published.case_sql(card.condition for card in cards)
    query = (
        f"SELECT {case} AS card, COALESCE(scores_health.band, 'none'), COUNT(*) FROM {account_fields.FROM} "
        "LEFT JOIN scores_health ON scores_health.account_id = accounts_account.id "
        f"WHERE NOT {account_fields.HAS_CHURNED} GROUP BY 1, 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*parameters, as_of.date().isoformat()])
        for index, band, count in cursor.fetchall():
            if index is None:
                unserved += count
            else:
                bands[index][band] = count
    matching = _matching(cards, as_of)
    return [Served(found, count) for found, count in zip(bands, matching, strict=True)], unserved


def count(condition: str, *, as_of: datetime) -> int:
    """For how many accounts a condition on account fields holds, churned ones left out. Raises ConditionError."""
    return _counts([published.condition_sql(condition)], as_of)[0]


def bands_on(key: str, days: Sequence[date]) -> dict[date, dict[str, int]]:
    """How many accounts a scorecard served on kept days, by band; days that are not kept are left out."""
    ids = list(ScorecardVersion.objects.filter(scorecard__key=key).values_list("pk", flat=True))
    if not days or not ids:
        return {}
    source = history.KEPT.relation_on(days, columns=["band", "scorecard_version_id"])
    versions = ", ".join(str(pk) for pk in ids)
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT day, band, count(*) FROM {source} "
            f"WHERE scorecard_version_id IN ({versions}) GROUP BY ALL ORDER BY 1"
        ).fetchall()
    found: dict[date, dict[str, int]] = {}
    for day, band, number in rows:
        found.setdefault(day, {})[band] = number
    return found


def last_of_weeks(end: date, weeks: int) -> list[date]:
    """The latest kept day of each of so many weeks before `end`, in order; weeks without one are left out."""
    kept = history.recorded_days(start=end - 7 * weeks * DAY, end=end)
    return list({(end - DAY - day).days // 7: day for day in kept}.values())


def served_on(cards: Sequence[Published], day: date) -> list[Served] | None:
    """For each card, whom any of its versions served on a kept day; None when the day is not kept.

    Whoever matched and was served by another is not known of the past.
    """
    if not history.has_day(day):
        return None
    found = [bands_on(card.scorecard.key, [day]).get(day, {}) for card in cards]
    return [Served(bands, sum(bands.values())) for bands in found]


def removed(as_of: datetime) -> list[Scorecard]:
    """The scorecards that served nobody any more, the latest first."""
    return list(Scorecard.objects.filter(archived_at__lte=as_of).order_by("-archived_at"))


def _matching(cards: Sequence[Published], as_of: datetime) -> list[int]:
    return _counts([published.condition_sql(card.condition) for card in cards], as_of)


def _counts(conditions: Sequence[tuple[str, list[Any]]], as_of: datetime) -> list[int]:
    sums = ", ".join(f"SUM(CASE WHEN {sql} THEN 1 ELSE 0 END)" for sql, _ in conditions)
    parameters = [value for _, values in conditions for value in values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {sums} FROM {account_fields.FROM} WHERE NOT {account_fields.HAS_CHURNED}",
            [*parameters, as_of.date().isoformat()],
        )
        return [int(number or 0) for number in cursor.fetchone()]


def _count_all(as_of: datetime) -> int:
    return _counts([("(1 = 1)", [])], as_of)[0]
