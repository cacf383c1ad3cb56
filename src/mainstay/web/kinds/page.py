"""One kind of signal: what it means, its rule, what it does, what people say of it, and its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.conditions import ConditionError
from mainstay.people.models import Role, User
from mainstay.segments.fields import condition_fields
from mainstay.signals import differences, registry, selectors
from mainstay.signals.document import Document, check, to_yaml
from mainstay.signals.errors import BadDefinition
from mainstay.signals.figures import Figures, figures
from mainstay.signals.models import Dismissal, ReplayRun, ReplayState
from mainstay.web.healths import healths
from mainstay.web.http import user_of
from mainstay.web.kinds.listing import CATEGORIES
from mainstay.web.moment import Moment
from mainstay.web.signals.rows import MARKS, Row, rows_of

MOST_SIGNALS, MOST_LABELS, MOST_VERSIONS = 8, 8, 20


@dataclass(frozen=True)
class Version:
    """What a kind was made to be. `says`: what differs from the version before; `number` 0: as shipped."""

    number: int
    at: datetime | None
    by: User | None
    reason: str
    says: Sequence[str]
    is_present: bool
    may_return: bool


@dataclass(frozen=True)
class KindPage:
    """The context of the page."""

    title: str
    declared: selectors.Declared
    category: str
    evidence: Sequence[tuple[str, int | None]]
    at_stake: str
    figures: Figures
    rows: Sequence[Row]
    list_url: str
    labels: Sequence[Dismissal]
    versions: Sequence[Version]
    replay: ReplayRun | None
    yaml: str
    may_edit: bool

    @property
    def document(self) -> Document:
        """What it is declared to be."""
        return self.declared.document

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.document.severity, "")


@require_GET
def kind(request: HttpRequest, key: str) -> HttpResponse:
    """The page."""
    user, now = user_of(request), utc_now()
    found = selectors.get_declared(key)
    document = found.document
    shown = list(selectors.open_signals(kind=key, now=now)[:MOST_SIGNALS])
    accounts = [one.account_id for one in shown]
    labels = Dismissal.objects.filter(kind=key, taken_back_at=None).select_related("by", "signal__account")
    page = KindPage(
        title=document.label,
        declared=found,
        category=CATEGORIES[document.category],
        evidence=[(condition_fields()[one.field].label, one.days_ago) for one in document.evidence],
        at_stake=differences.stake_text(document.at_stake),
        figures=figures(now).get(key, Figures()),
        rows=rows_of(shown, {key: document.label}, now=now, health=healths(accounts, Moment(now))),
        list_url=f"{reverse('signals')}?{urlencode({'kind': key, 'owner': ''})}",
        labels=list(labels[:MOST_LABELS]),
        versions=versions_of(found),
        replay=ReplayRun.objects.filter(key=key, state=ReplayState.DONE).first(),
        yaml=to_yaml(document),
        may_edit=user.has_role(Role.MANAGER),
    )
    return render(request, "signals/kind.html", {"page": page, "title": page.title})


def versions_of(found: selectors.Declared) -> list[Version]:
    """Its versions, the latest first, each with what it changed; for a shipped kind the shipped one last."""
    shipped = registry.shipped().get(found.document.key)
    stored = list(selectors.versions(found.document.key)[: MOST_VERSIONS + 1])
    documents = [_document(row.document, row.key) if row.document else shipped for row in stored]
    documents.append(shipped if len(stored) <= MOST_VERSIONS else None)
    versions = [
        Version(
            number=row.version,
            at=row.at,
            by=row.by,
            reason=row.reason,
            says=_said(documents[at], documents[at + 1], is_removal=row.document is None),
            is_present=at == 0,
            may_return=at > 0 and documents[at] is not None and row.document is not None,
        )
        for at, row in enumerate(stored[:MOST_VERSIONS])
    ]
    if shipped is not None and len(stored) <= MOST_VERSIONS:
        versions.append(Version(0, None, None, "", ["As it comes with Mainstay."], not stored, may_return=False))
    return versions


def _said(present: Document | None, former: Document | None, *, is_removal: bool) -> list[str]:
    if is_removal:
        return ["As it comes with Mainstay again."] if present else ["Removed."]
    if present is None:
        return ["In a form that this release cannot read."]
    return differences.changes(former, present) if former else ["Made."]


def _document(content: object, key: str) -> Document | None:
    try:
        return check(content, origin=key)
    except (BadDefinition, ConditionError):  # of a former release, or over a metric that is gone
        return None
