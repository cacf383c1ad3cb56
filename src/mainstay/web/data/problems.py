"""What can be done about a problem: somebody takes it on, and can take that back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from mainstay.common.time import utc_now
from mainstay.facts.models import DataProblem
from mainstay.facts.watch import problems
from mainstay.people.models import Role
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.undo import undo_url, undoes


@require_POST
@needs_role(Role.MANAGER)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody knows, and looks after it."""
    problem = get_object_or_404(DataProblem, pk=pk)
    problems.acknowledge(problem, by=user_of(request), now=utc_now())
    toast(request, "Acknowledged. It closes by itself when it has passed.", undo=undo_url(request, "problems", pk))
    return done(request, reverse("data"))


@undoes("problems")
def _undo(request: HttpRequest, payload: Any) -> str:
    problems.reopen(get_object_or_404(DataProblem, pk=payload), by=user_of(request))
    return "Nobody is named any more."
