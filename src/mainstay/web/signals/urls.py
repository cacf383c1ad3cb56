"""URLs of this area."""

from django.urls import path

from mainstay.web.signals import actions, views

urlpatterns = [
    path("", views.signals, name="signals"),
    path("signals.csv", views.export, name="signals-export"),
    path("acknowledge/", actions.acknowledge_ticked, name="signals-acknowledge"),
    path("snooze/", actions.snooze_ticked, name="signals-snooze"),
    path("<int:pk>/", views.signal, name="signal"),
    path("<int:pk>/acknowledge/", actions.acknowledge, name="signal-acknowledge"),
    path("<int:pk>/snooze/", actions.snooze, name="signal-snooze"),
    path("<int:pk>/reopen/", actions.reopen, name="signal-reopen"),
]
