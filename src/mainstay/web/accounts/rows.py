"""What a row of the Portfolio shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from mainstay.accounts.models import Account
from mainstay.playbooks.models import Task
from mainstay.scores.models import Health
from mainstay.scores.rule_events import week_marks

METRICS = ("arr", "seats", "seats_used", "seat_use", "days_to_renewal", "nps_latest", "days_since_last_activity")
# What an account shows before its first profile.
NO_PROFILE: Mapping[str, float | None] = dict.fromkeys(METRICS)


@dataclass(frozen=True)
class Row:
    """An account with the values of its columns; what is not known is None.

    `rules`: positions among its `weeks` before which its scorecard changed.
    `corrected`: of a past day whose score was corrected since, what it was.
    """

    account: Account
    health: Health | None
    profile: Mapping[str, float | None]
    tasks: int
    late: int
    rules: Sequence[int] = ()
    corrected: str = ""

    @property
    def band(self) -> str:
        """The band of the account; unknown before its first scoring."""
        return self.health.band if self.health else "unknown"

    @property
    def weeks(self) -> Sequence[int | None]:
        """The scores of the last twelve weeks, oldest first."""
        return self.health.weeks if self.health else []

    @property
    def coverage(self) -> float | None:
        """The share of the weight whose measures are known, 0 to 100."""
        return self.health.coverage * 100 if self.health else None


def rows(ids: Sequence[int], *, now: datetime) -> list[Row]:
    """The rows of these accounts, in this order, in a few statements whatever their number."""
    accounts = {account.pk: account for account in Account.objects.filter(pk__in=ids).select_related("owner")}
    health = {one.pk: one for one in Health.objects.filter(pk__in=ids).defer("detail")}
    profiles = _profiles(ids)
    tasks = _tasks(ids, now=now)
    marks = week_marks(now)
    return [
        Row(
            account=accounts[pk],
            health=health.get(pk),
            profile=profiles.get(pk, NO_PROFILE),
            tasks=tasks.get(pk, (0, 0))[0],
            late=tasks.get(pk, (0, 0))[1],
            rules=marks.get(health[pk].scorecard_version_id, ()) if pk in health else (),
        )
        for pk in ids
        if pk in accounts
    ]


def _profiles(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, {', '.join(METRICS)} FROM metrics_profile WHERE account_id IN ({marks})", list(ids)
        )
        return {row[0]: dict(zip(METRICS, row[1:], strict=True)) for row in cursor.fetchall()}


def _tasks(ids: Sequence[int], *, now: datetime) -> dict[int, tuple[int, int]]:
    counted = (
        Task.objects.filter(account__in=ids, done_at=None, dismissed_at=None)
        .order_by()
        .values("account")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
        .values_list("account", "open", "late")
    )
    return {account_id: (number, late) for account_id, number, late in counted}
