"""URLs of this area."""

from django.urls import path

from mainstay.web.inapp import door

urlpatterns = [
    path("in-app/v1/messages", door.messages, name="in-app-messages"),
    path("in-app/v1/reports", door.reports, name="in-app-reports"),
]
