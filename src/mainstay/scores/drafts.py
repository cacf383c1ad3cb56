"""Writes: drafts of scorecards, from the first word to their publication.

Whoever may publish may write on any draft. A draft is saved only over the revision its writer has seen, so nobody's
work is lost unseen; what was typed is kept even while it is wrong.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from mainstay.common.errors import NotFound
from mainstay.metrics.registry import all_metrics
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import problems, publishing
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Draft, Scorecard, ScorecardVersion

type Content = Mapping[str, Any]


def get(pk: int) -> Draft:
    """A draft with its scorecard, people and base; NotFound."""
    draft = Draft.objects.select_related("scorecard", "author", "saved_by", "base").filter(pk=pk).first()
    if draft is None:
        raise NotFound("This draft is not there any more: it was published or discarded.")
    return draft


@transaction.atomic
def begin(key: str, *, by: User, now: datetime, content: Content | None = None) -> Draft:
    """One's draft of a scorecard: the one there is, else a new one from the version in force, or with `content`."""
    require_role(by, Role.MANAGER)
    card = publishing.get(key)
    draft = Draft.objects.select_for_update().filter(scorecard=card, author=by).first()
    if draft is not None:
        return draft
    base = card.versions.order_by("-version").first()
    begun = content if content is not None else base.document if base is not None else {}
    return Draft.objects.create(
        scorecard=card, author=by, saved_by=by, base=base, content=dict(begun), created_at=now, saved_at=now
    )


def begin_new(content: Content, *, by: User, now: datetime) -> Draft:
    """A draft of a scorecard that does not exist yet; its key follows from its name."""
    require_role(by, Role.MANAGER)
    begun = {name: value for name, value in content.items() if name != "key"}
    return Draft.objects.create(author=by, saved_by=by, content=begun, created_at=now, saved_at=now)


@transaction.atomic
def save(draft: Draft, content: Content, *, revision: int, by: User, now: datetime, window: str = "") -> Draft:
    """Keep what was typed. Raises ChangedMeanwhile when it was saved since `revision`, with nothing overwritten.

    A `window` that saved last may save on whatever revision it has seen: it knows what it sent.
    """
    require_role(by, Role.MANAGER)
    kept = {name: value for name, value in content.items() if name != "key"}
    seen = Q(revision=revision)
    if window:
        seen |= Q(window=window, saved_by=by)
    saved = Draft.objects.filter(seen, pk=draft.pk).update(
        content=kept, revision=F("revision") + 1, saved_at=now, saved_by=by, window=window
    )
    if not saved:
        found = get(draft.pk)
        raise ChangedMeanwhile(
            f"{found.saved_by or 'Somebody'} saved this draft in another window or at another place. Load it again to "
            "see it; what you typed since is not saved."
        )
    return get(draft.pk)


@transaction.atomic
def discard(draft: Draft, *, by: User) -> dict[str, Any]:
    """Delete a draft; what `restore` needs to bring it back."""
    require_role(by, Role.MANAGER)
    name = str(draft.content.get("name", ""))
    record_audit(by, "scores.draft_discarded", f"scorecard:{draft.scorecard.key if draft.scorecard else name}")
    kept = {"scorecard": draft.scorecard_id, "base": draft.base_id, "author": draft.author_id, "content": draft.content}
    draft.delete()
    return kept


@transaction.atomic
def restore(kept: Mapping[str, Any], *, by: User, now: datetime) -> Draft:
    """Bring a discarded draft back."""
    require_role(by, Role.MANAGER)
    if kept["scorecard"] and Draft.objects.filter(scorecard=kept["scorecard"], author=kept["author"]).exists():
        raise BadScorecard("There is a newer draft of this scorecard by now; publish or discard that one first.")
    return Draft.objects.create(
        scorecard=Scorecard.objects.filter(pk=kept["scorecard"]).first(),
        base=ScorecardVersion.objects.filter(pk=kept["base"]).first(),
        author=User.objects.filter(pk=kept["author"]).first(),
        saved_by=by,
        content=kept["content"],
        created_at=now,
        saved_at=now,
    )


def content_of(draft: Draft) -> dict[str, Any]:
    """What was typed, with the key of the scorecard: the stored one, or the one its name gives."""
    key = draft.scorecard.key if draft.scorecard else free_key(str(draft.content.get("name", "")))
    return {"key": key, **{name: value for name, value in draft.content.items() if name != "key"}}


def normal(draft: Draft, content: Content) -> dict[str, Any]:
    """The content as its document says it; as it was typed while that is wrong. Without the key."""
    checked = problems.check({**content, "key": content_of(draft)["key"] or "draft"}, metrics=all_metrics())
    found = dict(content) if checked.document is None else checked.document.model_dump(mode="json")
    return {name: value for name, value in found.items() if name != "key"}


def check(draft: Draft) -> problems.Checked:
    """The document of a draft, or everything that is wrong with it."""
    return problems.check(content_of(draft), metrics=all_metrics())


def document_of(draft: Draft) -> Document:
    """The document of a draft; BadScorecard with the first fault."""
    checked = check(draft)
    if checked.document is None:
        raise BadScorecard(f"The draft cannot be taken yet: {checked.problems[0].text}")
    return checked.document


def is_overtaken(draft: Draft) -> bool:
    """Whether another version than the one it began from is in force by now."""
    if draft.scorecard is None:
        return False
    latest = draft.scorecard.versions.order_by("-version").values_list("pk", flat=True).first()
    return latest != draft.base_id


@transaction.atomic
def publish(draft: Draft, *, by: User, reason: str, now: datetime, over: int | None = None) -> ScorecardVersion:
    """Publish a draft and end it. Raises BadScorecard, ChangedMeanwhile.

    `over`: the version in force that the publisher agreed to replace; without it, the one the draft began from.
    """
    read = document_of(draft)
    began = draft.base.version if draft.base and draft.scorecard and draft.scorecard.archived_at is None else 0
    made = publishing.publish(read, by=by, reason=reason, now=now, over=began if over is None else over)
    draft.delete()
    return made


def free_key(name: str) -> str:
    """A key that no scorecard has, from a name: `Self-serve, EMEA` is `self_serve_emea`. Empty for no name."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
    key = words if not words or words[0].isalpha() else f"scorecard_{words}"
    taken = set(Scorecard.objects.filter(key__startswith=key).values_list("key", flat=True)) if key else set()
    return key if key not in taken else next(k for at in range(2, 10_000) if (k := f"{key}_{at}") not in taken)
