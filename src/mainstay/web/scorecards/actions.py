"""What is done to a scorecard that is in force: remove it, bring it back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.scores import publishing
from mainstay.scores.preview import preview
from mainstay.web.http import go, needs_role, toast, user_of
from mainstay.web.scorecards.figures import figures_of
from mainstay.web.undo import undo_url, undoes


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Show whom it would leave without it, then remove it."""
    card = publishing.get(key)
    if request.method == "POST":
        publishing.remove(key, by=user_of(request), now=utc_now())
        toast(request, f"“{card.name}” serves nobody any more.", undo=undo_url(request, "scorecard-remove", key))
        return go(request, reverse("scorecards"))
    context = {
        "title": f"Remove “{card.name}”?",
        "form": forms.Form(),
        "action": reverse("scorecard-remove", args=[key]),
        "submit": "Remove scorecard",
        "submit_css": "red",
        "cancel": reverse("scorecard", args=[key]),
        "figures": figures_of(preview(removed=[key], now=utc_now()), most=5),
    }
    return render(request, "scorecards/remove.html", context)


@require_POST
@needs_role(Role.MANAGER)
def bring_back(request: HttpRequest, key: str) -> HttpResponse:
    """The latest version of a removed scorecard is in force again."""
    publishing.bring_back(key, by=user_of(request))
    toast(request, f"“{publishing.get(key).name}” is in force again.")
    return go(request, reverse("scorecard", args=[key]))


@undoes("scorecard-remove")
def _bring_back(request: HttpRequest, key: Any) -> str:
    publishing.bring_back(str(key), by=user_of(request))
    return f"“{publishing.get(str(key)).name}” is in force again."
