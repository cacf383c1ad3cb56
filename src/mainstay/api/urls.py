"""/api/v1/"""

from django.urls import path

from mainstay.api.application import api

urlpatterns = [path("api/v1/", api.urls)]
