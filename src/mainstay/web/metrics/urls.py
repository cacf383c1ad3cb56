"""URLs of this area."""

from django.urls import path

from mainstay.web.metrics import detail, listing

urlpatterns = [
    path("", listing.metrics, name="metrics"),
    path("<slug:key>/", detail.metric, name="metric"),
    path("<slug:key>/export/", detail.export, name="metric-export"),
]
