"""Reads of playbooks, runs and tasks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Max, Q, QuerySet

from mainstay.accounts.models import Account
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.targets import present_targets
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import User
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import UnknownPlaybook
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, Task
from mainstay.playbooks.naming import Later, Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.reading import stored_document
from mainstay.segments.models import Segment
from mainstay.signals.selectors import labels


def document_of(version: PlaybookVersion) -> Document:
    """The checked document of a version, with its playbook. Raises BadPlaybook."""
    return stored_document(version.document, key=version.playbook.key)


def newest_versions() -> QuerySet[PlaybookVersion]:
    """The newest version of each playbook that was not removed, with its playbook, by key."""
    newest = PlaybookVersion.objects.annotate(newest=Max("playbook__versions__version")).filter(version=F("newest"))
    return newest.filter(playbook__removed_at=None).select_related("playbook", "by").order_by("playbook__key")


def current_versions() -> Sequence[PlaybookVersion]:
    """The newest version of each active playbook, with its playbook."""
    return list(newest_versions().filter(playbook__is_active=True))


def names() -> Names:
    """What everything is called that documents name; each kind of thing is read when one of it is asked for."""
    return Names(
        signals=Later(lambda: labels().items()),
        segments=Later(lambda: Segment.objects.filter(is_shared=True).values_list("key", "name")),
        playbooks=Later(lambda: Playbook.objects.filter(removed_at=None).values_list("key", "name")),
        people=Later(lambda: User.objects.values_list("email", "name")),
        targets=Later(lambda: present_targets().values_list("key", "name")),
        categories=Later(lambda: [(one.key, one.name) for one in policy_in_force().categories]),
        links=Later(lambda: [(name, in_words(name)) for name in policy_in_force().links]),
        metrics=Later(lambda: [(key, one.label) for key, one in all_metrics().items()]),
    )


def get_playbook(key: str) -> Playbook:
    """A playbook that was not removed. Raises UnknownPlaybook."""
    playbook = Playbook.objects.filter(key=key, removed_at=None).first()
    if playbook is None:
        raise UnknownPlaybook(f"There is no playbook '{key}'; it was removed, or never was.")
    return playbook


def newest_version(playbook: Playbook) -> PlaybookVersion:
    """The version in force, with its playbook. Raises UnknownPlaybook for one that was never published."""
    version = playbook.versions.select_related("playbook", "by").order_by("-version").first()
    if version is None:
        raise UnknownPlaybook(f"The playbook '{playbook.key}' was never published.")
    return version


def versions(playbook: Playbook) -> QuerySet[PlaybookVersion]:
    """Every version, the latest first."""
    return playbook.versions.select_related("playbook", "by").order_by("-version")


def resting(now: datetime) -> Q:
    """Of runs: it lets time pass before it comes to its step, and waits for nothing else."""
    return Q(state=RunState.ACTIVE, awaits="", wake_at__gt=now)


def all_tasks() -> QuerySet[Task]:
    """Every task, ready to be shown: with account, owner and playbook."""
    return Task.objects.select_related("account", "owner", "done_by", "run__version__playbook", "run__signal")


def open_tasks(*, owner: User | None = None, account: Account | None = None) -> QuerySet[Task]:
    """Tasks to be done, the most pressing first (no due time: last). None means of anybody, of any account."""
    tasks = all_tasks().filter(done_at=None, dismissed_at=None)
    if owner is not None:
        tasks = tasks.filter(owner=owner)
    if account is not None:
        tasks = tasks.filter(account=account)
    return tasks.order_by(F("due_at").asc(nulls_last=True), "created_at", "pk")


def awake(now: datetime) -> Q:
    """Tasks that are in sight: not snoozed, or not any more."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now)


def was_open(as_of: datetime) -> Q:
    """Tasks that were there and not closed at a past instant.

    One that was closed and reopened since counts as open all along; owners, titles and due times are those of now: of
    them nothing older is kept.
    """
    still = (Q(done_at=None) | Q(done_at__gte=as_of)) & (Q(dismissed_at=None) | Q(dismissed_at__gte=as_of))
    return still & Q(created_at__lt=as_of)


def was_closed(as_of: datetime) -> Q:
    """Tasks that were done or dismissed by a past instant, and are still."""
    return Q(done_at__lt=as_of) | Q(dismissed_at__lt=as_of)


def tasks_as_they_stood(found: Iterable[Task], as_of: datetime) -> list[Task]:
    """The tasks without what was done about them later. Not to be saved."""
    tasks = list(found)
    for one in tasks:
        if one.done_at is not None and one.done_at >= as_of:
            one.done_at, one.done_by = None, None
        if one.dismissed_at is not None and one.dismissed_at >= as_of:
            one.dismissed_at = None
    return tasks


def tasks_open_at(as_of: datetime, *, owner: User | None = None, account: Account | None = None) -> QuerySet[Task]:
    """Those that `was_open` tells of, in the order of `open_tasks`."""
    tasks = all_tasks().filter(was_open(as_of))
    if owner is not None:
        tasks = tasks.filter(owner=owner)
    if account is not None:
        tasks = tasks.filter(account=account)
    return tasks.order_by(F("due_at").asc(nulls_last=True), "created_at", "pk")


def overdue_tasks(now: datetime, *, owner: User | None = None) -> QuerySet[Task]:
    """Open tasks whose due time has passed."""
    return open_tasks(owner=owner).filter(due_at__lt=now)


def runs(account: Account) -> QuerySet[Run]:
    """The playbook runs of an account, newest first, with playbook, signal and steps."""
    found = Run.objects.filter(account=account).select_related("version__playbook", "playbook", "signal", "contact")
    return found.prefetch_related("steps").order_by("-started_at")
