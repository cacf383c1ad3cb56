"""Dead letters and their replay."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.ingest.models import DeadLetter
from mainstay.ingest.selectors import dead_letter_counts, dead_letters
from mainstay.ingest.services import replay
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of, whole_number
from mainstay.web.settings.sections import page

PAGE_SIZE = 50


class LetterForm(forms.Form):
    """An event, to be mended."""

    body = forms.CharField(
        label="The event", widget=forms.Textarea(attrs={"rows": 14, "class": "mono", "spellcheck": "false"})
    )


@require_GET
@needs_role(Role.ADMINISTRATOR)
def letters(request: HttpRequest) -> HttpResponse:
    """The newest events that could not be taken, and why."""
    code, before = request.GET.get("code", ""), request.GET.get("before", "")
    found = dead_letters(code=code, limit=PAGE_SIZE + 1, before_id=whole_number(before))
    next_id = found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None
    context = {"letters": found[:PAGE_SIZE], "counts": dead_letter_counts(), "code": code, "next_id": next_id}
    return page(request, "letters", "settings-letters", context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One event, to be mended and sent again."""
    found = get_object_or_404(DeadLetter, pk=pk)
    form = LetterForm(request.POST or None, initial={"body": found.body})
    if form.is_valid():
        result = replay([pk], now=utc_now(), bodies={pk: form.cleaned_data["body"]})
        if not result.failed:
            toast(request, "Sent again. It is counted with the next refresh.")
            return done(request, reverse("settings-letters"))
        form.add_error("body", result.failed[pk])
    context = {"title": "Dead letter", "form": form, "letter": found, "submit": "Mend and replay"}
    context |= {"action": reverse("letter", args=[pk]), "cancel": reverse("settings-letters")}
    return page(request, "letter", "settings-letters", context, status=422 if form.errors else 200)


@require_POST
@needs_role(Role.ADMINISTRATOR)
def replay_letters(request: HttpRequest) -> HttpResponse:
    """Send the ticked events again as they are."""
    ids = [pk for text in request.POST.getlist("letter") if (pk := whole_number(text)) is not None]
    result = replay(ids, now=utc_now())
    record_audit(user_of(request), "ingest.replayed", "dead_letters", sent=result.sent, failed=len(result.failed))
    if result.sent:
        toast(request, f"{plural(result.sent, 'event')} sent again.")
    if result.failed:
        reason = next(iter(result.failed.values()))
        toast(request, f"{plural(len(result.failed), 'event')} could not be taken again: {reason}", kind="error")
    return redirect("settings-letters")
