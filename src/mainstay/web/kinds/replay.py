"""The replay of a draft over the past twelve months: its progress, what it would have done, and publishing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.segments.fields import condition_fields
from mainstay.signals import differences, replaying, selectors, services
from mainstay.signals.document import Document
from mainstay.signals.effects import Effect, effect_of
from mainstay.signals.jobs import run_replay
from mainstay.signals.models import ReplayRun, ReplayState
from mainstay.signals.replay_result import SPANS, Opening, Replay
from mainstay.signals.replaying import Replayed
from mainstay.web import svg
from mainstay.web.csv_export import csv_response
from mainstay.web.formats import plural
from mainstay.web.http import go, is_htmx, needs_role, toast, user_of
from mainstay.web.kinds.forms import ReasonForm

MOST_ROWS = 50
HEADS = ("account", "account_name", "opened_on", "closed_on", "days_open", "was_open_before", "at_stake")


@dataclass(frozen=True)
class OpeningRow:
    """A signal that would have been, at an account that is still known."""

    account: Account
    opening: Opening
    days: int


@dataclass(frozen=True)
class Span:
    """How many signals were open for how long."""

    label: str
    count: int
    percent: float


@dataclass(frozen=True)
class ReplayPage:
    """The context of the page. `replayed` is None while it is under way, and where nothing is kept."""

    title: str
    run: ReplayRun
    document: Document
    is_under_way: bool
    replayed: Replayed | None
    chart: SafeString | None
    spans: Sequence[Span]
    rows: Sequence[OpeningRow]
    assumed: Sequence[str]
    changes: Sequence[str]
    effect: Effect | None
    is_new: bool
    may_publish: bool
    form: ReasonForm

    @property
    def draft(self) -> Replay | None:
        """What the draft would have done."""
        return self.replayed.draft if self.replayed else None


@require_POST
@needs_role(Role.MANAGER)
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """Replay a kind as it is declared at present."""
    run = start(selectors.document_of(key), request)
    return go(request, reverse("signal-replay", args=[run.pk]))


def start(document: Document, request: HttpRequest) -> ReplayRun:
    """Ask for a replay and queue it."""
    with transaction.atomic():
        run = services.ask_replay(document, by=user_of(request), now=utc_now())
        run_replay.enqueue(str(run.pk))
    return run


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is, or what came of it. htmx asks for the part that changes."""
    run = get_object_or_404(ReplayRun.objects.select_related("asked_by"), pk=pk)
    document = replaying.document_of(run)
    is_under_way = run.state in (ReplayState.WAITING, ReplayState.RUNNING)
    replayed = replaying.result(run) if run.state == ReplayState.DONE else None
    present = selectors.declared().get(run.key)
    draft = replayed.draft if replayed else None
    is_changed = present is None or present.document != document
    may_publish = user_of(request).has_role(Role.MANAGER) and is_changed and not is_under_way
    page = ReplayPage(
        title=document.label,
        run=run,
        document=document,
        is_under_way=is_under_way,
        replayed=replayed,
        chart=_chart(replayed) if replayed else None,
        spans=_spans(draft) if draft else [],
        rows=_rows(draft.openings[:MOST_ROWS], draft) if draft else [],
        assumed=[condition_fields()[name].label for name in draft.assumed if name in condition_fields()]
        if draft
        else [],
        changes=differences.changes(present.document, document) if present else [],
        effect=effect_of(document, now=utc_now()) if may_publish else None,
        is_new=present is None,
        may_publish=may_publish,
        form=ReasonForm(),
    )
    template = "signals/replay-part.html" if is_htmx(request) else "signals/replay.html"
    return render(request, template, {"page": page, "title": page.title})


@require_POST
@needs_role(Role.MANAGER)
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the draft what the kind is declared to be."""
    run = get_object_or_404(ReplayRun, pk=pk)
    document = replaying.document_of(run)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    services.save_kind(document, by=user_of(request), now=utc_now(), reason=reason)
    toast(request, f"“{document.label}” is published. The next refresh opens and closes its signals.")
    return redirect("signal-kind", document.key)


@require_GET
def export(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """The signals that would have been, as CSV."""
    run = get_object_or_404(ReplayRun, pk=pk)
    replayed = replaying.result(run)
    rows = _rows(replayed.draft.openings, replayed.draft) if replayed else []
    return csv_response(f"replay-{run.key}-{run.ends_on}", HEADS, _lines(rows))


def _lines(rows: Sequence[OpeningRow]) -> Iterator[Sequence[object]]:
    for row in rows:
        one = row.opening
        yield (
            row.account.key, row.account.name, one.opened_on, one.closed_on, row.days, one.is_standing,
            one.at_stake_minor,
        )  # fmt: skip


def _rows(openings: Sequence[Opening], draft: Replay) -> list[OpeningRow]:
    accounts: Mapping[int, Account] = Account.objects.select_related("owner").in_bulk(
        list({one.account_id for one in openings})
    )
    return [
        OpeningRow(accounts[one.account_id], one, one.days_open(draft.last_day))
        for one in openings
        if one.account_id in accounts
    ]


def _chart(replayed: Replayed) -> SafeString:
    former = {one.month: one.opened for one in replayed.former.months} if replayed.former else None
    counts = [
        (one.month, one.opened, None if former is None else former.get(one.month, 0)) for one in replayed.draft.months
    ]
    label = f"Signals opened by month, {plural(replayed.draft.opened, 'signal')} in all"
    return svg.months(counts, label=label, unit="opened", other="as it is now")


def _spans(draft: Replay) -> list[Span]:
    labels = ("up to a day", *(f"{SPANS[at - 1] + 1} to {SPANS[at]} days" for at in range(1, len(SPANS))), "longer")
    total = max(1, draft.opened)
    return [Span(label, count, 100 * count / total) for label, count in zip(labels, draft.spans, strict=True)]
