"""URLs of this area."""

from django.urls import path

from mainstay.web.metrics import detail, editing, listing

urlpatterns = [
    path("", listing.metrics, name="metrics"),
    path("new/", editing.new, name="metric-new"),
    path("fields/", editing.fields, name="metric-fields"),
    path("preview/", editing.show, name="metric-preview"),
    path("cost/", editing.cost, name="metric-cost"),
    path("<slug:key>/", detail.metric, name="metric"),
    path("<slug:key>/edit/", editing.edit, name="metric-edit"),
    path("<slug:key>/remove/", editing.remove, name="metric-remove"),
    path("<slug:key>/progress/", editing.progress, name="metric-progress"),
    path("<slug:key>/export/", detail.export, name="metric-export"),
]
