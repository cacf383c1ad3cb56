"""Writes: scorecards and their versions."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.models import Scorecard, ScorecardVersion


def ensure_scorecards(now: datetime, *, shipped: Path = document.SHIPPED) -> int:
    """Publish the scorecards of files that are new or changed; how many. Raises BadScorecard, with nothing published.

    First the shipped ones, then those in `MAINSTAY_HOME/scorecards`, where a file with the key of a shipped one takes
    its place: from then on changes of the shipped one are left alone.
    """
    own = Path(settings.MAINSTAY_HOME) / "scorecards"
    with transaction.atomic():
        return sum(
            _publish(document.read(path.read_text(encoding="utf-8"), origin=path.name), now=now, is_shipped=is_shipped)
            for folder, is_shipped in ((shipped, True), (own, False))
            for path in sorted(folder.glob("*.yaml"))
        )


def _publish(read: document.Document, *, now: datetime, is_shipped: bool) -> bool:
    # A metric that does not exist must be told before anything is scored with it.
    document.build(read, version=0, metrics=all_metrics())
    content = read.model_dump(mode="json")
    card, _ = Scorecard.objects.select_for_update().get_or_create(
        key=read.key, defaults={"name": read.name, "position": read.position}
    )
    latest = card.versions.order_by("-version").first()
    if latest is not None and (_says(latest, read) or (is_shipped and not latest.is_shipped)):
        return False
    card.name, card.position = read.name, read.position
    card.save(update_fields=["name", "position"])
    number = latest.version + 1 if latest else 1
    ScorecardVersion.objects.create(
        scorecard=card, version=number, document=content, is_shipped=is_shipped, published_at=now
    )
    return True


def _says(stored: ScorecardVersion, read: document.Document) -> bool:
    """Compared as documents: a field that came with a later release has its default in a version stored before."""
    return document.check(stored.document, origin=f"version {stored.version}") == read
