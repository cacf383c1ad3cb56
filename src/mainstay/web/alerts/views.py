"""The alerts of the signed-in user: what went out, what waits and why, and her digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from mainstay.alerts import digests, selectors, services
from mainstay.alerts.content import Content
from mainstay.alerts.late_sources import Lateness, lateness_of
from mainstay.alerts.models import Alert, Channel, DataAlert, Digest, Outcome, Preferences, Rhythm
from mainstay.alerts.periods import Period
from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.signals.selectors import labels
from mainstay.web.formats import plural
from mainstay.web.http import done, is_htmx, toast, user_of
from mainstay.web.signals.kinds import label_of
from mainstay.web.signals.rows import MARKS

TABS = {"new": "New", "waiting": "Waiting for the digest", "all": "All"}
PAGE_SIZE, MOST_DIGESTS = 50, 10


@dataclass(frozen=True)
class AlertRow:
    """An alert as the list shows it."""

    alert: Alert
    label: str
    channels: Sequence[str]

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.alert.signal.severity, "")


@dataclass(frozen=True)
class LateRow:
    """A late source somebody was told of, as the list shows it."""

    alert: DataAlert
    lateness: Lateness


@dataclass(frozen=True)
class Tab:
    """A tab."""

    label: str
    url: str
    is_current: bool
    count: int | None


@dataclass(frozen=True)
class AlertsPage:
    """The context of the list."""

    title: str
    tab: str
    tabs: Sequence[Tab]
    rows: Sequence[AlertRow]
    late: Sequence[LateRow]
    next_url: str
    digests: Sequence[Digest]
    preferences: Preferences | None
    has_rules: bool
    unseen: int


@dataclass(frozen=True)
class DigestPage:
    """The context of a digest. `sent_at` None: a preview."""

    title: str
    content: Content
    period: Period
    is_weekly: bool
    sent_at: datetime | None


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """The list, or only its changing part for htmx."""
    user = user_of(request)
    tab = request.GET.get("tab", "new")
    tab = tab if tab in TABS else "new"
    unseen, waiting = selectors.unseen_count(user), selectors.waiting_for(user)
    start = int(text) if (text := request.GET.get("from", "0")).isdecimal() and len(text) < 7 else 0
    found = list(_of_tab(user, tab)[start : start + PAGE_SIZE + 1])
    following = {"tab": tab, "from": str(start + PAGE_SIZE)}
    page = AlertsPage(
        title="Alerts",
        tab=tab,
        tabs=_tabs(tab, {"new": unseen, "waiting": waiting.count() + _late_of_tab(user, "waiting").count()}),
        rows=_rows(found[:PAGE_SIZE]),
        late=[] if start else _late(user, tab),
        next_url=f"{reverse('alerts')}?{urlencode(following)}" if len(found) > PAGE_SIZE else "",
        digests=list(selectors.digests_of(user)[:MOST_DIGESTS]),
        preferences=selectors.preferences_of(user),
        has_rules=bool(selectors.rules_of(user)),
        unseen=unseen,
    )
    template = "alerts/inbox-body.html" if is_htmx(request) else "alerts/inbox.html"
    return render(request, template, {"page": page, "title": page.title})


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """The user has looked at all of them."""
    count = services.mark_seen(user_of(request), now=utc_now())
    toast(request, f"{plural(count, 'alert')} marked as seen.")
    return done(request, reverse("alerts"))


@require_GET
def digest(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A digest of the user's own."""
    found = get_object_or_404(Digest, pk=pk, user=user_of(request), content__isnull=False)
    page = DigestPage(
        title=found.subject,
        content=digests.content_of(found),
        period=Period(found.starts_at, found.ends_at),
        is_weekly=found.rhythm == Rhythm.WEEKLY,
        sent_at=found.created_at,
    )
    return render(request, "alerts/digest-page.html", {"page": page, "title": page.title})


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """What a digest would say now."""
    user, now = user_of(request), utc_now()
    preferences = selectors.preferences_of(user) or Preferences(user=user, since=now)
    if preferences.rhythm == Rhythm.OFF:
        preferences.rhythm = Rhythm.DAILY
    content, period = digests.preview(preferences, now)
    page = DigestPage("Preview of your digest", content, period, preferences.rhythm == Rhythm.WEEKLY, None)
    return render(request, "alerts/digest-page.html", {"page": page, "title": page.title})


def _of_tab(user: User, tab: str) -> QuerySet[Alert]:
    found = selectors.alerts_of(user)
    if tab == "new":
        return found.filter(seen_at=None, outcome=Outcome.AT_ONCE)
    if tab == "waiting":
        waits = Q(digest=None, outcome__in=[Outcome.HELD, Outcome.DIGEST])
        return found.filter(waits).order_by("-value", "pk")
    return found


def _late_of_tab(user: User, tab: str) -> QuerySet[DataAlert]:
    found = selectors.data_alerts_of(user)
    if tab == "all":
        return found
    still = found.filter(problem__closed_at=None)
    if tab == "waiting":
        return still.filter(outcome=Outcome.DIGEST, digest=None)
    return still.filter(seen_at=None, outcome=Outcome.AT_ONCE)


def _late(user: User, tab: str) -> list[LateRow]:
    now = utc_now()
    return [LateRow(one, lateness_of(one.problem, now)) for one in _late_of_tab(user, tab)[:PAGE_SIZE]]


def _tabs(chosen: str, counts: dict[str, int]) -> list[Tab]:
    return [
        Tab(name, f"{reverse('alerts')}?{urlencode({'tab': key})}", key == chosen, counts.get(key))
        for key, name in TABS.items()
    ]


def _rows(found: Sequence[Alert]) -> list[AlertRow]:
    names = labels()
    return [
        AlertRow(one, label_of(one.signal.kind, names), [Channel(channel).label for channel in one.channels])
        for one in found
    ]
