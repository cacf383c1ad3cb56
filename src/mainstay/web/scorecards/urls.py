"""URLs of this area. Keys of scorecards have no hyphen, so the addresses that do are never taken for one."""

from django.urls import path

from mainstay.web.scorecards import actions, card, listing, versions

urlpatterns = [
    path("", listing.scorecards, name="scorecards"),
    path("<str:key>/", card.scorecard, name="scorecard"),
    path("<str:key>/versions/", versions.versions, name="scorecard-versions"),
    path("<str:key>/versions/<int:number>/", versions.version, name="scorecard-version"),
    path("<str:key>/versions/<int:number>/back/", versions.roll_back, name="scorecard-back"),
    path("<str:key>/yaml/", card.as_yaml, name="scorecard-yaml"),
    path("<str:key>/remove/", actions.remove, name="scorecard-remove"),
    path("<str:key>/bring-back/", actions.bring_back, name="scorecard-bring-back"),
]
