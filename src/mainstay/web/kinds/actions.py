"""What managers do with a kind of signal at a click: switch it, restore or remove it, go back to a version."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.signals import selectors, services
from mainstay.signals.document import check
from mainstay.signals.models import KindVersion
from mainstay.web.formats import plural
from mainstay.web.http import done, go, needs_role, toast, user_of
from mainstay.web.kinds.forms import ReasonForm
from mainstay.web.undo import undo_url, undoes


@require_POST
@needs_role(Role.MANAGER)
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Off when it is on, on when it is off."""
    document = selectors.document_of(key)
    services.switch_kind(key, enabled=not document.enabled, by=user_of(request), now=utc_now())
    word = "off" if document.enabled else "on"
    undo = undo_url(request, "signal-kind", document.as_dict())
    toast(request, f"“{document.label}” is switched {word}.", undo=undo)
    return done(request, reverse("signal-kind", args=[key]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then remove an own kind, or restore a shipped one to what it was shipped as."""
    found = selectors.get_declared(key)
    form = ReasonForm(request.POST or None)
    label = found.document.label
    if request.method == "POST" and form.is_valid():
        services.remove_kind(key, by=user_of(request), now=utc_now(), reason=form.cleaned_data["reason"])
        undo = undo_url(request, "signal-kind", found.document.as_dict())
        toast(request, f"“{label}” is {'as shipped again' if found.is_shipped else 'removed'}.", undo=undo)
        return go(request, reverse("signal-kind", args=[key]) if found.is_shipped else reverse("signal-kinds"))
    count = selectors.open_signals(kind=key).count()
    text = "It becomes what it was when it was shipped. Its versions stay, so that you can come back."
    if not found.is_shipped:
        text = f"Its {plural(count, 'open signal')} will close. Past ones stay to be read." if count else ""
    context = {
        "title": f"Restore “{label}”?" if found.is_shipped else f"Remove “{label}”?",
        "text": text,
        "form": form,
        "action": reverse("signal-kind-remove", args=[key]),
        "submit": "Restore" if found.is_shipped else "Remove",
        "cancel": reverse("signal-kind", args=[key]),
    }
    return render(request, "signals/form.html", context, status=422 if form.errors else 200)


@require_POST
@needs_role(Role.MANAGER)
def return_to(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """Make what a former version says the newest one."""
    row = get_object_or_404(KindVersion, key=key, version=version, document__isnull=False)
    former = selectors.declared().get(key)
    document = check(row.document, origin=f"Version {version} of '{key}'")
    reason = f"Back to version {version}."
    services.save_kind(document, by=user_of(request), now=utc_now(), reason=reason)
    undo = undo_url(request, "signal-kind", former.document.as_dict()) if former else ""
    toast(request, f"“{document.label}” is as in version {version} again.", undo=undo)
    return done(request, reverse("signal-kind", args=[key]))


@undoes("signal-kind")
def _undo(request: HttpRequest, payload: dict[str, object]) -> str:
    document = check(payload, origin="The former version")
    services.save_kind(document, by=user_of(request), now=utc_now(), reason="Undone.")
    return f"“{document.label}” is as before."
