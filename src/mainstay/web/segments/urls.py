"""URLs of segments."""

from django.urls import path

from mainstay.web.segments import saving

urlpatterns = [
    path("new/", saving.new, name="segment-new"),
    path("<str:key>/delete/", saving.delete, name="segment-delete"),
]
