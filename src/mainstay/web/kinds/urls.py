"""URLs of this area."""

from django.urls import path

from mainstay.web.kinds import actions, editor, listing, page, replay

urlpatterns = [
    path("kinds/", listing.kinds, name="signal-kinds"),
    path("kinds.csv", listing.export, name="signal-kinds-export"),
    path("kinds/new/", editor.new, name="signal-kind-new"),
    path("kinds/<slug:key>/", page.kind, name="signal-kind"),
    path("kinds/<slug:key>/edit/", editor.edit, name="signal-kind-edit"),
    path("kinds/<slug:key>/switch/", actions.switch, name="signal-kind-switch"),
    path("kinds/<slug:key>/remove/", actions.remove, name="signal-kind-remove"),
    path("kinds/<slug:key>/versions/<int:version>/", actions.return_to, name="signal-kind-return"),
    path("kinds/<slug:key>/replay/", replay.ask, name="signal-kind-replay"),
    path("replays/<uuid:pk>/", replay.show, name="signal-replay"),
    path("replays/<uuid:pk>/publish/", replay.publish, name="signal-replay-publish"),
    path("replays/<uuid:pk>/replay.csv", replay.export, name="signal-replay-export"),
]
