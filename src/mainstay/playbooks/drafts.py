"""Writes: drafts of playbooks, from the first word to their publication.

One draft of a playbook at a time, which everybody who may publish writes on. It is saved only over the revision its
writer has seen, so nobody's work is lost unseen; what was typed is kept even while it is wrong, and every change can be
taken back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from mainstay.common.errors import NotFound
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks import history, publishing, reading
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import BadPlaybook, ChangedMeanwhile
from mainstay.playbooks.models import Draft, Playbook, PlaybookVersion
from mainstay.playbooks.selectors import document_of as document_of_version
from mainstay.playbooks.selectors import get_playbook, newest_version

type Content = Mapping[str, Any]


def get(pk: int) -> Draft:
    """A draft with its playbook, people and base; NotFound."""
    draft = Draft.objects.select_related("playbook", "base__playbook", "created_by", "saved_by").filter(pk=pk).first()
    if draft is None:
        raise NotFound("This draft is not there any more: it was published or discarded.")
    return draft


def of_playbook(playbook: Playbook) -> Draft | None:
    """The draft of a playbook, if somebody is writing one."""
    return playbook.drafts.select_related("playbook", "base", "saved_by").first()


def of_new_playbooks() -> list[Draft]:
    """The drafts of playbooks that were never published, the latest first."""
    return list(Draft.objects.filter(playbook=None).select_related("saved_by"))


@transaction.atomic
def begin(key: str, *, by: User, now: datetime) -> Draft:
    """The draft of a playbook: the one there is, else a new one that says what the version in force says."""
    require_role(by, Role.MANAGER)
    playbook = Playbook.objects.select_for_update().get(pk=get_playbook(key).pk)
    draft = of_playbook(playbook)
    if draft is not None:
        return draft
    base = newest_version(playbook)
    content = reading.content_of(document_of_version(base))
    return Draft.objects.create(
        playbook=playbook, base=base, content=content, created_at=now, created_by=by, saved_at=now, saved_by=by
    )


def begin_new(content: Content, *, by: User, now: datetime) -> Draft:
    """A draft of a playbook that does not exist yet."""
    require_role(by, Role.MANAGER)
    return Draft.objects.create(content=dict(content), created_at=now, created_by=by, saved_at=now, saved_by=by)


@transaction.atomic
def save(
    draft: Draft,
    content: Content,
    *,
    revision: int,
    by: User,
    now: datetime,
    window: str = "",
    what: str = "Written as YAML",
) -> Draft:
    """Keep what was typed, right or wrong; `what` says what was changed. Raises ChangedMeanwhile when it was saved
    since `revision`.

    A `window` that saved last may save on whatever revision it has seen: it knows what it sent.
    """
    require_role(by, Role.MANAGER)
    present = get(draft.pk)
    _check_seen(present, revision=revision, by=by, window=window)
    if dict(content) == present.content:
        return present
    at = history.record(present, content, what=what, now=now)
    return _put(present, content, at=at, by=by, now=now, window=window)


def _check_seen(present: Draft, *, revision: int, by: User, window: str) -> None:
    is_own = bool(window) and present.window == window and present.saved_by_id == by.pk
    if not is_own and present.revision != revision:
        raise ChangedMeanwhile(
            f"{present.saved_by or 'Somebody'} saved this draft since you opened it. Load it again to see what it says."
        )


def _put(present: Draft, content: Content, *, at: int, by: User, now: datetime, window: str) -> Draft:
    rows = Draft.objects.filter(pk=present.pk, revision=present.revision)
    if not rows.update(
        content=dict(content), revision=F("revision") + 1, saved_at=now, saved_by=by, window=window, at=at
    ):
        raise ChangedMeanwhile("Somebody saved this draft at the same moment. Load it again to see what it says.")
    return get(present.pk)


@transaction.atomic
def go(draft: Draft, steps: int, *, revision: int, by: User, now: datetime, window: str = "") -> Draft:
    """Go back (`steps` -1) to what it said before the last change, or forward (1) again; as it is where there is none.
    Raises ChangedMeanwhile like `save`.
    """
    require_role(by, Role.MANAGER)
    present = get(draft.pk)
    _check_seen(present, revision=revision, by=by, window=window)
    state = present.states.filter(number=present.at + steps).first()
    if state is None:
        return present
    return _put(present, state.content, at=state.number, by=by, now=now, window=window)


@transaction.atomic
def discard(draft: Draft, *, by: User) -> None:
    """Throw it away; the version in force stays."""
    require_role(by, Role.MANAGER)
    key = draft.playbook.key if draft.playbook else str(draft.content.get("key", ""))
    draft.delete()
    record_audit(by, "playbooks.draft_discarded", f"playbook:{key}")


def document_of(draft: Draft) -> Document:
    """The document of a draft. Raises BadPlaybook with everything that is wrong with it, conditions included."""
    document = reading.check(draft.content, origin="The draft")
    if draft.playbook is not None and document.key != draft.playbook.key:
        reason = f"the key is '{draft.playbook.key}' and stays; make a new playbook for another one"
        raise reading.bad_playbook([(("key",), reason)], origin="The draft")
    if draft.playbook is None and Playbook.objects.filter(key=document.key, removed_at=None).exists():
        reason = f"there is a playbook '{document.key}' already; choose another key"
        raise reading.bad_playbook([(("key",), reason)], origin="The draft")
    publishing.check_names(document)
    return document


def problems(draft: Draft) -> list[dict[str, Any]]:
    """Everything that is wrong with a draft: `place`, `reason`."""
    try:
        document_of(draft)
    except BadPlaybook as error:
        found: list[dict[str, Any]] = error.details.get("problems", [{"place": "document", "reason": error.message}])
        return found
    return []


@transaction.atomic
def publish(draft: Draft, *, by: User, reason: str, now: datetime, over: int | None = None) -> PlaybookVersion | None:
    """Publish a draft and end it; None when the version in force says the same. Raises BadPlaybook, ChangedMeanwhile.

    `over`: the version in force that the publisher agreed to replace; without it, the one the draft began from.
    """
    document = document_of(draft)
    began = draft.base.version if draft.base is not None else 0
    made = publishing.publish(document, by=by, reason=reason, now=now, over=began if over is None else over)
    draft.delete()
    return made
