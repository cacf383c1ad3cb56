"""Parent accounts among scored ones: who has children, and what these give a parent without a score of its own."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from django.db import connection
from django.db.models import Q

from mainstay.accounts.models import Account, Contact
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.scores import account_fields
from mainstay.scores.arithmetic import BandName, Scorecard, Totals
from mainstay.scores.computing import Group, Profiles, present_profiles
from mainstay.scores.models import Health
from mainstay.scores.published import Published
from mainstay.scores.roll_ups import Standing, as_totals, roll_up_all
from mainstay.subscriptions.models import Subscription

ARR = "arr"
LAST_USE = "days_since_last_activity"
_IS_CHILD = f"WHERE accounts_account.parent_id IS NOT NULL AND NOT {account_fields.HAS_CHURNED}"


@dataclass(frozen=True)
class Families:
    """The child accounts by parent, in order, their ARR, and where they stand as it was written last.

    `empty`: the parents of which nothing but their children was ever sent. Their zeros are no measurement. Churned
    children are left out. Parents are the present ones: those of an earlier day are not known.
    """

    children: Mapping[int, Sequence[int]] = field(default_factory=dict)
    arr: Mapping[int, float | None] = field(default_factory=dict)
    standings: Mapping[int, Standing] = field(default_factory=dict)
    empty: frozenset[int] = frozenset()


def present_families(as_of: datetime) -> Families:
    """The families as they are; costs what there are children, and next to nothing where there are none."""
    children = _children(as_of)
    if not children:
        return Families()
    query = (
        f"SELECT accounts_account.id, metrics_profile.{ARR}, scores_health.score, scores_health.band "
        f"FROM {account_fields.FROM} LEFT JOIN metrics_profile ON metrics_profile.account_id = accounts_account.id "
        f"LEFT JOIN scores_health ON scores_health.account_id = accounts_account.id {_IS_CHILD}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [as_of.date().isoformat()])
        rows = cursor.fetchall()
    return Families(
        children,
        {pk: arr for pk, arr, _, _ in rows},
        {pk: Standing(score, cast(BandName, band)) for pk, _, score, band in rows if band is not None},
        without_data(children),
    )


def families_of_day(
    as_of: datetime, profiles: Profiles, *, standings: Mapping[int, Standing] | None = None
) -> Families:
    """The families for a day that is over: with the ARR of its profiles, and these standings."""
    children = _children(as_of)
    if not children:
        return Families()
    arr: dict[int, float | None] = dict(zip(profiles.account_ids, profiles.columns.get(ARR, ()), strict=False))
    return Families(children, arr, standings or {}, without_data(children))


def without_data(account_ids: Collection[int]) -> frozenset[int]:
    """Those accounts that have no contact, contract, ticket, answer, interaction or day of use."""
    found = set(account_ids)
    for model in (Contact, Subscription, Ticket, Response, Interaction):
        if not found:
            break
        # Parents are few: all rows of theirs are looked for at once.
        known = model._default_manager.filter(account__in=Account.objects.filter(children__isnull=False))
        found -= set(known.values_list("account_id", flat=True).distinct())
    if found:
        rows = present_profiles([LAST_USE], sorted(found))
        found -= {pk for pk, days in zip(rows.account_ids, rows.columns[LAST_USE], strict=True) if days is not None}
    return frozenset(found)


def with_roll_ups(groups: Sequence[Group], families: Families) -> list[Group]:
    """The groups with the scores of parents that have none of their own, from the groups and the written standings."""
    if not families.children:
        return list(groups)
    parents = dict(_without_own(groups, families))
    rolled = roll_up_all(parents, families.children, _standings(groups, families), families.arr)
    found = []
    for group in groups:
        own = {pk: rolled[pk] for pk in group.scored.account_ids if pk in rolled}
        totals = [
            as_totals(one, own[pk]) if pk in own else one
            for pk, one in zip(group.scored.account_ids, group.scored.totals, strict=True)
        ]
        found.append(replace(group, scored=replace(group.scored, totals=totals), rolled=own) if own else group)
    return found


def stale_parents(groups: Sequence[Group], cards: Iterable[Published], families: Families) -> set[int]:
    """The parents that are not in `groups` and whose rolled-up score is another one now than was written."""
    if not families.children:
        return set()
    by_version = {card.version_id: card.scorecard for card in cards}
    present = {pk for group in groups for pk in group.scored.account_ids}
    waiting: dict[int, tuple[Scorecard, Standing]] = {}
    rows = Health.objects.filter(Q(is_rolled_up=True) | Q(score=None) | Q(pk__in=families.empty), has_late=False)
    for pk, version, score, band in rows.values_list("pk", "scorecard_version_id", "score", "band"):
        if pk in families.children and pk not in present and version in by_version:
            waiting[pk] = (by_version[version], Standing(score, cast(BandName, band)))
    parents = {pk: card for pk, (card, _) in waiting.items()} | dict(_without_own(groups, families))
    rolled = roll_up_all(parents, families.children, _standings(groups, families), families.arr)
    return {pk for pk, (_, written) in waiting.items() if (rolled[pk].score, rolled[pk].band) != tuple(written)}


def _children(as_of: datetime) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT accounts_account.parent_id, accounts_account.id FROM {account_fields.FROM} {_IS_CHILD} "
            "ORDER BY 1, 2",
            [as_of.date().isoformat()],
        )
        for parent, child in cursor.fetchall():
            found.setdefault(parent, []).append(child)
    return found


def _standings(groups: Iterable[Group], families: Families) -> dict[int, Standing]:
    found = dict(families.standings)
    for group in groups:
        for pk, totals in zip(group.scored.account_ids, group.scored.totals, strict=True):
            found[pk] = Standing(totals.score, totals.band)
    return found


def _without_own(groups: Iterable[Group], families: Families) -> Iterator[tuple[int, Scorecard]]:
    for group in groups:
        for at, pk in enumerate(group.scored.account_ids):
            if pk in families.empty or (
                pk in families.children and _has_nothing(group.scored.totals[at]) and not group.is_missing_for_late(at)
            ):
                yield pk, group.card.scorecard


def _has_nothing(totals: Totals) -> bool:
    return totals.score is None and not totals.is_held_back
