"""URLs of segments. Keys have no hyphen, so a path with one is no segment."""

from django.urls import path

from mainstay.web.segments import listing, page, saving

urlpatterns = [
    path("", listing.listing, name="segments"),
    path("segments.csv", listing.export, name="segments-export"),
    path("new-segment/", saving.new, name="segment-new"),
    path("<str:key>/", page.segment, name="segment"),
    path("<str:key>/accounts.csv", page.export, name="segment-export"),
    path("<str:key>/edit/", saving.edit, name="segment-edit"),
    path("<str:key>/delete/", saving.delete, name="segment-delete"),
]
