"""URLs of imports."""

from django.urls import path

from mainstay.web.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("<int:pk>/", views.show, name="import"),
    path("<int:pk>/columns/", views.columns, name="import-columns"),
    path("<int:pk>/preview/", views.preview_rows, name="import-preview"),
    path("<int:pk>/start/", views.start, name="import-start"),
    path("<int:pk>/failures/", views.failures, name="import-failures"),
    path("<int:pk>/again/", views.again, name="import-again"),
    path("<int:pk>/whole-again/", views.whole_again, name="import-whole-again"),
    path("<int:pk>/forget/", views.forget, name="import-forget"),
]
