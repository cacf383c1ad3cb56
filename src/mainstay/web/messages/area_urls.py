"""URLs of the pages about messages."""

from django.urls import path

from mainstay.web.messages import contact, detail, listing, rules, stop, suppressions

urlpatterns = [
    path("", listing.messages, name="messages"),
    path("export/", listing.export, name="messages-export"),
    path("stop/", stop.stop, name="messages-stop"),
    path("resume/", stop.resume, name="messages-resume"),
    path("rules/", rules.rules, name="message-rules"),
    path("rules/reset/", rules.reset, name="message-rules-reset"),
    path("suppressed/", suppressions.suppressions, name="suppressions"),
    path("suppressed/add/", suppressions.add, name="suppression-add"),
    path("suppressed/export/", suppressions.export, name="suppressions-export"),
    path("suppressed/<int:pk>/remove/", suppressions.remove, name="suppression-remove"),
    path("contacts/<int:pk>/", contact.contact, name="message-contact"),
    path("contacts/<int:pk>/choices/", contact.choices, name="message-choices"),
    path("<uuid:pk>/", detail.message, name="message"),
    path("<uuid:pk>/preview/", detail.preview, name="message-preview"),
    path("<uuid:pk>/test/", detail.send_test, name="message-test"),
]
