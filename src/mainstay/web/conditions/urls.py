"""URLs of the condition editor."""

from django.urls import path

from mainstay.web.conditions import building, views

urlpatterns = [
    path("<slug:scope>/check/", views.check, name="condition-check"),
    path("<slug:scope>/unanswered/", views.unanswered, name="condition-unanswered"),
    path("<slug:scope>/words.json", views.words, name="condition-words"),
    path("<slug:scope>/builder/", building.builder, name="condition-builder"),
    path("<slug:scope>/help/", views.explained, name="condition-help"),
]
