"""URLs of this area."""

from django.urls import path

from mainstay.web.home import today

urlpatterns = [
    path("", today.today, name="today"),
]
