"""Reads: what happened to the rules, dated. Histories mark it: a new rule must not be read as news of a customer."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mainstay.common.time import midnight
from mainstay.people.models import User
from mainstay.scores.models import Scorecard, ScorecardVersion, Shadow
from mainstay.scores.trends import WEEKS


class Kind(StrEnum):
    """What was done to a scorecard."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled back"
    REMOVED = "removed"
    SHADOW_STARTED = "shadow started"
    SHADOW_ENDED = "shadow ended"


@dataclass(frozen=True)
class RuleEvent:
    """A dated change of a scorecard. `reason`: of its author, empty where none was asked for."""

    at: datetime
    key: str
    name: str
    kind: Kind
    version: int | None = None
    by: User | None = None
    reason: str = ""

    @property
    def changes_scores(self) -> bool:
        """Whether scores rest on it; what a shadow does, they do not."""
        return self.kind not in (Kind.SHADOW_STARTED, Kind.SHADOW_ENDED)

    @property
    def title(self) -> str:
        """`Standard v3`, `Standard: shadow started`."""
        if self.kind is Kind.PUBLISHED or self.kind is Kind.ROLLED_BACK:
            back = ", back to an earlier version" if self.kind is Kind.ROLLED_BACK else ""
            return f"{self.name} v{self.version}{back}"
        return f"{self.name}: {self.kind}"

    @property
    def text(self) -> str:
        """Who, and why."""
        who = str(self.by) if self.by else "Mainstay" if self.kind is Kind.PUBLISHED else ""
        return ": ".join(part for part in (who, self.reason) if part)


def rule_events(start: date, end: date, *, keys: Collection[str] | None = None) -> list[RuleEvent]:
    """What happened to these scorecards (all) on the days `[start, end)`, in order.

    The first version of a scorecard is its beginning, not a change, and is left out.
    """
    begin, until = midnight(start), midnight(end)
    found = [
        event
        for event in (*_versions(begin, until), *_removals(begin, until), *_shadows(begin, until))
        if keys is None or event.key in keys
    ]
    return sorted(found, key=lambda event: event.at)


def week_marks(now: datetime, *, weeks: int = WEEKS) -> dict[int, tuple[int, ...]]:
    """By version: among the scores of the last weeks (`Health.weeks`), those that follow a new rule of its scorecard.

    Positions from 0, the last one is the present score. Versions of scorecards that did not change are left out.
    """
    today = now.date()
    changed: dict[int, set[int]] = {}
    published = ScorecardVersion.objects.filter(version__gt=1, published_at__gte=now - timedelta(weeks=weeks))
    for card, at in published.values_list("scorecard_id", "published_at"):
        days = max(1, (today - at.date()).days)
        changed.setdefault(card, set()).add(max(0, weeks - 1 - (days - 1) // 7))
    if not changed:
        return {}
    versions = ScorecardVersion.objects.filter(scorecard__in=list(changed)).values_list("pk", "scorecard_id")
    return {version: tuple(sorted(changed[card])) for version, card in versions}


def _versions(begin: datetime, until: datetime) -> Iterator[RuleEvent]:
    versions = ScorecardVersion.objects.filter(published_at__gte=begin, published_at__lt=until, version__gt=1)
    for version in versions.select_related("scorecard", "published_by").defer("document"):
        kind = Kind.PUBLISHED if version.restores is None else Kind.ROLLED_BACK
        card = version.scorecard
        yield RuleEvent(
            version.published_at, card.key, card.name, kind, version.version, version.published_by, version.reason
        )


def _removals(begin: datetime, until: datetime) -> Iterator[RuleEvent]:
    for card in Scorecard.objects.filter(archived_at__gte=begin, archived_at__lt=until):
        if card.archived_at is not None:
            yield RuleEvent(card.archived_at, card.key, card.name, Kind.REMOVED)


def _shadows(begin: datetime, until: datetime) -> Iterator[RuleEvent]:
    for shadow in Shadow.objects.filter(started_at__lt=until).select_related("started_by", "ended_by"):
        name = str(shadow.document.get("name", shadow.key))
        if shadow.started_at >= begin:
            yield RuleEvent(shadow.started_at, shadow.key, name, Kind.SHADOW_STARTED, None, shadow.started_by)
        if shadow.ended_at is not None and begin <= shadow.ended_at < until:
            yield RuleEvent(
                shadow.ended_at,
                shadow.key,
                name,
                Kind.SHADOW_ENDED,
                None,
                shadow.ended_by,
                shadow.get_outcome_display(),
            )
