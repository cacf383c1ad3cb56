"""URLs of this area."""

from django.urls import path

from mainstay.web.signals import actions, export, kind_actions, kind_editor, kind_list, kind_page, kind_replay, views

urlpatterns = [
    path("", views.signals, name="signals"),
    path("signals.csv", export.export, name="signals-export"),
    path("acknowledge/", actions.acknowledge_ticked, name="signals-acknowledge"),
    path("snooze/", actions.snooze_ticked, name="signals-snooze"),
    path("assign/", actions.assign_ticked, name="signals-assign"),
    path("dismiss/", actions.dismiss_ticked, name="signals-dismiss"),
    path("<int:pk>/", views.signal, name="signal"),
    path("<int:pk>/acknowledge/", actions.acknowledge, name="signal-acknowledge"),
    path("<int:pk>/snooze/", actions.snooze, name="signal-snooze"),
    path("<int:pk>/assign/", actions.assign, name="signal-assign"),
    path("<int:pk>/dismiss/", actions.dismiss, name="signal-dismiss"),
    path("<int:pk>/reopen/", actions.reopen, name="signal-reopen"),
    path("kinds/", kind_list.kinds, name="signal-kinds"),
    path("kinds/new/", kind_editor.new, name="signal-kind-new"),
    path("kinds/<slug:key>/", kind_page.kind, name="signal-kind"),
    path("kinds/<slug:key>/edit/", kind_editor.edit, name="signal-kind-edit"),
    path("kinds/<slug:key>/switch/", kind_actions.switch, name="signal-kind-switch"),
    path("kinds/<slug:key>/remove/", kind_actions.remove, name="signal-kind-remove"),
    path("kinds/<slug:key>/versions/<int:version>/", kind_actions.return_to, name="signal-kind-return"),
    path("kinds/<slug:key>/replay/", kind_replay.ask, name="signal-kind-replay"),
    path("replays/<uuid:pk>/", kind_replay.show, name="signal-replay"),
    path("replays/<uuid:pk>/publish/", kind_replay.publish, name="signal-replay-publish"),
    path("replays/<uuid:pk>/replay.csv", kind_replay.export, name="signal-replay-export"),
]
