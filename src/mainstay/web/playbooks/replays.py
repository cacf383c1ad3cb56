"""What came of a replay of a playbook, as its page and its file show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.people.services import record_audit
from mainstay.playbooks import trials
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Trial
from mainstay.playbooks.replay_result import Entry, Outcome, Replay
from mainstay.segments.fields import condition_fields
from mainstay.web import formats, svg
from mainstay.web.csv_export import csv_response
from mainstay.web.formats import plural
from mainstay.web.http import user_of

MOST_ROWS = 50
HEADS = ("account", "account_name", "would_have_entered", "churned_on")
_MEASURES = {
    "churned": ("Churned", "left"),
    "contracted": ("Pay less, of those that stayed", "paid less"),
    "renewed": ("Stayed, of those whose renewal was due", "stayed"),
}


@dataclass(frozen=True)
class OutcomeRow:
    """One thing that became of accounts, with what follows from the figures."""

    label: str
    one: Outcome
    says: str


@dataclass(frozen=True)
class Row:
    """An account that would have entered and is still known."""

    account: Account
    one: Entry


@dataclass(frozen=True)
class ReplayTold:
    """All of it, ready to be shown. `headline`: the finding in a sentence."""

    found: Replay
    headline: str
    chart: SafeString
    outcomes: Sequence[OutcomeRow]
    rows: Sequence[Row]
    left_out: Sequence[str]
    assumed: Sequence[str]


def told_of(found: Replay, document: Document) -> ReplayTold:
    """A replay of a document, for its page."""
    fields = condition_fields()
    label = f"Entries by month, {plural(found.entries, 'entry', 'entries')} in all"
    months = [(month, count, None) for month, count in found.months]
    return ReplayTold(
        found=found,
        headline=_headline(found),
        chart=svg.months(months, label=label, unit="would have entered"),
        outcomes=[OutcomeRow(_MEASURES[one.measure][0], one, _says(one)) for one in found.outcomes],
        rows=list(_rows(found.entered[:MOST_ROWS])),
        left_out=list(_left_out(found)),
        assumed=[fields[name].label for name in found.assumed if name in fields],
    )


def _headline(found: Replay) -> str:
    """`214 accounts would have entered; 37 later churned. Within 90 days: 17 %, of the others 4 %.`"""
    said = f"{plural(found.accounts, 'account')} would have entered; {found.churned:,} later churned."
    first = next((one for one in found.outcomes if one.measure == "churned" and one.is_enough), None)
    if first is None:
        return said
    share, others = (formats.percent(100 * (one.value or 0)) for one in (first.entered, first.others))
    return f"{said} Within {first.days} days: {share}, of the others {others}."


def _says(one: Outcome) -> str:
    difference = one.difference
    if difference is None:
        return "Not enough data to compare."
    if not difference.is_clear:
        return "No more than chance explains."
    verb = _MEASURES[one.measure][1]
    return f"{'More' if difference.value > 0 else 'Fewer'} of them {verb} than chance explains."


def _left_out(found: Replay) -> Iterator[str]:
    told = [
        (found.not_for, "whom it was not for on that day"),
        (found.at_goal, "whose goal was reached on that day"),
        (found.again, "that re-entry refuses"),
        (found.unjudged, "of whom the day is not kept, so that nobody can say whom it was for"),
    ]
    yield from (f"{plural(count, 'reason')} of accounts {why}" for count, why in told if count)


def _rows(entered: Sequence[Entry]) -> Iterator[Row]:
    accounts = Account.objects.in_bulk({one.account_id for one in entered})
    yield from (Row(accounts[one.account_id], one) for one in entered if one.account_id in accounts)


@require_GET
def export(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Who would have entered, as CSV."""
    trial = get_object_or_404(Trial, pk=pk)
    found = trials.replay_of(trial)
    record_audit(user_of(request), "playbooks.replay_exported", f"playbook:{trial.key}")
    rows = ((row.account.key, row.account.name, row.one.on, row.one.churned_on) for row in _rows(found.entered))
    return csv_response(f"{trial.key}-replay-{trial.asked_at:%Y-%m-%d}", HEADS, rows)
