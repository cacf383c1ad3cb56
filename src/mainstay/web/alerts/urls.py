"""URLs of this area."""

from django.urls import path

from mainstay.web.alerts import asking, views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/seen/", views.seen, name="alerts-seen"),
    path("alerts/digests/preview/", views.preview, name="digest-preview"),
    path("alerts/digests/<uuid:pk>/", views.digest, name="digest"),
    path("profile/alerts/", asking.preferences, name="alert-preferences"),
    path("profile/alerts/usual/", asking.usual, name="alerts-usual"),
]
