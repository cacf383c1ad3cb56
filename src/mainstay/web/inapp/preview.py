"""Looking at messages as their readers see them: a page of a product that does not exist, in a frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from mainstay.common.errors import NotFound
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.models import Delivery
from mainstay.people.models import Role
from mainstay.web.http import needs_role, user_of
from mainstay.web.inapp.samples import SAMPLES
from mainstay.web.messages.listing import seen_by
from mainstay.web.settings.sections import page

KINDS = {
    "banner": "Banner",
    "modal": "Modal",
    "tooltip": "Tooltip",
    "checklist": "Checklist",
    "announcement": "Announcement",
}
THEMES = {"light": "Light", "dark": "Dark"}
WIDTHS = {"desk": "Desk", "phone": "Phone"}
FRAMED: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
}


@dataclass(frozen=True)
class Choice:
    """What can be chosen, and whether it is."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class PreviewPage:
    """The context of the page."""

    kinds: Sequence[Choice]
    themes: Sequence[Choice]
    widths: Sequence[Choice]
    frame_url: str
    width: str


@require_GET
@needs_role(Role.ADMINISTRATOR)
def preview(request: HttpRequest) -> HttpResponse:
    """Each kind of message, light and dark, on a desk and on a phone."""
    chosen = {
        "kind": _one_of(KINDS, request.GET.get("kind")),
        "theme": _one_of(THEMES, request.GET.get("theme")),
        "width": _one_of(WIDTHS, request.GET.get("width")),
    }

    def choices(name: str, named: dict[str, str]) -> list[Choice]:
        here = reverse("in-app-preview")
        return [
            Choice(label, f"{here}?{urlencode(chosen | {name: key})}", chosen[name] == key)
            for key, label in named.items()
        ]

    shown = PreviewPage(
        kinds=choices("kind", KINDS),
        themes=choices("theme", THEMES),
        widths=choices("width", WIDTHS),
        frame_url=f"{reverse('in-app-stage', args=[chosen['kind']])}?{urlencode({'theme': chosen['theme']})}",
        width=chosen["width"],
    )
    return page(request, "in-app-preview", "settings-in-app", {"page": shown})


@require_GET
@xframe_options_sameorigin
@csp_override(FRAMED)
def stage(request: HttpRequest, kind: str) -> HttpResponse:
    """The page of the product, with a sample of this kind."""
    if kind not in SAMPLES:
        raise NotFound(f"There is no kind '{kind}' of messages; use one of {', '.join(SAMPLES)}.")
    return _stage(request, SAMPLES[kind])


@require_GET
@xframe_options_sameorigin
@csp_override(FRAMED)
def message_stage(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of the product, with a message somebody got or gets."""
    found = get_object_or_404(seen_by(user_of(request), Delivery.objects.filter(channel=IN_APP)), pk=pk)
    return on_stage(request, found.subject, found.text, found.content)


def on_stage(request: HttpRequest, title: str, text: str, content: Mapping[str, Any]) -> HttpResponse:
    """The page of the product with this message (`Content.as_json`), for a frame of a view with FRAMED as policy."""
    told = {**content, "title": title, "text": text}
    if told.get("selector"):
        told["selector"] = "#export"  # the element it points at is on a page of the customer's
    return _stage(request, told)


def _stage(request: HttpRequest, message: dict[str, Any]) -> HttpResponse:
    context = {"message": msgspec.to_builtins(message), "theme": _one_of(THEMES, request.GET.get("theme"))}
    return render(request, "inapp/stage.html", context)


def _one_of(known: dict[str, str], asked: str | None) -> str:
    return asked if asked in known else next(iter(known))
