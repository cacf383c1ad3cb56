"""The audit log: who did what to which thing, in words, found and exported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.access import require_role
from mainstay.people.models import AuditEntry, Role
from mainstay.people.services import record_audit
from mainstay.web.csv_export import csv_response
from mainstay.web.http import needs_role, user_of, whole_number
from mainstay.web.settings.sections import page

PAGE_SIZE = 50
_HEADS = ("at", "user", "action", "subject", "details")
# Kinds of subjects that have a page, by the name of its URL.
_PAGES: Mapping[str, str] = {
    "account": "account",
    "feature": "feature",
    "file_import": "import",
    "metric": "metric",
    "playbook": "playbook",
    "scorecard": "scorecard",
    "segment": "segment",
    "signal_kind": "signal-kind",
    "source": "source",
    "target": "target",
}


@dataclass(frozen=True)
class Line:
    """An entry in words: `Shadow started`, `Scorecard`, `smb`. `url` leads to the thing, where it has a page."""

    entry: AuditEntry
    what: str
    kind: str
    thing: str
    url: str


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
        "lines": [_line(entry) for entry in entries[:PAGE_SIZE]],
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
        | Q(action__icontains=plain)
        | Q(user__name__icontains=text)
    )


def _line(entry: AuditEntry) -> Line:
    kind, _, thing = entry.subject.partition(":")
    what = _words(entry.action.partition(".")[2] or entry.action)
    return Line(entry, what, _words(kind), thing, _url(kind, thing))


def _words(text: str) -> str:
    return text.replace("_", " ").capitalize()


def _url(kind: str, thing: str) -> str:
    """The page of the thing; it says so itself when the thing is gone."""
    if kind not in _PAGES or not thing:
        return ""
    try:
        return reverse(_PAGES[kind], args=[thing])
    except NoReverseMatch:
        return ""


def _rows(found: QuerySet[AuditEntry]) -> Iterator[Sequence[object]]:
    for entry in found.iterator(500):
        details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
        yield entry.at, entry.user.email if entry.user else "Mainstay", entry.action, entry.subject, details
