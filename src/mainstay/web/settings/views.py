"""Settings at a glance: every page with the one thing worth knowing about it."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from mainstay.deliveries import targets
from mainstay.deliveries.inapp.setup import read_setup
from mainstay.deliveries.models import Delivery, State
from mainstay.ingest.models import DeadLetter
from mainstay.people.models import Role, User, WriteKey
from mainstay.scores.models import BackfillRun, BackfillState
from mainstay.web.formats import plural
from mainstay.web.http import needs_role
from mainstay.web.settings.sections import SECTIONS, page


@require_GET
@needs_role(Role.ADMINISTRATOR)
def settings(request: HttpRequest) -> HttpResponse:
    """Each section with its state; what needs a person is marked."""
    states = _states()
    cards = [(section, *states.get(section.name, ("", False))) for section in SECTIONS]
    return page(request, "overview", "settings", {"cards": cards})


def _states() -> dict[str, tuple[str, bool]]:
    """By section: a few words, and whether somebody should look."""
    keys = WriteKey.objects.filter(revoked_at=None).count()
    users = User.objects.filter(is_active=True).count()
    letters = DeadLetter.objects.filter(replayed_at=None).count()
    backfill = BackfillRun.objects.first()
    away = targets.present_targets().filter(Q(is_active=False) | Q(failures__gt=0)).count()
    stuck = Delivery.objects.filter(state__in=[State.FAILED, State.UNSURE]).count()
    return {
        "settings-keys": (plural(keys, "write key"), keys == 0),
        "settings-users": (plural(users, "active user"), False),
        "settings-letters": (f"{letters:,} waiting" if letters else "none", letters > 0),
        "settings-targets": (f"{away:,} not reached" if away else "", away > 0),
        "settings-in-app": ("in use" if read_setup().seen_at else "not set up", False),
        "settings-history": _of_backfill(backfill),
        "messages": (f"{stuck:,} not sent" if stuck else "all sent", stuck > 0),
    }


def _of_backfill(run: BackfillRun | None) -> tuple[str, bool]:
    if run is None or run.state == BackfillState.DONE:
        return "", False
    is_stopped = run.state == BackfillState.FAILED
    return f"backfill {run.get_state_display().lower()}", is_stopped
