"""URLs of this area."""

from django.urls import path

from mainstay.web.signals import actions, export, views

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
]
