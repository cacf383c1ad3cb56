"""Pages at the root, the HTTP API below /api/v1/."""

from django.urls import include, path

urlpatterns = [
    path("", include("mainstay.api.urls")),
    path("", include("mainstay.web.urls")),
]
