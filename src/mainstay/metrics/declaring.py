"""Writes of metrics that people declare: save and remove. Their door is `services`.

A saved metric has its column at once and its value with the next refresh. Its past, and what it needs to be counted
from, are made in the background (`histories`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from django.db import transaction
from django.db.models import Max

from mainstay.facts import tallies
from mainstay.lake import locks
from mainstay.metrics import histories, profile_table, registry, stored, uses
from mainstay.metrics.errors import BadMetric, MetricInUse, UnknownMetric
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.needs import needs_of
from mainstay.metrics.own.building import build, build_all, named
from mainstay.metrics.own.document import Document
from mainstay.metrics.registry import Metric, shipped
from mainstay.metrics.uses import Use
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


def check_metric(document: Document) -> Metric:
    """The metric that saving this document would declare. Raises BadMetric with the place and the reason."""
    if document.key in shipped():
        said = f"'{document.key}' is a metric that comes with Mainstay; choose another key."
        raise BadMetric(said, problems=[{"path": "key", "message": f"key: {said}"}])
    live = stored.readable()
    before, after = build_all(list(live.values()), shipped()), live | {document.key: document}
    _refuse_circle(after, document.key)
    built = build_all(list(after.values()), shipped())
    if document.key in built.problems:
        build(document, {**shipped(), **built.metrics})
    for key in sorted(built.problems.keys() - before.problems.keys()):
        raise BadMetric(f"With this, the metric '{key}' could not be computed any more. {built.problems[key]}")
    return built.metrics[document.key]


def save_metric(document: Document, *, by: User | None, now: datetime) -> OwnMetric:
    """Declare a metric, or change it; `by` None: Mainstay itself. A repeat changes nothing.

    Raises BadMetric, and NotAllowed: declaring needs a manager.
    """
    if by is not None:
        require_role(by, Role.MANAGER)
    with transaction.atomic():
        locks.hold_until_commit("own metrics")
        check_metric(document)
        row = OwnMetric.objects.filter(key=document.key).first()
        content = document.as_dict()
        if row is not None and row.removed_at is None and row.document == content:
            return row
        is_new = row is None or row.removed_at is not None
        row = row or OwnMetric(key=document.key)
        row.document, row.revision, row.changed_at, row.changed_by = content, _next_revision(), now, by
        row.removed_at, row.problem = None, ""
        if is_new:
            row.filled_from = None  # days that were kept while it was away have no value of it
        row.save()
        profile_table.ensure_columns([document.key])
        if is_new:
            profile_table.empty_column(document.key)
        record_audit(by, "metrics.added" if is_new else "metrics.changed", f"metric:{document.key}", document=content)
        _settle()
        row.refresh_from_db()
    return row


def remove_metric(key: str, *, by: User | None, now: datetime) -> None:
    """Take a declared metric away. Raises MetricInUse with the names of all that use it, UnknownMetric, NotAllowed.

    Its past stays in the history, and comes back when the same document is saved again.
    """
    if by is not None:
        require_role(by, Role.MANAGER)
    with transaction.atomic():
        locks.hold_until_commit("own metrics")
        row = OwnMetric.objects.filter(key=key, removed_at=None).first()
        if row is None:
            if key in shipped():
                raise BadMetric(f"'{key}' is a metric that comes with Mainstay and cannot be removed.")
            raise UnknownMetric(key, registry.all_metrics())
        if users := uses.of(key):
            raise MetricInUse(f"The metric '{key}' is used by {', '.join(map(str, users))}; change them first.",
                              details={"used_by": [vars(use) for use in users]})  # fmt: skip
        row.removed_at, row.changed_at, row.changed_by, row.revision = now, now, by, _next_revision()
        row.save(update_fields=["removed_at", "changed_at", "changed_by", "revision"])
        profile_table.empty_column(key)
        record_audit(by, "metrics.removed", f"metric:{key}", document=row.document)
        _settle()


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The declared metrics that are made of this one."""
    for key, document in stored.readable().items():
        if metric in named(document):
            yield Use("metric", key, document.label)


def _settle() -> None:
    """After a change: let this process see it, and keep the tallies that are needed now and no others.

    The pasts of what means something else now, the metric itself and all that are made of it, are to be filled in anew.
    """
    metrics = registry.look_again()
    tallies.keep(needs_of(metrics).tallies)
    histories.begin_anew(metrics)
    # Whatever looked in between saw what was not committed yet, and may not keep it when the commit fails.
    transaction.on_commit(stored.provider.look_again)


def _next_revision() -> int:
    latest: int | None = OwnMetric.objects.aggregate(latest=Max("revision"))["latest"]
    return (latest or 0) + 1


def _refuse_circle(documents: dict[str, Document], key: str) -> None:
    graph: dict[str, Iterable[str]] = {one.key: named(one) & documents.keys() for one in documents.values()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        path = " → ".join(error.args[1])
        raise BadMetric(
            f"Metric '{key}' would be made of itself: {path}.",
            problems=[{"path": "value", "message": f"value: made of itself: {path}."}],
        ) from error
