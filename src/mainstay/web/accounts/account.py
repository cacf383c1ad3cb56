"""The pages of one account."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.people.services import record_audit
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import open_tasks, tasks_open_at
from mainstay.scores import shadow_figures
from mainstay.scores.selectors import health
from mainstay.scores.shadow_figures import OfAccount
from mainstay.signals.past import as_they_stood, open_at
from mainstay.signals.selectors import of_account
from mainstay.web.accounts.account_family import FamilyCard, family_card
from mainstay.web.accounts.account_frame import Frame, frame_of
from mainstay.web.accounts.account_health import HealthCard, health_card
from mainstay.web.accounts.account_history import HistoryCard, history_card
from mainstay.web.accounts.account_opportunities import OpportunitiesCard, opportunities_card
from mainstay.web.accounts.account_people import HEADS, PeopleCard, people_card, people_rows
from mainstay.web.accounts.account_pulse import PulseCard, pulse_card
from mainstay.web.accounts.account_renewal import RenewalCard, renewal_card
from mainstay.web.accounts.account_segments import SegmentsCard, segments_card
from mainstay.web.accounts.account_since import SinceCard, since_card
from mainstay.web.accounts.account_timeline import SHOWN_ON_OVERVIEW, TimelineCard, timeline_card
from mainstay.web.accounts.account_usage import UsageCard, usage_card
from mainstay.web.accounts.account_why import file_name
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of, whole_number
from mainstay.web.moment import shows_the_past
from mainstay.web.signals.rows import Row as SignalRow
from mainstay.web.signals.rows import rows_of

MOST_TASKS, MOST_SIGNALS = 5, 6
# On the first tab, who was not seen for so long is only a dash: looking further back costs a file a month.
SEEN_DAYS = 60


@dataclass(frozen=True)
class Overview:
    """The context of the first tab. What reads many days comes a moment later, without script by a link."""

    health: HealthCard | None
    since: SinceCard | None
    history: HistoryCard | None
    usage: UsageCard | None
    timeline: TimelineCard
    tasks: Sequence[Task]
    signals: Sequence[SignalRow]
    opportunities: OpportunitiesCard
    people: PeopleCard | None
    renewal: RenewalCard
    pulse: PulseCard | None
    family: FamilyCard | None
    segments: SegmentsCard
    shadows: Sequence[OfAccount]


@require_GET
@shows_the_past
def overview(request: HttpRequest, key: str) -> HttpResponse:
    """Health with its explanation, history, usage, timeline; what to do, signals, people, renewal."""
    frame = frame_of(request, key, "account")
    if part := _part(request):
        return _PARTS[part](request, frame)
    card = health_card(frame)
    view = card.view if card else None
    page = Overview(
        health=card,
        since=since_card(frame, request) if "since" in request.GET else None,
        history=history_card(frame, view, is_table=_is_table(request)) if "history" in request.GET else None,
        usage=usage_card(frame, view, days=_days(request)) if "days" in request.GET else None,
        timeline=timeline_card(frame, chosen=request.GET.get("show", ""), size=SHOWN_ON_OVERVIEW),
        tasks=_tasks(frame),
        signals=_signals(frame),
        opportunities=opportunities_card(frame),
        people=people_card(frame, seen_days=SEEN_DAYS) if "people" in request.GET else None,
        renewal=renewal_card(frame),
        pulse=pulse_card(frame, view),
        family=family_card(frame, view),
        segments=segments_card(frame, user_of(request)),
        shadows=[] if frame.is_past else shadow_figures.of_account(frame.account.pk),
    )
    return render(request, "accounts/account.html", {"frame": frame, "page": page, "title": frame.title})


@require_GET
@shows_the_past
def usage(request: HttpRequest, key: str) -> HttpResponse:
    """Product usage with its table of days."""
    frame = frame_of(request, key, "account-usage")
    card = usage_card(
        frame,
        health(frame.account.pk, frame.moment.as_of, known=frame.moment.known),
        days=_days(request),
        is_table=True,
    )
    template = "accounts/account-usage-card.html" if is_htmx(request) else "accounts/account-usage.html"
    return render(request, template, {"frame": frame, "usage": card, "title": frame.title})


@require_GET
@shows_the_past
def timeline(request: HttpRequest, key: str) -> HttpResponse:
    """Everything that happened, page by page."""
    frame = frame_of(request, key, "account-timeline")
    after = request.GET.get("after", "")
    card = timeline_card(frame, chosen=request.GET.get("show", ""), after=after)
    context = {"frame": frame, "timeline": card, "title": frame.title, "is_continued": bool(after)}
    if is_htmx(request):
        return render(request, f"accounts/account-timeline-{'more' if after else 'card'}.html", context)
    return render(request, "accounts/account-timeline.html", context)


@require_GET
@shows_the_past
def people(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody at the account."""
    frame = frame_of(request, key, "account-people")
    context = {"frame": frame, "people": people_card(frame), "title": frame.title}
    return render(request, "accounts/account-people.html", context)


