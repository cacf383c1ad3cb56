"""What is declared in files, to read here: scorecards."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.web.http import needs_role
from mainstay.web.settings.sections import page


@require_GET
@needs_role(Role.ADMINISTRATOR)
def scorecards(request: HttpRequest) -> HttpResponse:
    """Every scorecard in the order they are tried, with its newest version."""
    newest_first = ScorecardVersion.objects.order_by("-version")
    found = Scorecard.objects.prefetch_related(Prefetch("versions", queryset=newest_first))
    cards = [(card, versions[0], versions[1:]) for card in found if (versions := list(card.versions.all()))]
    return page(request, "scorecards", "settings-scorecards", {"cards": cards, "metrics": all_metrics()})
