"""Reads: shadows beside the scores in force, now and over their days, for all accounts and for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.scores import history, shadows
from mainstay.scores.models import Shadow, ShadowScore

# A shadow names every account that it would treat otherwise, and lists as many of those that differ.
MOST_SHOWN = 1_000


@dataclass(frozen=True)
class Agreement:
    """Accounts by their band in force and under the shadow; `none`: no score."""

    cells: Mapping[tuple[str, str], int]

    @property
    def accounts(self) -> int:
        """How many the shadow would treat otherwise."""
        return sum(self.cells.values())

    @property
    def same(self) -> int:
        """How many have the same band under both."""
        return sum(count for (live, shadow), count in self.cells.items() if live == shadow)

    @property
    def share(self) -> float | None:
        """0 to 1: how many of them have the same band."""
        return self.same / self.accounts if self.accounts else None

    def live(self, band: str) -> int:
        """How many have this band in force."""
        return sum(count for (live, _), count in self.cells.items() if live == band)

    def shadow(self, band: str) -> int:
        """How many have this band under the shadow."""
        return sum(count for (_, shadow), count in self.cells.items() if shadow == band)


class Day(NamedTuple):
    """A day that is over, as of its end."""

    day: date
    agreement: Agreement


class Differing(NamedTuple):
    """An account with another band or score under the shadow."""

    account_id: int
    live: int | None
    shadow: int | None
    live_band: str
    shadow_band: str


class OfAccount(NamedTuple):
    """What a running shadow says of one account."""

    shadow: Shadow
    score: int | None
    band: str

    @property
    def scorecard_name(self) -> str:
        """The name of the scorecard that runs."""
        return str(self.shadow.document.get("name", self.shadow.key))


def agreement(shadow: Shadow) -> Agreement:
    """The present bands, as of the last refresh."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(live.band, 'none'), shadow.band, COUNT(*) FROM scores_shadowscore shadow "
            "JOIN accounts_account ON accounts_account.id = shadow.account_id "
            "LEFT JOIN scores_health live ON live.account_id = shadow.account_id "
            "WHERE shadow.shadow_id = %s GROUP BY 1, 2",
            [shadow.pk],
        )
        return Agreement({(live, band): count for live, band, count in cursor.fetchall()})


def differing(shadow: Shadow, *, only_bands: bool = False, limit: int = MOST_SHOWN) -> list[Differing]:
    """The accounts that differ now, those whose band does first, then the largest differences."""
    differs = "COALESCE(live.band, 'none') <> shadow.band"
    others = "" if only_bands else " OR live.score <> shadow.score"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shadow.account_id, live.score, shadow.score, COALESCE(live.band, 'none'), shadow.band "
            "FROM scores_shadowscore shadow JOIN accounts_account ON accounts_account.id = shadow.account_id "
            "LEFT JOIN scores_health live ON live.account_id = shadow.account_id "
            f"WHERE shadow.shadow_id = %s AND ({differs}{others}) "
            f"ORDER BY CASE WHEN {differs} THEN 0 ELSE 1 END, "
            "ABS(COALESCE(shadow.score, 0) - COALESCE(live.score, 0)) DESC, shadow.account_id LIMIT %s",
            [shadow.pk, limit],
        )
        return [Differing(*row) for row in cursor.fetchall()]


def over_time(shadow: Shadow) -> list[Day]:
    """Its kept days, in order, each against the scores of that day."""
    days = shadows.kept(shadow).recorded_days()
    if not days:
        return []
    start, end = days[0], days[-1] + DAY
    own = shadows.kept(shadow).relation(start=start, end=end, columns=["band"])
    live = history.relation(start=start, end=end, columns=["band"])
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT own.day, coalesce(live.band, 'none'), own.band, count(*) FROM {own} AS own "
            f"LEFT JOIN {live} AS live ON live.account_id = own.account_id AND live.day = own.day GROUP BY ALL"
        ).fetchall()
    found: dict[date, dict[tuple[str, str], int]] = {day: {} for day in days}
    for day, band, other, count in rows:
        found[day][band, other] = count
    return [Day(day, Agreement(cells)) for day, cells in found.items()]


def of_account(account_id: int) -> list[OfAccount]:
    """What the running shadows say of an account now, where they would give it another scorecard."""
    rows = ShadowScore.objects.filter(account_id=account_id, shadow__ended_at=None).select_related("shadow")
    return [OfAccount(row.shadow, row.score, row.band) for row in rows]


def history_of_account(shadow: Shadow, account_id: int, *, start: date, end: date) -> list[tuple[date, int | None]]:
    """The kept scores of one account under a shadow, in order."""
    source = shadows.kept(shadow).relation(start=start, end=end, columns=["score"])
    with engine.cursor() as cursor:
        found: list[tuple[date, int | None]] = cursor.execute(
            f"SELECT day, score FROM {source} WHERE account_id = ? ORDER BY day", [account_id]
        ).fetchall()
    return found
