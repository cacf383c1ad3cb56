"""The JSON of one account: what the HTTP API answers and `mainstay account --json` prints."""

from datetime import datetime

from mainstay.accounts.models import Account
from mainstay.api.schemas import AccountDocument, Dimension, Evidence, Health, Measure, Signal, Task
from mainstay.metrics import selectors as metrics
from mainstay.playbooks.selectors import open_tasks
from mainstay.scores import selectors as scores
from mainstay.scores.explaining import DimensionResult, MeasureResult
from mainstay.signals import selectors as signals


def account_document(account: Account, *, as_of: datetime | None = None, now: datetime) -> AccountDocument:
    """Everything known of an account as of an instant, of now when none is given.

    In the past the signals are those that were open then; tasks are those of now that existed then and were not done.
    """
    view = scores.health(account.pk, as_of)
    moment = as_of or (view.as_of if view else now)
    return AccountDocument(
        key=account.key,
        name=account.name,
        as_of=moment,
        health=_health(view, moment) if view else None,
        metrics=metrics.profile(account.pk, as_of),
        signals=_signals(account, as_of),
        tasks=_tasks(account, as_of),
    )


def _health(view: scores.HealthView, as_of: datetime) -> Health:
    result = view.result
    return Health(
        score=view.score,
        band=view.band,
        coverage=round(view.coverage, 4),
        scorecard=result.scorecard.key,
        version=result.scorecard.version,
        dimensions=[_dimension(part, as_of) for part in result.dimensions],
    )


def _dimension(part: DimensionResult, as_of: datetime) -> Dimension:
    return Dimension(
        key=part.key,
        points=part.points,
        weight=part.weight,
        band=part.band,
        measures=[_measure(measure, as_of) for measure in part.measures],
    )


def _measure(measure: MeasureResult, as_of: datetime) -> Measure:
    age = measure.source_age_seconds
    return Measure(
        metric=measure.metric,
        value=measure.value,
        band=measure.band,
        as_of=measure.as_of or as_of,
        source_age_seconds=None if age is None else int(age),
        state=measure.state.value,
    )


def _signals(account: Account, as_of: datetime | None) -> list[Signal]:
    found = signals.open_signals(account) if as_of is None else signals.of_account(account)
    return [
        Signal(
            id=one.pk,
            kind=one.kind,
            severity=one.severity,
            summary=one.summary,
            opened_at=one.opened_at,
            evidence=[Evidence(field=item["field"], then=item["then"], now=item["now"]) for item in one.evidence],
        )
        for one in found
        if as_of is None or (one.opened_at < as_of and (one.closed_at is None or one.closed_at >= as_of))
    ]


def _tasks(account: Account, as_of: datetime | None) -> list[Task]:
    return [
        Task(
            id=one.pk,
            title=one.title,
            why=one.why,
            owner=one.owner.email if one.owner else None,
            due_at=one.due_at,
            created_at=one.created_at,
        )
        for one in open_tasks(account=account)
        if as_of is None or one.created_at < as_of
    ]
