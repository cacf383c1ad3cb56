"""The audit log."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from mainstay.people.models import AuditEntry, Role
from mainstay.web.http import needs_role, whole_number
from mainstay.web.settings.sections import page

PAGE_SIZE = 50


@require_GET
@needs_role(Role.ADMINISTRATOR)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what to which thing, newest first."""
    text, before = request.GET.get("q", "").strip(), whole_number(request.GET.get("before", ""))
    found = AuditEntry.objects.select_related("user").order_by("-pk")
    if text:
        found = found.filter(subject__icontains=text) | found.filter(action__icontains=text)
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found[: PAGE_SIZE + 1])
    next_id = entries[PAGE_SIZE - 1].pk if len(entries) > PAGE_SIZE else None
    context = {"entries": entries[:PAGE_SIZE], "text": text, "next_id": next_id}
    return page(request, "audit", "settings-audit", context)
