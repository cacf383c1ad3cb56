"""URLs of this area."""

from django.urls import path

from mainstay.web.inapp import door, preview, settings, taking_down

urlpatterns = [
    path("in-app/v1/messages", door.messages, name="in-app-messages"),
    path("in-app/v1/reports", door.reports, name="in-app-reports"),
    path("settings/in-app/", settings.in_app, name="settings-in-app"),
    path("settings/in-app/secret/", settings.new_secret, name="in-app-secret"),
    path("settings/in-app/secret/former/drop/", settings.drop_former, name="in-app-secret-drop"),
    path("settings/in-app/preview/", preview.preview, name="in-app-preview"),
    path("settings/in-app/stage/<str:kind>/", preview.stage, name="in-app-stage"),
    path("messages/<uuid:pk>/in-app/", preview.message_stage, name="message-in-app"),
    path("messages/<uuid:pk>/take-down/", taking_down.ask, name="in-app-take-down"),
]
