"""URLs of this area."""

from django.urls import path

from mainstay.web.features import editing, views

urlpatterns = [
    path("", views.features, name="features"),
    path("new/", editing.new, name="feature-new"),
    path("<slug:key>/", views.feature, name="feature"),
    path("<slug:key>/edit/", editing.edit, name="feature-edit"),
    path("<slug:key>/retire/", editing.retire, name="feature-retire"),
    path("<slug:key>/remove/", editing.remove, name="feature-remove"),
    path("<slug:key>/export/", views.export, name="feature-export"),
]
