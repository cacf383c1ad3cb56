"""URLs of this area."""

from django.urls import path
from django.views.generic import RedirectView

from mainstay.web.settings import auditing, config_files, history, incoming, keys, kit, targets, users, views

urlpatterns = [
    path("", views.settings, name="settings"),
    path("keys/", keys.keys, name="settings-keys"),
    path("keys/new/", keys.new_write_key, name="write-key-new"),
    path("keys/<int:pk>/revoke/", keys.revoke_write, name="write-key-revoke"),
    path("keys/api/new/", keys.new_api_key, name="api-key-new"),
    path("keys/api/<int:pk>/revoke/", keys.revoke_api, name="api-key-revoke"),
    path("users/", users.users, name="settings-users"),
    path("users/new/", users.new, name="user-new"),
    path("users/<int:pk>/", users.edit, name="user-edit"),
    path("users/<int:pk>/password/", users.password, name="user-password"),
    path("targets/", targets.listing, name="settings-targets"),
    path("targets/new/", targets.new, name="target-new"),
    path("targets/<slug:key>/", targets.target, name="target"),
    path("targets/<slug:key>/edit/", targets.edit, name="target-edit"),
    path("targets/<slug:key>/test/", targets.test, name="target-test"),
    path("targets/<slug:key>/secret/", targets.rotate, name="target-rotate"),
    path("targets/<slug:key>/switch/", targets.switch, name="target-switch"),
    path("targets/<slug:key>/remove/", targets.remove, name="target-remove"),
    path("dead-letters/", incoming.letters, name="settings-letters"),
    path("dead-letters/replay/", incoming.replay_letters, name="letters-replay"),
    path("dead-letters/<int:pk>/", incoming.letter, name="letter"),
    path("scorecards/", RedirectView.as_view(pattern_name="scorecards")),
    path("history/", history.kept, name="settings-history"),
    path("history/backfill/", history.backfill, name="backfill-new"),
    path("history/<uuid:pk>/cancel/", history.cancel, name="backfill-cancel"),
    path("history/<uuid:pk>/resume/", history.resume, name="backfill-resume"),
    path("deliveries/", RedirectView.as_view(pattern_name="messages")),
    path("config/", config_files.files, name="settings-config"),
    path("config/download/", config_files.download, name="config-download"),
    path("config/plan/", config_files.plan, name="config-plan"),
    path("config/apply/", config_files.apply, name="config-apply"),
    path("audit/", auditing.audit, name="settings-audit"),
    path("audit/export/", auditing.export, name="settings-audit-export"),
    path("kit/", kit.kit, name="kit"),
]
