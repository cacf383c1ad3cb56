"""Every scorecard in the order in which they are asked, with the accounts it serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.scores import served
from mainstay.scores.models import Draft, Scorecard, ScorecardVersion, Shadow
from mainstay.scores.published import Published, in_force
from mainstay.web.http import user_of
from mainstay.web.scorecards.words import serves_text


@dataclass(frozen=True)
class Row:
    """A scorecard in force. `taken_by`: earlier scorecards serve that many of those for whom its condition holds."""

    card: Published
    version: ScorecardVersion
    serves: str
    served: served.Served
    share: float
    shadow: Shadow | None
    drafts: Sequence[Draft]


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    rows: Sequence[Row]
    accounts: int
    unserved: int
    new_drafts: Sequence[Draft]
    removed: Sequence[Scorecard]
    may_edit: bool


@require_GET
def scorecards(request: HttpRequest) -> HttpResponse:
    """The list."""
    cards = in_force()
    found, unserved = served.served(cards, as_of=utc_now())
    total = sum(one.accounts for one in found) + unserved
    versions = {
        v.pk: v
        for v in ScorecardVersion.objects.filter(pk__in=[c.version_id for c in cards]).select_related("published_by")
    }
    drafts = _drafts()
    shadows = {shadow.key: shadow for shadow in Shadow.objects.filter(ended_at=None)}
    rows = [
        Row(
            card=card,
            version=versions[card.version_id],
            serves=serves_text(card.condition),
            served=one,
            share=100 * one.accounts / total if total else 0,
            shadow=shadows.get(card.scorecard.key),
            drafts=drafts.get(card.scorecard.key, []),
        )
        for card, one in zip(cards, found, strict=True)
    ]
    page = Page(rows, total, unserved, drafts.get("", []), served.removed(), user_of(request).has_role(Role.MANAGER))
    return render(request, "scorecards/scorecards.html", {"title": "Scorecards", "page": page})


def _drafts() -> Mapping[str, list[Draft]]:
    """By key of their scorecard; those of new ones under the empty key."""
    found: dict[str, list[Draft]] = {}
    for draft in Draft.objects.select_related("scorecard", "author"):
        found.setdefault(draft.scorecard.key if draft.scorecard else "", []).append(draft)
    return found
