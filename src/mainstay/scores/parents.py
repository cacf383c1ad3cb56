"""Reads: a parent account, its children and what they come to, now or at any past instant."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import pyarrow as pa

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.lake import engine
from mainstay.metrics import engine as metrics
from mainstay.metrics import past, profile_table
from mainstay.scores import history, published, standings
from mainstay.scores.arithmetic import BandName, Scorecard
from mainstay.scores.computing import Profiles, inputs_of, score_groups
from mainstay.scores.explaining import Result
from mainstay.scores.families import ARR, Families, with_roll_ups, without_data
from mainstay.scores.models import Health
from mainstay.scores.roll_ups import Child, Rolled, Standing, roll_up, weighed


@dataclass(frozen=True)
class Member:
    """A child account as pages show it; `weight`: its share of the parent's mean, 0 to 1."""

    key: str
    name: str
    score: int | None
    band: BandName
    arr: float | None
    weight: float


@dataclass(frozen=True)
class Family:
    """A parent's children, those that hold it back first, and what they come to by the rule of its scorecard."""

    members: tuple[Member, ...]
    rolled: Rolled


def family(account_id: int, scorecard: Scorecard, *, as_of: datetime | None, now: datetime) -> Family | None:
    """The family of an account now, or as of a past instant; None when it has no children, churned ones left out."""
    children = _below(account_id, as_of or now)
    if not children:
        return None
    found = weighed(account_id, children, *_standings(children, as_of))
    named = Account.objects.filter(pk__in=[child.account_id for child in found]).values_list("pk", "key", "name")
    names = {pk: (key, name) for pk, key, name in named}
    members = [_member(child, *names[child.account_id]) for child in found if child.account_id in names]
    members.sort(key=lambda one: (one.score is None, (one.score or 0) - 100, -one.weight, one.name))
    return Family(tuple(members), roll_up(scorecard, found))


def rolled_up_at(account_id: int, own: Result, as_of: datetime) -> Rolled | None:
    """What the children of an account came to at a past instant; None when it has none, or a score of its own."""
    if not Account.objects.filter(parent=account_id).exists():
        return None
    has_no_score = own.score is None and not own.late
    if not has_no_score and not without_data([account_id]):
        return None
    found = family(account_id, own.scorecard, as_of=as_of, now=as_of)
    return found.rolled if found else None


def _member(child: Child, key: str, name: str) -> Member:
    return Member(key, name, child.standing.score, child.standing.band, child.arr, child.weight)


def _below(account_id: int, at: datetime) -> dict[int, list[int]]:
    """The children of an account and of all below it, by parent."""
    found: dict[int, list[int]] = {}
    waiting = [account_id]
    while waiting:
        rows = Account.objects.filter(parent__in=waiting).exclude(stage="churned").exclude(churned_on__lte=at.date())
        waiting = []
        for parent, child in rows.order_by("pk").values_list("parent_id", "pk"):
            if parent is not None and child not in found and child != account_id:
                found.setdefault(parent, []).append(child)
                waiting.append(child)
        waiting = [pk for pk in waiting if pk not in found]
    return found


def _standings(
    children: Mapping[int, list[int]], as_of: datetime | None
) -> tuple[dict[int, Standing], dict[int, float | None]]:
    """Where the members stand, and their ARR."""
    ids = sorted({pk for own in children.values() for pk in own})
    if as_of is None:
        rows = Health.objects.filter(pk__in=ids).values_list("pk", "score", "band")
        arr = {pk: value for one in ids for pk, value in profile_table.read((ARR,), account_id=one)}
        return {pk: Standing(score, cast(BandName, band)) for pk, score, band in rows}, arr
    day = as_of.date() - DAY
    if as_of == midnight(as_of.date()) and past.has_day(day):
        kept = history.of_day(day, ids)
        return {pk: Standing(row["score"], row["band"]) for pk, row in kept.items()}, _kept_arr(ids, as_of)
    return _computed(children, ids, as_of)


def _kept_arr(ids: Collection[int], as_of: datetime) -> dict[int, float | None]:
    source = past.relation(start=as_of.date() - DAY, end=as_of.date(), keys=[ARR])
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(ids, pa.int64())}))
        return dict(cursor.execute(f"SELECT account_id, {ARR} FROM {source} JOIN wanted ON id = account_id").fetchall())


def _computed(
    children: Mapping[int, list[int]], ids: list[int], as_of: datetime
) -> tuple[dict[int, Standing], dict[int, float | None]]:
    table = metrics.compute(as_of, account_ids=ids)
    cards = published.in_force(as_of)
    wanted = {*inputs_of(cards), ARR} & set(table.column_names)
    profiles = Profiles(table["account_id"].to_pylist(), {key: table[key].to_pylist() for key in wanted})
    arr: dict[int, float | None] = dict(zip(profiles.account_ids, profiles.columns.get(ARR, ()), strict=False))
    serving = standings.only(published.serving(cards, as_of=as_of), set(ids))
    groups = with_roll_ups(score_groups(cards, serving, profiles, {}, today=as_of.date()), Families(children, arr, {}))
    found = {
        pk: Standing(totals.score, totals.band)
        for group in groups
        for pk, totals in zip(group.scored.account_ids, group.scored.totals, strict=True)
    }
    return found, arr
