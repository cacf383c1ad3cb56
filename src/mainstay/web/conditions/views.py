"""The condition editor's own requests: the check while it is typed, the words for completion, the help."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from mainstay.web.conditions import checking
from mainstay.web.conditions.scope import Scope, fields_of, scope_of
from mainstay.web.conditions.vocabulary import vocabulary
from mainstay.web.http import is_htmx
from mainstay.web.travel import harmless

EXAMPLES = {
    Scope.ALL: (
        ("Large, and renewing soon", "arr >= 50000 and days_to_renewal between 0 and 90"),
        ("At risk without a sponsor", "band = 'red' and executive_sponsor_present = 0"),
        ("Fell this week", "change_7d <= -10"),
        ("Room to grow", "seat_use >= 80 and band = 'green'"),
    ),
    Scope.ACCOUNT: (
        ("Large companies", "tier = 'enterprise' or employees >= 1000"),
        ("Customers of this year", "signed_on >= '2026-01-01' and not churned"),
    ),
}


@require_POST
@harmless
def check(request: HttpRequest, scope: str) -> HttpResponse:
    """What there is to say of the text in the field that `field` names."""
    text = request.POST.get(request.GET.get("field", "condition"), "")
    context = {"check": checking.check(text, scope_of(scope)), "scope": scope}
    return render(request, "conditions/check.html", context)


@require_POST
@harmless
def unanswered(request: HttpRequest, scope: str) -> HttpResponse:
    """For how many accounts the condition `text` has no answer; asked when the typing has stopped."""
    count = checking.unanswered(request.POST.get("text", ""), scope_of(scope))
    return render(request, "conditions/unanswered.html", {"count": count})


@require_GET
@cache_control(private=True, max_age=60)
def words(request: HttpRequest, scope: str) -> JsonResponse:
    """What completion offers."""
    return JsonResponse(vocabulary(scope_of(scope)))


@require_GET
def explained(request: HttpRequest, scope: str) -> HttpResponse:
    """Every field a condition can name, and examples."""
    chosen = scope_of(scope)
    fields = sorted(fields_of(chosen).values(), key=lambda field: field.name)
    examples = [
        (title, text, f"{reverse('portfolio')}?{urlencode({'condition': text})}") for title, text in EXAMPLES[chosen]
    ]
    template = "conditions/help-part.html" if is_htmx(request) else "conditions/help.html"
    return render(request, template, {"title": "Conditions", "fields": fields, "examples": examples})
