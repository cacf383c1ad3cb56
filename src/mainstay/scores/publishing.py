"""Writes: scorecards and their versions.

A version never changes. Whoever publishes gives the reason; going back publishes the document of an earlier version
again, as the next one. A scorecard that is removed serves nobody from then on and keeps its versions, since past scores
were made with them; publishing it again brings it back.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from mainstay.common.errors import NotFound
from mainstay.metrics.registry import all_metrics
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import document, published
from mainstay.scores.changes import changes
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Scorecard, ScorecardVersion, Shadow

MAX_REASON = 500


def document_of(card: Scorecard) -> Document:
    """The document in force. Raises BadScorecard when it cannot be taken any more."""
    return document_of_version(version_in_force(card))


def document_of_version(version: ScorecardVersion) -> Document:
    """The document of a version."""
    origin = f"scorecard '{version.scorecard.key}' version {version.version}"
    return document.check(version.document, origin=origin)


def version_in_force(card: Scorecard, as_of: datetime | None = None) -> ScorecardVersion:
    """The newest version, or the one that was in force at an instant (the first one before it was published)."""
    versions = card.versions.select_related("published_by", "scorecard").order_by("-version")
    if as_of is None:
        return versions[:1].get()
    return versions.filter(published_at__lte=as_of).first() or versions.reverse()[:1].get()


def get(key: str) -> Scorecard:
    """A scorecard by its key, removed ones too; NotFound."""
    card = Scorecard.objects.filter(key=key).first()
    if card is None:
        known = ", ".join(Scorecard.objects.filter(archived_at=None).values_list("key", flat=True)) or "none"
        raise NotFound(f"There is no scorecard '{key}'. Scorecards: {known}.")
    return card


@transaction.atomic
def publish(
    read: Document, *, by: User, reason: str, now: datetime, over: int | None = None, restores: int | None = None
) -> ScorecardVersion:
    """Make `read` the next version of its scorecard, in force from now on. Raises BadScorecard, ChangedMeanwhile.

    `over`: the version that the author has seen in force (0: none); when another one is, nothing is published. A
    document that is in force already makes no new version.
    """
    require_role(by, Role.MANAGER)
    document.build(read, version=0, metrics=all_metrics())
    reason = _reason(reason)
    card = _locked(read)
    latest = card.versions.order_by("-version").first()
    number = latest.version if latest and card.archived_at is None else 0
    if over is not None and over != number:
        raise _overtaken(read, latest)
    if latest is not None and number and _says(latest, read):
        return latest
    before = _readable(latest) if latest is not None and number else None
    made = _add_version(card, read, latest, now=now, by=by, reason=reason, restores=restores)
    _end_shadow(read, by=by, now=now)
    said = changes(before, read, metrics=all_metrics()) if before else []
    record_audit(by, "scores.published", f"scorecard:{card.key}", version=made.version, reason=reason, changes=said)
    return made


def roll_back(key: str, version: int, *, by: User, reason: str, now: datetime) -> ScorecardVersion:
    """Publish the document of an earlier version again. Raises NotFound, BadScorecard when it cannot be taken now."""
    earlier = get(key).versions.filter(version=version).first()
    if earlier is None:
        raise NotFound(f"The scorecard '{key}' has no version {version}.")
    return publish(document_of_version(earlier), by=by, reason=reason, now=now, restores=version)


@transaction.atomic
def remove(key: str, *, by: User, now: datetime) -> None:
    """Let a scorecard serve nobody from now on. Its accounts go to the next one whose condition holds."""
    require_role(by, Role.MANAGER)
    card = get(key)
    if Scorecard.objects.filter(pk=card.pk, archived_at=None).update(archived_at=now):
        record_audit(by, "scores.removed", f"scorecard:{key}")


@transaction.atomic
def bring_back(key: str, *, by: User) -> None:
    """Take a removal back: the latest version is in force again."""
    require_role(by, Role.MANAGER)
    if Scorecard.objects.filter(key=key).exclude(archived_at=None).update(archived_at=None):
        record_audit(by, "scores.brought_back", f"scorecard:{key}")


def position_after(key: str, *, moving: str = "") -> int:
    """A position behind the scorecard `key` ("": before all) and before the next one. Raises BadScorecard."""
    others = [card for card in published.in_force() if card.scorecard.key != moving]
    at = next((index + 1 for index, card in enumerate(others) if card.scorecard.key == key), 0)
    low = others[at - 1].position if at else None
    high = others[at].position if at < len(others) else None
    if low is None or high is None:
        return (high - 10 if high is not None else 100) if low is None else low + 10
    if high - low < 2:
        names = f"'{others[at - 1].scorecard.name}' ({low}) and '{others[at].scorecard.name}' ({high})"
        raise BadScorecard(f"There is no position between {names}. Give the second one a higher position first.")
    return (low + high) // 2


def ensure_scorecards(now: datetime, *, shipped: Path = document.SHIPPED) -> int:
    """Publish the scorecards of files that are new or changed; how many. Raises BadScorecard, with nothing published.

    First the shipped ones: they follow the product until a person or a file changes or removes them. Then those in
    `MAINSTAY_HOME/scorecards`: a file is published when it says something else than when it was last published, so
    that what a person published since stays.
    """
    own = Path(settings.MAINSTAY_HOME) / "scorecards"
    with transaction.atomic():
        return sum(
            _publish_file(
                document.read(path.read_text(encoding="utf-8"), origin=path.name), now=now, is_shipped=is_shipped
            )
            for folder, is_shipped in ((shipped, True), (own, False))
            for path in sorted(folder.glob("*.yaml"))
        )


def _publish_file(read: Document, *, now: datetime, is_shipped: bool) -> bool:
    # A metric that does not exist must be told before anything is scored with it.
    document.build(read, version=0, metrics=all_metrics())
    card = _locked(read)
    versions = list(card.versions.order_by("version"))
    latest = versions[-1] if versions else None
    if latest is not None and _says(latest, read):
        return False
    if is_shipped and latest is not None and (not latest.is_shipped or card.archived_at is not None):
        return False
    from_file = [version for version in versions if version.is_from_file]
    if not is_shipped and from_file and _says(from_file[-1], read):
        return False
    _add_version(card, read, latest, now=now, is_shipped=is_shipped, is_from_file=not is_shipped)
    return True


def _add_version(
    card: Scorecard,
    read: Document,
    latest: ScorecardVersion | None,
    *,
    now: datetime,
    by: User | None = None,
    **fields: Any,
) -> ScorecardVersion:
    card.name, card.position, card.archived_at = read.name, read.position, None
    card.save(update_fields=["name", "position", "archived_at"])
    return ScorecardVersion.objects.create(
        scorecard=card,
        version=latest.version + 1 if latest else 1,
        document=read.model_dump(mode="json"),
        published_at=now,
        published_by=by,
        **fields,
    )


def _end_shadow(read: Document, *, by: User, now: datetime) -> None:
    """A shadow that says what is in force now has nothing left to show."""
    for shadow in Shadow.objects.filter(key=read.key, ended_at=None):
        if shadow.document == read.model_dump(mode="json"):
            shadow.ended_at, shadow.ended_by, shadow.outcome = now, by, Shadow.Outcome.PUBLISHED
            shadow.save(update_fields=["ended_at", "ended_by", "outcome"])


def _locked(read: Document) -> Scorecard:
    card, _ = Scorecard.objects.select_for_update().get_or_create(
        key=read.key, defaults={"name": read.name, "position": read.position}
    )
    return card


def _says(stored: ScorecardVersion, read: Document) -> bool:
    """Compared as documents: a field that came with a later release has its default in a version stored before."""
    return _readable(stored) == read


def _readable(stored: ScorecardVersion) -> Document | None:
    try:
        return document_of_version(stored)
    except BadScorecard:
        return None


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > MAX_REASON:
        raise BadScorecard(
            f"A new version needs a reason of 1 to {MAX_REASON} characters, such as 'Support weighs more since March'."
        )
    return said


def _overtaken(read: Document, latest: ScorecardVersion | None) -> ChangedMeanwhile:
    if latest is None or latest.scorecard.archived_at is not None:
        return ChangedMeanwhile(
            f"The scorecard '{read.name}' was removed meanwhile. Publish it again to bring it back."
        )
    who = latest.published_by or "Mainstay"
    return ChangedMeanwhile(
        f"Version {latest.version} of '{read.name}' was published meanwhile by {who}. Look at what it changed; "
        "publishing now would replace it."
    )


def said_of(versions: Sequence[ScorecardVersion]) -> dict[int, list[str]]:
    """By version number, what each version changed against the one before it; the versions of one scorecard."""
    ordered = sorted(versions, key=lambda version: version.version)
    said: dict[int, list[str]] = {}
    before: Document | None = None
    for version in ordered:
        now = _readable(version)
        said[version.version] = changes(before, now, metrics=all_metrics()) if before and now else []
        before = now
    return said
