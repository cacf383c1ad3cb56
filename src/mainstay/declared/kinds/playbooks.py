"""Playbooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.common.errors import MainstayError
from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.playbooks import publishing, reading, selectors
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run import dry_run
from mainstay.playbooks.dry_run_result import DAYS, DryRun, Sort
from mainstay.playbooks.models import UNDER_WAY, Run

# A plan answers at once; beyond these it only counts who enters.
_MOST_WALKED = 2_000


def _stored() -> Mapping[str, BaseModel]:
    return {version.playbook.key: selectors.document_of(version) for version in selectors.newest_versions()}


def _as_shipped() -> frozenset[str]:
    return frozenset(version.playbook.key for version in selectors.newest_versions() if version.is_shipped)


def _check(content: Any, origin: str) -> BaseModel:
    return reading.check(content, origin=origin)


def _content(document: BaseModel) -> dict[str, Any]:
    assert isinstance(document, Document)
    return reading.content_of(document)


def _save(wanted: BaseModel, author: Author) -> None:
    assert isinstance(wanted, Document)
    publishing.publish(wanted, by=author.user, reason=author.reason, now=author.now)


def _remove(key: str, author: Author) -> None:
    """A playbook that came with the product is as it came; others are removed."""
    shipped = publishing.shipped().get(key)
    if shipped is not None:
        publishing.publish(shipped, by=author.user, reason=author.reason, now=author.now, is_shipped=True)
    else:
        publishing.remove(key, by=author.user, now=author.now)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Who would enter at once, and the runs that would be stopped, playbook by playbook."""
    said, entering, stopping = [], 0, 0
    for change in changes:
        if not isinstance(change.after, Document):
            under_way = Run.objects.filter(playbook__key=change.key, state__in=UNDER_WAY).count()
            stopping += under_way
            said.append(f"'{change.key}': {under_way:,} runs under way would be stopped.")
            continue
        try:
            found = dry_run(change.after, now=now, most=_MOST_WALKED)
        except MainstayError as error:
            said.append(f"'{change.key}': not known before what it names is there. {error.message}")
            continue
        entering += found.at_once
        said.append(_told(change.key, found))
    return Effect(tuple(said), {"entering": entering, "stopping": stopping})


def _told(key: str, found: DryRun) -> str:
    today = found.days[0]
    held = f", {today.held_out:,} of them held out" if today.held_out else ""
    said = f"'{key}': {found.at_once:,} would enter at once{held}"
    messages, tasks = found.total(Sort.MESSAGE).most, found.total(Sort.TASK).most
    if found.skipped:
        said += f"; too many would within {DAYS} days to count what they get here, a dry run does"
    elif found.entering:
        brings = f"{_counted(messages, 'message')} to contacts and {_counted(tasks, 'task')}"
        said += f" and {found.entering:,} within {DAYS} days, which brings at most {brings}"
    return f"{said}; runs under way keep their version."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


KIND = Kind(
    name="playbooks",
    label="Playbook",
    order=60,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    content=_content,
    as_shipped=_as_shipped,
    effect=_effect,
)
