"""URLs of this area."""

from django.urls import path

from mainstay.web.opportunities import actions, listing

urlpatterns = [
    path("", listing.opportunities, name="opportunities"),
    path("opportunities.csv", listing.export, name="opportunities-export"),
    path("new/", actions.new, name="opportunity-new"),
    path("<uuid:pk>/", actions.opportunity, name="opportunity"),
    path("<uuid:pk>/edit/", actions.edit, name="opportunity-edit"),
    path("<uuid:pk>/decide/", actions.decide, name="opportunity-decide"),
    path("<uuid:pk>/reopen/", actions.reopen, name="opportunity-reopen"),
]
