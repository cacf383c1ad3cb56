"""The audit log: who did what to which thing, in words, found and exported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.access import require_role
from mainstay.people.models import AuditEntry, Role
from mainstay.people.services import record_audit
from mainstay.web.csv_export import csv_response
from mainstay.web.http import needs_role, user_of, whole_number
from mainstay.web.settings.sections import page
from mainstay.web.settings.subjects import Subject, in_words, subjects_called, subjects_of

PAGE_SIZE = 50
_HEADS = ("at", "user", "action", "subject", "details")


@dataclass(frozen=True)
class Line:
    """An entry in words: `Shadow started`, and the thing it was done to."""

    entry: AuditEntry
    what: str
    subject: Subject


@require_GET
@needs_role(Role.ADMINISTRATOR)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what to which thing, newest first."""
    text, before = request.GET.get("q", "").strip(), whole_number(request.GET.get("before", ""))
    found = _matching(text)
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found[: PAGE_SIZE + 1])
    context = {
        "lines": _lines(entries[:PAGE_SIZE]),
        "text": text,
        "next_id": entries[PAGE_SIZE - 1].pk if len(entries) > PAGE_SIZE else None,
        "export_url": f"{reverse('settings-audit-export')}?{urlencode({'q': text})}",
    }
    return page(request, "audit", "settings-audit", context)


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What was found, as CSV."""
    require_role(user_of(request), Role.ADMINISTRATOR)
    text = request.GET.get("q", "").strip()
    # Taken before the export itself is on record, so that it is not in it.
    last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    record_audit(user_of(request), "people.audit_exported", "audit", search=text)
    return csv_response(f"audit-log-{utc_now():%Y-%m-%d}", _HEADS, _rows(_matching(text).filter(pk__lte=last)))


def _matching(text: str) -> QuerySet[AuditEntry]:
    """Those whose action, subject or user has this text, as it is stored or as the page writes it."""
    found = AuditEntry.objects.select_related("user").order_by("-pk")
    if not text:
        return found
    plain = text.replace(" ", "_")
    return found.filter(
        Q(subject__icontains=text)
        | Q(subject__icontains=plain)
        | Q(subject__in=subjects_called(text))
        | Q(action__icontains=plain)
        | Q(user__name__icontains=text)
    )


def _lines(entries: Sequence[AuditEntry]) -> list[Line]:
    found = subjects_of({entry.subject for entry in entries})
    return [
        Line(entry, in_words(entry.action.partition(".")[2] or entry.action), found[entry.subject]) for entry in entries
    ]


def _rows(found: QuerySet[AuditEntry]) -> Iterator[Sequence[object]]:
    for entry in found.iterator(500):
        details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
        yield entry.at, entry.user.email if entry.user else "Mainstay", entry.action, entry.subject, details
