"""One opportunity: to look at, open, change, decide and reopen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.opportunities import services
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.selectors import opportunities
from mainstay.opportunities.states import DECISIONS, STATE_NAMES, Kind, OpportunityState
from mainstay.people.models import Role
from mainstay.playbooks.models import Run
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.opportunities.forms import NewOpportunityForm, OpportunityForm
from mainstay.web.opportunity_rows import amount_text
from mainstay.web.undo import undo_url, undoes


@dataclass(frozen=True)
class OpportunityPage:
    """The context of one."""

    opportunity: Opportunity
    amount: str
    run: Run | None
    decisions: Sequence[tuple[str, str]]
    may_edit: bool


def _found(pk: UUID) -> Opportunity:
    return get_object_or_404(opportunities(), pk=pk)


@require_GET
def opportunity(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Why it is there, where it comes from, and how it may be decided."""
    found = _found(pk)
    page = OpportunityPage(
        opportunity=found,
        amount=amount_text(found),
        run=Run.objects.filter(pk=found.run).first() if found.run else None,
        decisions=[(one.value, STATE_NAMES[one]) for one in DECISIONS[Kind(found.kind)]],
        may_edit=user_of(request).has_role(Role.CSM),
    )
    context = {"title": found.title, "page": page, "cancel": reverse("opportunities")}
    return render(request, "opportunities/opportunity.html", context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def new(request: HttpRequest) -> HttpResponse:
    """One by hand."""
    user = user_of(request)
    start: dict[str, Any] = {name: request.GET.get(name) for name in ("account", "title", "why", "kind")}
    start |= {"owner": user.pk, "currency": settings.REPORTING_CURRENCY}
    form = NewOpportunityForm(request.POST or None, initial=start)
    if form.is_valid():
        values = form.cleaned_data
        kind = Kind(values.pop("kind"))
        try:
            made = services.create_opportunity(kind=kind, **values, by=user, now=utc_now())
        except Invalid as error:
            form.add_error(error.details.get("field"), error.message)
        else:
            toast(request, f"“{made.title}” added.")
            return done(request, reverse("opportunities"))
    return _form(request, form, "New opportunity", reverse("opportunity-new"), "Add opportunity")


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another title, reason, amount or owner."""
    found = _found(pk)
    form = OpportunityForm.of(found, request.POST or None)
    if form.is_valid():
        try:
            services.change(found, **form.cleaned_data, by=user_of(request), now=utc_now())
        except Invalid as error:
            form.add_error(error.details.get("field"), error.message)
        else:
            toast(request, f"“{found.title}” saved.")
            return done(request, reverse("opportunities"))
    return _form(request, form, found.title, reverse("opportunity-edit", args=[pk]), "Save")


@require_POST
@needs_role(Role.CSM)
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """As the button says."""
    found = _found(pk)
    try:
        state = OpportunityState(request.POST.get("state", ""))
    except ValueError:
        raise Invalid("Choose how it was decided.") from None
    if services.decide(found, state, note=request.POST.get("note", ""), by=user_of(request), now=utc_now()):
        undo = undo_url(request, "opportunity-decided", str(pk))
        toast(request, f"“{found.title}” is {STATE_NAMES[state].lower()}.", undo=undo)
    else:
        toast(request, f"“{found.title}” was decided before.", kind="error")
    return done(request, reverse("opportunities"))


@require_POST
@needs_role(Role.CSM)
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To be decided after all."""
    found = _found(pk)
    services.reopen(found, by=user_of(request), now=utc_now())
    toast(request, f"“{found.title}” is open again.")
    return done(request, reverse("opportunities"))


@undoes("opportunity-decided")
def _undo(request: HttpRequest, payload: str) -> str:
    found = _found(UUID(payload))
    services.reopen(found, by=user_of(request), now=utc_now())
    return f"“{found.title}” is open again."


def _form(request: HttpRequest, form: OpportunityForm, title: str, action: str, submit: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": action, "submit": submit, "cancel": reverse("opportunities")}
    return render(request, "opportunities/form.html", context, status=422 if form.errors else 200)