@require_GET
@shows_the_past
def people_csv(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """Everybody at the account, as CSV."""
    frame = frame_of(request, key, "account-people")
    record_audit(user_of(request), "accounts.people_exported", f"account:{frame.account.key}")
    return csv_response(f"{file_name(frame.account.key)}-people-{frame.moment.day}", HEADS, people_rows(frame))


@require_GET
@shows_the_past
def renewal(request: HttpRequest, key: str) -> HttpResponse:
    """Contracts and invoices."""
    frame = frame_of(request, key, "account-renewal")
    context = {"frame": frame, "renewal": renewal_card(frame), "title": frame.title}
    return render(request, "accounts/account-renewal.html", context)


@require_GET
@shows_the_past
def measures(request: HttpRequest, key: str) -> HttpResponse:
    """How the score is computed: every measure with its value, its lines, its source and the age of that."""
    frame = frame_of(request, key, "account")
    context = {"frame": frame, "health": health_card(frame), "title": f"Health of {frame.title}"}
    return render(request, "accounts/account-measures.html", context)


def _part(request: HttpRequest) -> str:
    """Which card of the overview htmx asks for; empty for the page."""
    target = (request.htmx.target or "") if is_htmx(request) else ""  # type: ignore[attr-defined]
    return next((part for part in _PARTS if target.endswith(f"#{part}")), "")


def _since_part(request: HttpRequest, frame: Frame) -> HttpResponse:
    context = {"frame": frame, "since": since_card(frame, request)}
    return render(request, "accounts/account-since-card.html", context)


def _history_part(request: HttpRequest, frame: Frame) -> HttpResponse:
    view = health(frame.account.pk, frame.moment.as_of, known=frame.moment.known)
    context = {"frame": frame, "history": history_card(frame, view, is_table=_is_table(request))}
    return render(request, "accounts/account-history-card.html", context)


def _usage_part(request: HttpRequest, frame: Frame) -> HttpResponse:
    card = usage_card(
        frame, health(frame.account.pk, frame.moment.as_of, known=frame.moment.known), days=_days(request)
    )
    return render(request, "accounts/account-usage-card.html", {"frame": frame, "usage": card})


def _people_part(request: HttpRequest, frame: Frame) -> HttpResponse:
    context = {"frame": frame, "people": people_card(frame, seen_days=SEEN_DAYS)}
    return render(request, "accounts/account-people-card.html", context)


def _timeline_part(request: HttpRequest, frame: Frame) -> HttpResponse:
    card = timeline_card(frame, chosen=request.GET.get("show", ""), size=SHOWN_ON_OVERVIEW)
    return render(request, "accounts/account-timeline-card.html", {"frame": frame, "timeline": card})


_PARTS = {
    "since": _since_part,
    "history": _history_part,
    "usage": _usage_part,
    "people": _people_part,
    "timeline": _timeline_part,
}


def _is_table(request: HttpRequest) -> bool:
    return request.GET.get("history") == "table"


def _days(request: HttpRequest) -> int:
    return whole_number(request.GET.get("days", "")) or 0


def _tasks(frame: Frame) -> list[Task]:
    """Those that are open, or were at the moment that is looked at."""
    found = open_tasks(account=frame.account)
    if frame.is_past:
        found = tasks_open_at(frame.moment.at, account=frame.account)
    return list(found[:MOST_TASKS])


def _signals(frame: Frame) -> list[SignalRow]:
    if frame.is_past:
        at = frame.moment.at
        found = as_they_stood(list(open_at(at).filter(account=frame.account).select_related("account__owner")))
    else:
        found = list(of_account(frame.account).filter(closed_at=None))
    ranks = {"critical": 0, "warning": 1}
    found.sort(key=lambda one: ranks.get(one.severity, 2))
    return rows_of(found[:MOST_SIGNALS], now=frame.moment.at)
