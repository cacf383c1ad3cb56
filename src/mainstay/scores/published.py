"""The scorecards in force, ready to score with, and which of them serves an account."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q

from mainstay.conditions import parse
from mainstay.metrics.registry import Declared, all_metrics, look_again
from mainstay.scores import account_fields, document
from mainstay.scores.arithmetic import Scorecard
from mainstay.scores.errors import BadScorecard
from mainstay.scores.models import ScorecardVersion

# The fingerprint of an account without a profile; real ones are not negative.
NO_PROFILE = -2


@dataclass(frozen=True)
class Published:
    """A version of a scorecard. `condition` empty: it serves every account that no earlier one does."""

    version_id: int
    scorecard: Scorecard
    condition: str
    document: str
    position: int = 0


def in_force(as_of: datetime | None = None) -> list[Published]:
    """The latest version of every scorecard (published by `as_of`, else its first one), by position.

    Scorecards that were removed (by `as_of`) are left out.
    """
    chosen: dict[int, ScorecardVersion] = {}
    stays = Q(scorecard__archived_at=None)
    if as_of is not None:
        stays |= Q(scorecard__archived_at__gt=as_of)
    versions = ScorecardVersion.objects.select_related("scorecard").filter(stays).order_by("scorecard_id", "version")
    for version in versions:
        if version.scorecard_id not in chosen or as_of is None or version.published_at <= as_of:
            chosen[version.scorecard_id] = version
    return in_order(of_version(version) for version in chosen.values())


def in_order(cards: Iterable[Published]) -> list[Published]:
    """In the order in which they are asked whether they serve an account; of equal positions by key."""
    return sorted(cards, key=lambda card: (card.position, card.scorecard.key))


def of_version(version: ScorecardVersion) -> Published:
    """A stored version, ready to score with."""
    stored = json.dumps(version.document, sort_keys=True)
    try:
        return _published(all_metrics(), version.pk, version.version, stored)
    except BadScorecard:
        # Published by another process with a metric that was declared just now.
        return _published(look_again(), version.pk, version.version, stored)


def of_document(read: document.Document, *, number: int) -> Published:
    """A document that is not published, as a card beside those in force. `number`: none of a stored version."""
    return _published(all_metrics(), number, 0, json.dumps(read.model_dump(mode="json"), sort_keys=True))


def document_of(card: Published) -> document.Document:
    """What a card was made from."""
    return document.check(json.loads(card.document), origin=f"scorecard '{card.scorecard.key}'")


@dataclass(frozen=True)
class Served:
    """The accounts a scorecard serves, ordered, with the fingerprints of their present profiles."""

    account_ids: list[int]
    fingerprints: list[int]


def serving(
    published: list[Published], *, as_of: datetime, account_id: int | None = None, only_changed: bool = False
) -> list[Served]:
    """Whom each of `published` serves, churned accounts left out; whom none serves is in none.

    `only_changed`: those whose profile or scorecard is not the one their score was made from.
    """
    served = [Served([], []) for _ in published]
    if not published:
        return served
    case, parameters = case_sql(card.condition for card in published)
    where, values = [f"NOT {account_fields.HAS_CHURNED}"], [as_of.date().isoformat()]
    if account_id is not None:
        where.append("accounts_account.id = %s")
        values.append(str(account_id))
    query = (
        f"SELECT accounts_account.id AS id, {case} AS card, "
        f"COALESCE(metrics_profile.fingerprint, {NO_PROFILE}) AS fingerprint, "
        f"accounts_account.updated_at AS account_updated_at FROM {account_fields.FROM} "
        "LEFT JOIN metrics_profile ON metrics_profile.account_id = accounts_account.id "
        f"WHERE {' AND '.join(where)}"
    )
    if only_changed:
        versions = " ".join(f"WHEN {index} THEN {card.version_id}" for index, card in enumerate(published))
        query = (
            f"SELECT id, card, found.fingerprint FROM ({query}) AS found "
            "LEFT JOIN scores_health ON scores_health.account_id = id WHERE scores_health.account_id IS NULL "
            "OR scores_health.fingerprint <> found.fingerprint "
            f"OR scores_health.scorecard_version_id <> CASE card {versions} END{_or_changed_account(published)}"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY id", [*parameters, *values])
        for pk, index, fingerprint, *_ in cursor.fetchall():
            if index is not None:
                served[index].account_ids.append(pk)
                served[index].fingerprints.append(fingerprint)
    return served


def unserved(published: list[Published], *, as_of: datetime) -> list[int]:
    """The accounts that have a score although none of `published` serves them; churned ones keep theirs."""
    if any(not card.condition for card in published):
        return []
    case, parameters = case_sql(card.condition for card in published) if published else ("NULL", list[Any]())
    query = (
        f"SELECT accounts_account.id FROM {account_fields.FROM} "
        "JOIN scores_health ON scores_health.account_id = accounts_account.id "
        f"WHERE NOT {account_fields.HAS_CHURNED} AND {case} IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [as_of.date().isoformat(), *parameters])
        return [pk for (pk,) in cursor.fetchall()]


def _or_changed_account(published: list[Published]) -> str:
    """Gates may ask for account fields, which are in no fingerprint."""
    asking = [str(at) for at, card in enumerate(published) if card.scorecard.account_fields]
    if not asking:
        return ""
    return f" OR (card IN ({', '.join(asking)}) AND account_updated_at >= scores_health.as_of)"


def case_sql(conditions: Iterable[str]) -> tuple[str, list[Any]]:
    """SQL for the position of the first of these conditions that holds for an account, over `account_fields.FROM`."""
    cases: list[str] = []
    parameters: list[Any] = []
    for index, condition in enumerate(conditions):
        sql, values = condition_sql(condition)
        cases.append(f"WHEN {sql} THEN {index}")
        parameters += values
    return f"CASE {' '.join(cases)} END", parameters


def condition_sql(condition: str) -> tuple[str, list[Any]]:
    """SQL of a condition on account fields; an empty one always holds. Raises ConditionError."""
    if not condition.strip():
        return "(1 = 1)", []
    return parse(condition, account_fields.FIELDS).to_sql(account_fields.COLUMNS, dialect=connection.vendor)


@lru_cache(maxsize=200)
def _published(metrics: Declared, version_id: int, version: int, stored: str) -> Published:
    # Also keyed by its text: a version never changes, but another database may use the same id.
    read = document.check(json.loads(stored), origin=f"scorecard version {version_id}")
    built = document.build(read, version=version, metrics=metrics)
    return Published(version_id, built, read.condition, stored, read.position)
