"""What comes in: sources and their rhythm, dead letters and their replay."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import NotFound
from mainstay.common.time import utc_now
from mainstay.ingest import sources as ingest_sources
from mainstay.ingest.models import DeadLetter, Source
from mainstay.ingest.selectors import dead_letter_counts, dead_letters
from mainstay.ingest.services import replay
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.settings.sections import page

PAGE_SIZE = 50


class RhythmForm(forms.Form):
    """How often a source delivers, in hours."""

    hours = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=24 * 400,
        label="Late after (hours)",
        widget=forms.NumberInput(attrs={"autofocus": True}),
        help_text="When nothing has come for this long, its measures are frozen. Empty: learnt from what arrives.",
    )


class LetterForm(forms.Form):
    """An event, to be mended."""

    body = forms.CharField(
        label="The event", widget=forms.Textarea(attrs={"rows": 14, "class": "mono", "spellcheck": "false"})
    )


@require_GET
@needs_role(Role.ADMINISTRATOR)
def sources(request: HttpRequest) -> HttpResponse:
    """Every source: when it last delivered, its rhythm, whether it is late."""
    known = {source.key: source for source in Source.objects.all()}
    found = [(one, known.get(one.source)) for one in ingest_sources.freshness(utc_now()).values()]
    return page(request, "sources", "settings-sources", {"sources": found})


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def rhythm(request: HttpRequest, key: str) -> HttpResponse:
    """Declare how often a source delivers."""
    source = ingest_sources.freshness(utc_now()).get(key)
    if source is None:
        raise NotFound(f"There is no source '{key}'; the sources are {', '.join(ingest_sources.LABELS)}.")
    declared = Source.objects.filter(key=key).values_list("declared_rhythm_seconds", flat=True).first()
    form = RhythmForm(request.POST or None, initial={"hours": declared // 3600 if declared else None})
    # An empty form is a choice here (learnt), so `or None` alone would not tell it from a first look.
    if request.method == "POST" and form.is_valid():
        hours = form.cleaned_data["hours"]
        seconds = int(timedelta(hours=hours).total_seconds()) if hours else None
        ingest_sources.declare_rhythm(key, seconds)
        record_audit(user_of(request), "ingest.rhythm_declared", f"source:{key}", seconds=seconds)
        toast(request, f"Rhythm of {source.label.lower()} saved.")
        return done(request, reverse("settings-sources"))
    context = {"title": f"Rhythm of {source.label.lower()}", "form": form, "submit": "Save"}
    context |= {"action": reverse("source-rhythm", args=[key]), "cancel": reverse("settings-sources")}
    return page(request, "form", "settings-sources", context, status=422 if form.errors else 200)


@require_GET
@needs_role(Role.ADMINISTRATOR)
def letters(request: HttpRequest) -> HttpResponse:
    """The newest events that could not be taken, and why."""
    code, before = request.GET.get("code", ""), request.GET.get("before", "")
    found = dead_letters(code=code, limit=PAGE_SIZE + 1, before_id=int(before) if before.isdecimal() else None)
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
    ids = [int(pk) for pk in request.POST.getlist("letter") if pk.isdecimal()]
    result = replay(ids, now=utc_now())
    record_audit(user_of(request), "ingest.replayed", "dead_letters", sent=result.sent, failed=len(result.failed))
    if result.sent:
        toast(request, f"{plural(result.sent, 'event')} sent again.")
    if result.failed:
        reason = next(iter(result.failed.values()))
        toast(request, f"{plural(len(result.failed), 'event')} could not be taken again: {reason}", kind="error")
    return redirect("settings-letters")
