"""Which past days are kept, what was corrected of them, and backfills: asked for, watched, cancelled, resumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import MainstayError
from mainstay.common.time import DAY, utc_now
from mainstay.people.models import Role
from mainstay.scores import backfilling, jobs
from mainstay.scores.kept_months import Corrected, Day, Kept, Month, months_kept, recent_corrections
from mainstay.scores.models import BackfillRun, BackfillState
from mainstay.web import svg
from mainstay.web.accounts.forms import DateInput
from mainstay.web.corrections import why
from mainstay.web.formats import plural
from mainstay.web.http import done, is_htmx, needs_role, page_number, target_of, toast, user_of
from mainstay.web.settings.sections import page

MONTHS_OF_PAGE = 12
MOST_RUNS = 10
EVERY = (("day", "Every day"), ("week", "The last day of each week (Sunday)"), ("month", "The last day of each month"))
SAID = {Kept.NOTHING: "not kept", Kept.THEN: "kept as it ended", Kept.LATER: "computed later"}


class BackfillForm(forms.Form):
    """Which days are to be computed."""

    first = forms.DateField(label="From", widget=DateInput())
    last = forms.DateField(label="To", widget=DateInput(), help_text="Both days included; only days that are over.")
    every = forms.ChoiceField(
        choices=EVERY,
        widget=forms.RadioSelect,
        initial="week",
        help_text="Days that are kept are passed by. A day costs about 1.5 seconds for 20,000 accounts.",
    )

    def clean(self) -> dict[str, Any]:
        """In this order."""
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", f"It ends before it begins, on {first:%-d %B %Y}. Choose a later day.")
        return values


@dataclass(frozen=True)
class MonthRow:
    """A month with its strip of days; `fill_query`: for the form that computes what is missing of it."""

    month: Month
    strip: SafeString
    fill_query: str

    @property
    def then(self) -> int:
        """How many of its days tell what was known then."""
        return self.month.count(Kept.THEN)


@dataclass(frozen=True)
class CorrectionRow:
    """Corrections with their reason in words; `as_of`: the day to look at for the last one of them."""

    corrected: Corrected
    why: str
    as_of: date


@dataclass(frozen=True)
class RunRow:
    """A backfill; `is_silent`: it should be going on, and nothing is heard of it."""

    run: BackfillRun
    is_silent: bool
    may_resume: bool

    @property
    def is_under_way(self) -> bool:
        """Waiting or running."""
        return self.run.state in (BackfillState.WAITING, BackfillState.RUNNING)


@dataclass(frozen=True)
class HistoryPage:
    """The context of the page. `runs`: the latest first; `current` is the one under way or the one that stopped."""

    months: Sequence[MonthRow]
    first_day: date | None
    total: int
    then: int
    scored: int
    corrected: int
    corrections: Sequence[CorrectionRow]
    current: RunRow | None
    runs: Sequence[RunRow]
    earlier: int
    later: int
    may_start: bool


@require_GET
@needs_role(Role.MANAGER)
def kept(request: HttpRequest) -> HttpResponse:
    """The page; for the part that is watched while a backfill is under way, that part, until it is over."""
    runs, may_start = _runs(), user_of(request).has_role(Role.ADMINISTRATOR)
    current = runs[0] if runs and runs[0].run.state != BackfillState.DONE else None
    if is_htmx(request) and target_of(request).endswith("#backfill"):
        if current is None or not current.is_under_way:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "settings/history-run.html", {"row": current, "may_start": may_start})
    found = _page(runs, current, page_number(request), may_start=may_start)
    return page(request, "history", "settings-history", {"page": found})


def _page(runs: Sequence[RunRow], current: RunRow | None, number: int, *, may_start: bool) -> HistoryPage:
    now = utc_now()
    months = months_kept(today=now.date())
    shown = months[(number - 1) * MONTHS_OF_PAGE : number * MONTHS_OF_PAGE]
    return HistoryPage(
        months=[_month_row(month) for month in shown],
        first_day=next((one.day for one in months[-1].days if one.kept is not Kept.NOTHING), None) if months else None,
        total=sum(month.profiles for month in months),
        then=sum(month.count(Kept.THEN) for month in months),
        scored=sum(month.scored for month in months),
        corrected=sum(month.corrected for month in months),
        corrections=[_correction_row(one) for one in recent_corrections(now=now)],
        current=current,
        runs=[row for row in runs if row is not current],
        earlier=number + 1 if len(months) > number * MONTHS_OF_PAGE else 0,
        later=number - 1,
        may_start=may_start and not (current and current.is_under_way),
    )


def _runs() -> list[RunRow]:
    now = utc_now()
    return [
        RunRow(run, backfilling.is_silent(run, now=now), backfilling.may_resume(run, now=now))
        for run in BackfillRun.objects.select_related("asked_by")[:MOST_RUNS]
    ]


def _month_row(month: Month) -> MonthRow:
    label = f"{month.first:%B %Y}: {month.profiles} of {plural(len(month.days), 'day')} kept"
    cells = [(one.day, _css(one), bool(one.corrected), _said(one)) for one in month.days]
    return MonthRow(month, svg.days(cells, label=label), f"first={month.first}&last={month.last}&every=day")


def _css(day: Day) -> str:
    return f"{day.kept}{'' if day.is_scored or day.kept is Kept.NOTHING else ' no-score'}"


def _said(day: Day) -> str:
    said = SAID[day.kept]
    if day.kept is not Kept.NOTHING and not day.is_scored:
        said += ", without scores"
    return f"{said}; corrected for {plural(day.corrected, 'account')}" if day.corrected else said


def _correction_row(corrected: Corrected) -> CorrectionRow:
    said = why(corrected.profiles.note)
    return CorrectionRow(corrected, said[:1].upper() + said[1:], corrected.profiles.last_day + DAY)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def backfill(request: HttpRequest) -> HttpResponse:
    """Ask for the days, then let a worker compute them."""
    yesterday = utc_now().date() - DAY
    start = {"first": yesterday - timedelta(days=364), "last": yesterday, "every": "week"}
    form = BackfillForm(request.POST or None, initial={**start, **request.GET.dict()})
    if form.is_valid():
        try:
            run = _start(request, form.cleaned_data)
        except MainstayError as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"{plural(run.days, 'day')} will be computed in the background.")
            return done(request, reverse("settings-history"))
    context = {"title": "Compute past days", "form": form, "submit": "Compute", "action": reverse("backfill-new")}
    context |= {"cancel": reverse("settings-history")}
    return page(request, "form", "settings-history", context, status=422 if form.errors else 200)


def _start(request: HttpRequest, values: dict[str, Any]) -> BackfillRun:
    with transaction.atomic():
        run = backfilling.ask_backfill(
            values["first"], values["last"], values["every"], by=user_of(request), now=utc_now()
        )
        jobs.start(run)
    return run


@require_POST
@needs_role(Role.ADMINISTRATOR)
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop it after the month that is being computed."""
    backfilling.cancel_backfill(get_object_or_404(BackfillRun, pk=pk), by=user_of(request), now=utc_now())
    toast(request, "Cancelled. What was computed stays.")
    return done(request, reverse("settings-history"))


@require_POST
@needs_role(Role.ADMINISTRATOR)
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let it go on where it was."""
    run = get_object_or_404(BackfillRun, pk=pk)
    with transaction.atomic():
        backfilling.resume_backfill(run, by=user_of(request), now=utc_now())
        jobs.start(run)
    toast(request, "It goes on where it was.")
    return done(request, reverse("settings-history"))
