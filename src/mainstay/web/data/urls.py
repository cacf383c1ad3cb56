"""URLs of this area."""

from django.urls import path

from mainstay.web.data import events, problems, sources

urlpatterns = [
    path("", sources.data, name="data"),
    path("sources/<slug:key>/", sources.source, name="source"),
    path("sources/<slug:key>/rhythm/", sources.rhythm, name="source-rhythm"),
    path("problems/<int:pk>/acknowledge/", problems.acknowledge, name="problem-acknowledge"),
    path("events/", events.events, name="data-events"),
    path("events/export/", events.export, name="data-events-export"),
    path("events/<path:name>/", events.event, name="data-event"),
]
