"""URLs of this area."""

from django.urls import path

from mainstay.web.playbooks import accounts, actions, dry_runs, gallery, helps, listing, page, replays, runs, trials
from mainstay.web.playbooks.editor import as_yaml, finishing, operations, preview
from mainstay.web.playbooks.editor import page as editor

urlpatterns = [
    path("", listing.playbooks, name="playbooks"),
    path("new/", gallery.gallery, name="playbook-gallery"),
    path("new/empty/", finishing.begin_empty, name="playbook-new"),
    path("new/<slug:key>/", gallery.play, name="play"),
    path("new/<slug:key>/use/", gallery.use, name="play-use"),
    path("drafts/<int:pk>/", editor.draft, name="playbook-draft"),
    path("drafts/<int:pk>/do/", operations.change, name="playbook-draft-do"),
    path("drafts/<int:pk>/steps/<slug:step_id>/", operations.tell_step, name="playbook-draft-step"),
    path("drafts/<int:pk>/steps/<slug:step_id>/preview/", preview.preview, name="playbook-draft-preview"),
    path("drafts/<int:pk>/steps/<slug:step_id>/accounts/", preview.find, name="playbook-draft-accounts"),
    path("drafts/<int:pk>/steps/<slug:step_id>/mail/<int:number>/", preview.mail, name="playbook-draft-mail"),
    path("drafts/<int:pk>/steps/<slug:step_id>/in-app/<int:number>/", preview.in_app, name="playbook-draft-in-app"),
    path("drafts/<int:pk>/steps/<slug:step_id>/test/", preview.send_test, name="playbook-draft-test"),
    path("drafts/<int:pk>/parts/<slug:part>/", operations.tell_part, name="playbook-draft-part"),
    path("drafts/<int:pk>/yaml/", as_yaml.draft_yaml, name="playbook-draft-yaml"),
    path("drafts/<int:pk>/publish/", finishing.publish, name="playbook-draft-publish"),
    path("drafts/<int:pk>/discard/", finishing.discard, name="playbook-draft-discard"),
    # Keys of accounts may contain anything, slashes too: the page of all comes last.
    path("accounts/<path:account_key>/why/<slug:key>/", accounts.why, name="account-playbook"),
    path("accounts/<path:account_key>/start/<slug:key>/", accounts.start, name="account-playbook-start"),
    path("accounts/<path:account_key>/", accounts.of_account, name="account-playbooks"),
    path("runs/<uuid:pk>/", runs.run, name="playbook-run"),
    path("runs/<uuid:pk>/<slug:verb>/", runs.act, name="playbook-run-act"),
    path("drafts/<int:pk>/dry-run/", trials.dry_run_of_draft, name="playbook-draft-dry-run"),
    path("drafts/<int:pk>/replay/", trials.replay_of_draft, name="playbook-draft-replay"),
    path("trials/<uuid:pk>/", trials.show, name="playbook-trial"),
    path("trials/<uuid:pk>/cancel/", trials.cancel, name="playbook-trial-cancel"),
    path("trials/<uuid:pk>/entries.csv", dry_runs.export_entrants, name="playbook-dry-run-entries"),
    path("trials/<uuid:pk>/messages.csv", dry_runs.export_messages, name="playbook-dry-run-messages"),
    path("trials/<uuid:pk>/entered.csv", replays.export, name="playbook-replay-entered"),
    path("<slug:key>/", page.playbook, name="playbook"),
    path("<slug:key>/dry-run/", trials.dry_run, name="playbook-dry-run"),
    path("<slug:key>/replay/", trials.replay, name="playbook-replay"),
    path("<slug:key>/helps/", helps.helps, name="playbook-helps"),
    path("<slug:key>/edit/", finishing.edit, name="playbook-edit"),
    path("<slug:key>/switch/", actions.switch, name="playbook-switch"),
    path("<slug:key>/stop/", actions.stop, name="playbook-stop"),
    path("<slug:key>/remove/", actions.remove, name="playbook-remove"),
    path("<slug:key>/retry/", actions.retry, name="playbook-retry"),
    path("<slug:key>/move/", actions.move, name="playbook-move"),
    path("<slug:key>/versions/<int:version>/", actions.return_to, name="playbook-return"),
    path("<slug:key>/runs.csv", runs.export, name="playbook-runs-export"),
]
