"""The list of signals as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import batched

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from mainstay.people.services import record_audit
from mainstay.signals.models import Dismissal, Signal
from mainstay.signals.past import as_they_stood
from mainstay.signals.selectors import labels
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.signals import listing
from mainstay.web.signals.evidence import evidence_of, in_one_line
from mainstay.web.signals.kinds import label_of
from mainstay.web.signals.listing import PENDING, SignalFilter

HEADS = (
    "id", "kind", "label", "severity", "state", "account", "account_name", "owner", "summary", "evidence", "at_stake",
    "currency", "opened_at", "acknowledged_at", "snoozed_until", "closed_at", "looked_after_by", "closing",
    "dismissed_as", "note",
)  # fmt: skip


@require_GET
@shows_the_past
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The signals of the filter as CSV, in the order of the page."""
    user, moment = user_of(request), moment_of(request)
    chosen = SignalFilter.parse(request.GET.dict(), user)
    record_audit(user, "signals.exported", "signals", **asdict(chosen))
    return csv_response(f"signals-{moment.at:%Y-%m-%d}", HEADS, _values(_exported(chosen, moment), moment.at))


def _exported(chosen: SignalFilter, moment: Moment) -> Iterator[Signal]:
    if chosen.state == PENDING:  # what waits has neither evidence nor a summary yet
        return
    found = listing.matching(chosen, moment).prefetch_related("dismissals").iterator(500)
    for chunk in batched(found, 500):
        yield from as_they_stood(chunk) if moment.is_past else chunk


def _is_in_force(dismissal: Dismissal, at: datetime) -> bool:
    return dismissal.at < at and (dismissal.taken_back_at is None or dismissal.taken_back_at >= at)


def _values(signals: Iterator[Signal], now: datetime) -> Iterator[Sequence[object]]:
    names = labels()
    for one in signals:
        owner, after = one.account.owner, one.assignee or one.account.owner
        label = next((found for found in one.dismissals.all() if _is_in_force(found, now)), None)
        yield (
            one.pk, one.kind, label_of(one.kind, names), one.severity, listing.state_of(one, now), one.account.key,
            one.account.name, owner and owner.email, one.summary, in_one_line(evidence_of(one)), one.at_stake_minor,
            one.currency, one.opened_at, one.acknowledged_at, one.snoozed_until, one.closed_at, after and after.email,
            one.closing, label and label.reason, label and label.note,
        )  # fmt: skip
