"""Sources: when each delivered, how often it should, how much came against what is usual."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.alerts.late_sources import Frozen, accounts_held_back, frozen_by
from mainstay.common.calendars import countries, is_holiday
from mainstay.common.errors import NotFound
from mainstay.common.time import DAY, utc_now
from mainstay.facts.models import DataProblem, EventType
from mainstay.facts.watch import counts, volume
from mainstay.facts.watch.problems import KINDS, open_problems
from mainstay.facts.watch.volume import Usual
from mainstay.ingest import sources as ingest_sources
from mainstay.ingest.models import Source
from mainstay.ingest.sources import Freshness
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web import svg
from mainstay.web.http import done, needs_role, toast, user_of

SHOWN = timedelta(weeks=8)
NO_HOLIDAYS = ("", "None")


@dataclass(frozen=True)
class Row:
    """A line of the table of sources. `day` is the last complete one; `usual` None: not judged."""

    freshness: Freshness
    origin: str
    is_measured: bool
    rows: int
    verdict: str
    usual: Usual | None
    sparkline: Sequence[int]


@dataclass(frozen=True)
class Said:
    """A problem with its word."""

    problem: DataProblem
    word: str


@dataclass(frozen=True)
class Page:
    """The context of the page."""

    rows: Sequence[Row]
    problems: Sequence[Said]
    is_empty: bool
    events: int
    day: date
    may_edit: bool
    may_set_up: bool


@dataclass(frozen=True)
class Detail:
    """The context of one source. `frozen`: what rests on it; `held_back`: accounts whose score leaves out late data."""

    row: Row
    chart: SafeString
    table: Sequence[tuple[date, int, Usual | None]]
    holidays_of: str
    problems: Sequence[Said]
    may_edit: bool
    frozen: Frozen
    held_back: int


class RhythmForm(forms.Form):
    """How often a source delivers, in hours, and on whose holidays it rests."""

    hours = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=24 * 400,
        label="Late after (hours)",
        widget=forms.NumberInput(attrs={"autofocus": True}),
        help_text="When nothing has come for this long, its measures are frozen. Empty: learnt from what arrives.",
    )
    holidays_of = forms.ChoiceField(
        required=False,
        label="Quiet on the holidays of",
        choices=lambda: [NO_HOLIDAYS, *((code, code) for code in countries())],
        help_text="A public holiday there is no reason to miss anything. Country codes as in ISO 3166.",
    )


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What is wrong, every source, and how many events are known."""
    now = utc_now()
    known = {source.key: source for source in Source.objects.all()}
    sources = ingest_sources.freshness(now).values()
    page = Page(
        rows=[_row(one, known.get(one.source), now) for one in sources],
        problems=_said(open_problems()),
        is_empty=all(one.last_received_at is None for one in sources),
        events=EventType.objects.count(),
        day=now.date() - DAY,
        may_edit=user_of(request).has_role(Role.MANAGER),
        may_set_up=user_of(request).has_role(Role.ADMINISTRATOR),
    )
    return render(request, "data/data.html", {"page": page, "title": "Data"})


@require_GET
def source(request: HttpRequest, key: str) -> HttpResponse:
    """One source: its rhythm, its days against what is usual, what was wrong with it."""
    found, now = _source(key), utc_now()
    stored = Source.objects.filter(key=key).first()
    days = _days(key, stored.holidays_of if stored else "", now.date())
    detail = Detail(
        row=_row(found, stored, now),
        chart=svg.volume(days, label=f"{found.label}: rows by day against what is usual"),
        table=days[::-1],
        holidays_of=stored.holidays_of if stored else "",
        problems=_said(DataProblem.objects.filter(source=key).select_related("acknowledged_by")[:50]),
        may_edit=user_of(request).has_role(Role.MANAGER),
        frozen=frozen_by(key),
        held_back=accounts_held_back() if found.is_late else 0,
    )
    return render(request, "data/source.html", {"detail": detail, "title": found.label})


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def rhythm(request: HttpRequest, key: str) -> HttpResponse:
    """Declare how often a source delivers."""
    found = _source(key)
    stored = Source.objects.filter(key=key).first()
    declared = stored.declared_rhythm_seconds if stored else None
    initial = {"hours": declared // 3600 if declared else None, "holidays_of": stored.holidays_of if stored else ""}
    # An empty form is a choice here (learnt), so `or None` alone would not tell it from a first look.
    form = RhythmForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        hours, country = form.cleaned_data["hours"], form.cleaned_data["holidays_of"]
        seconds = int(timedelta(hours=hours).total_seconds()) if hours else None
        ingest_sources.declare_rhythm(key, seconds)
        ingest_sources.declare_holidays(key, country)
        user = user_of(request)
        record_audit(user, "ingest.rhythm_declared", f"source:{key}", seconds=seconds, holidays_of=country)
        toast(request, f"Rhythm of {found.label.lower()} saved.")
        return done(request, reverse("source", args=[key]))
    context = {"title": f"Rhythm of {found.label.lower()}", "form": form, "submit": "Save"}
    context |= {"action": reverse("source-rhythm", args=[key]), "cancel": reverse("source", args=[key])}
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)


def _source(key: str) -> Freshness:
    found = ingest_sources.freshness(utc_now()).get(key)
    if found is None:
        raise NotFound(f"There is no source '{key}'; the sources are {', '.join(ingest_sources.LABELS)}.")
    return found


def _row(found: Freshness, stored: Source | None, now: datetime) -> Row:
    days = _days(found.source, stored.holidays_of if stored else "", now.date())
    _, rows, usual = days[-1] if days else (None, 0, None)
    return Row(
        freshness=found,
        origin=_origin(stored),
        is_measured=bool(days),
        rows=rows,
        verdict=usual.verdict(rows) if usual else "",
        usual=usual,
        sparkline=[sum(rows for _, rows, _ in days[at : at + 7]) for at in range(0, len(days) - 6, 7)],
    )


def _origin(stored: Source | None) -> str:
    if stored is not None and stored.declared_rhythm_seconds:
        return "declared"
    return "learnt" if stored is not None and stored.learnt_rhythm_seconds else "until it is known"


def _days(key: str, country: str, today: date) -> list[tuple[date, int, Usual | None]]:
    """Each complete day that is shown, its rows, and what was usual; nothing for a source without a rhythm by day."""
    rows = counts.volumes(key)
    if not rows:
        return []
    start = max(today - SHOWN, min(rows))
    days = [start + DAY * offset for offset in range((today - start).days)]
    return [
        (day, rows.get(day, 0), volume.usual(rows, day, is_holiday=lambda one: is_holiday(one, country)))
        for day in days
    ]


def _said(problems: Iterable[DataProblem]) -> list[Said]:
    return [Said(one, KINDS.get(one.kind, one.kind)) for one in problems]
