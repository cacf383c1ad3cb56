"""URLs of this area. An account's own pages are below /accounts/KEY/, so nothing else may be."""

from django.urls import path

from mainstay.web.accounts import account_urls, actions, editing, export, portfolio, pulse, starting

urlpatterns = [
    path("accounts/", portfolio.portfolio, name="portfolio"),
    path("portfolio/columns/", portfolio.columns, name="portfolio-columns"),
    path("portfolio/accounts.csv", export.export, name="portfolio-export"),
    path("portfolio/selected.csv", export.export_selected, name="portfolio-export-selected"),
    path("portfolio/tasks/", actions.bulk_tasks, name="portfolio-tasks"),
    path("portfolio/start/", starting.start, name="portfolio-start"),
    path("portfolio/reassign/", actions.reassign, name="portfolio-reassign"),
    path("portfolio/task/<path:key>/", actions.task, name="portfolio-task"),
    path("portfolio/note/<path:key>/", actions.note, name="note-new"),
    path("portfolio/pulse/<path:key>/", pulse.give, name="pulse-new"),
    path("pulses/<int:pk>/withdraw/", pulse.withdraw, name="pulse-withdraw"),
    path("portfolio/new/", editing.new, name="account-new"),
    path("portfolio/edit/<path:key>/", editing.edit, name="account-edit"),
    *account_urls.urlpatterns,
]
