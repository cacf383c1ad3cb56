"""The JSON of one account: what the HTTP API answers and `mainstay account --json` prints."""

from datetime import datetime
from typing import Any

from mainstay.accounts.models import Account
from mainstay.api import health
from mainstay.api.schemas import AccountDocument, Correction, Evidence, Signal, Task
from mainstay.common.time import DAY, midnight
from mainstay.lake.days import Known
from mainstay.metrics import selectors as metrics
from mainstay.playbooks.models import Task as TaskRow
from mainstay.playbooks.selectors import open_tasks, tasks_open_at
from mainstay.scores import selectors as scores
from mainstay.scores.corrected import corrected_values
from mainstay.scores.since import what_changed
from mainstay.signals import selectors as signals
from mainstay.signals.models import Signal as SignalRow
from mainstay.signals.past import open_at


def account_document(
    account: Account,
    *,
    as_of: datetime | None = None,
    since: datetime | None = None,
    known: Known = Known.NOW,
    now: datetime,
) -> AccountDocument:
    """Everything known of an account as of an instant, of now when none is given, and what changed since another.

    In the past the signals and tasks are those that were open then (owners and due times of tasks are those of now);
    health and metrics are as known now, or as they were known then.
    """
    view = scores.health(account.pk, as_of, known=known)
    moment = as_of or (view.as_of if view else now)
    changed = what_changed(account.pk, since, as_of=as_of, now=now) if since else None
    return AccountDocument(
        key=account.key,
        name=account.name,
        as_of=moment,
        parent=account.parent.key if account.parent else None,
        health=health.health(view, moment) if view else None,
        since=health.since(changed) if changed else None,
        metrics=metrics.profile(account.pk, as_of, known=known),
        signals=_signals(account, as_of),
        tasks=_tasks(account, as_of),
        corrections=_corrections(account, as_of),
    )


def _corrections(account: Account, as_of: datetime | None) -> list[Correction]:
    """Those of the day that ended at this instant."""
    if as_of is None or as_of != midnight(as_of.date()):
        return []
    return [
        Correction(
            field=one.field,
            then=one.then,
            now=one.now,
            corrected_at=one.note.corrected_at,
            reason=one.note.reason,
            source=one.note.source,
            rows=one.note.rows,
            first_day=one.note.first_day,
            last_day=one.note.last_day,
            received_at=one.note.received_at,
        )
        for one in corrected_values(account.pk, as_of.date() - DAY)
    ]


def _signals(account: Account, as_of: datetime | None) -> list[Signal]:
    found = signals.open_signals(account) if as_of is None else open_at(as_of).filter(account=account)
    return [Signal(**signal_values(one)) for one in found]


def signal_values(one: SignalRow) -> dict[str, Any]:
    """What every answer tells of a signal."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "severity": one.severity,
        "summary": one.summary,
        "opened_at": one.opened_at,
        "evidence": [Evidence(field=item["field"], then=item["then"], now=item["now"]) for item in one.evidence],
    }


def _tasks(account: Account, as_of: datetime | None) -> list[Task]:
    found = open_tasks(account=account) if as_of is None else tasks_open_at(as_of, account=account)
    return [Task(**task_values(one)) for one in found]


def task_values(one: TaskRow) -> dict[str, Any]:
    """What every answer tells of a task."""
    return {
        "id": one.pk,
        "title": one.title,
        "why": one.why,
        "owner": one.owner.email if one.owner else None,
        "due_at": one.due_at,
        "created_at": one.created_at,
    }
