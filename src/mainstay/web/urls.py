"""Every page, by area."""

from django.urls import include, path

from mainstay.deliveries.links import PREFIX
from mainstay.web.jump import jump
from mainstay.web.travel import look_back
from mainstay.web.undo import undo

urlpatterns = [
    path("jump/", jump, name="jump"),
    path("undo/<str:token>/", undo, name="undo"),
    path("look-back/", look_back, name="look-back"),
    path(f"{PREFIX}/", include("mainstay.web.messages.urls")),
    path("", include("mainstay.web.inapp.urls")),
    path("", include("mainstay.web.people.urls")),
    path("", include("mainstay.web.home.urls")),
    path("", include("mainstay.web.accounts.urls")),
    path("conditions/", include("mainstay.web.conditions.urls")),
    path("segments/", include("mainstay.web.segments.urls")),
    path("messages/", include("mainstay.web.messages.area_urls")),
    path("", include("mainstay.web.alerts.urls")),
    path("signals/", include("mainstay.web.signals.urls")),
    path("signals/", include("mainstay.web.kinds.urls")),
    path("tasks/", include("mainstay.web.tasks.urls")),
    path("opportunities/", include("mainstay.web.opportunities.urls")),
    path("playbooks/", include("mainstay.web.playbooks.urls")),
    path("metrics/", include("mainstay.web.metrics.urls")),
    path("features/", include("mainstay.web.features.urls")),
    path("scorecards/", include("mainstay.web.scorecards.urls")),
    path("data/", include("mainstay.web.data.urls")),
    path("settings/", include("mainstay.web.settings.urls")),
    path("import/", include("mainstay.web.imports.urls")),
]
