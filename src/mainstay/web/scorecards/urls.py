"""URLs of this area. Keys of scorecards have no hyphen, so the addresses that do are never taken for one."""

from django.urls import path

from mainstay.web.scorecards import (
    actions,
    beginning,
    card,
    choosing,
    editor,
    finishing,
    listing,
    previewing,
    shadowing,
    versions,
)

urlpatterns = [
    path("", listing.scorecards, name="scorecards"),
    path("scorecards.csv", listing.export, name="scorecards-export"),
    path("new-scorecard/", beginning.new, name="scorecard-new"),
    path("draft-<int:pk>/", editor.draft, name="scorecard-draft"),
    path("draft-<int:pk>/save/", editor.autosave, name="scorecard-autosave"),
    path("draft-<int:pk>/discard/", editor.discard, name="scorecard-draft-discard"),
    path("draft-<int:pk>/yaml/", beginning.as_yaml, name="scorecard-draft-yaml"),
    path("draft-<int:pk>/measure/<int:dimension>/", choosing.measure, name="scorecard-draft-measure"),
    path("draft-<int:pk>/preview/", previewing.beside, name="scorecard-draft-preview"),
    path("draft-<int:pk>/moves/", previewing.moves, name="scorecard-draft-moves"),
    path("draft-<int:pk>/publish/", finishing.publish, name="scorecard-draft-publish"),
    path("draft-<int:pk>/shadow/", finishing.start_shadow, name="scorecard-draft-shadow"),
    path("shadow-<int:pk>/stop/", finishing.stop_shadow, name="scorecard-shadow-stop"),
    path("shadow-<int:pk>/publish/", finishing.promote, name="scorecard-shadow-promote"),
    path("<str:key>/", card.scorecard, name="scorecard"),
    path("<str:key>/versions/", versions.versions, name="scorecard-versions"),
    path("<str:key>/versions/<int:number>/", versions.version, name="scorecard-version"),
    path("<str:key>/versions/<int:number>/back/", versions.roll_back, name="scorecard-back"),
    path("<str:key>/edit/", editor.edit, name="scorecard-edit"),
    path("<str:key>/shadow/", shadowing.shadow, name="scorecard-shadow"),
    path("<str:key>/yaml/", card.as_yaml, name="scorecard-yaml"),
    path("<str:key>/remove/", actions.remove, name="scorecard-remove"),
    path("<str:key>/bring-back/", actions.bring_back, name="scorecard-bring-back"),
]
