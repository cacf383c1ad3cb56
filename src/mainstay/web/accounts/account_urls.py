"""URLs of one account. A key may contain anything, slashes too: what is below it comes before the account itself."""

from django.urls import path

from mainstay.web.accounts import account, account_why

urlpatterns = [
    path("accounts/<path:key>/usage/", account.usage, name="account-usage"),
    path("accounts/<path:key>/timeline/", account.timeline, name="account-timeline"),
    path("accounts/<path:key>/people/", account.people, name="account-people"),
    path("accounts/<path:key>/people.csv", account.people_csv, name="account-people-csv"),
    path("accounts/<path:key>/renewal/", account.renewal, name="account-renewal"),
    path("accounts/<path:key>/health/", account.measures, name="account-measures"),
    path("accounts/<path:key>/why/<slug:metric>/", account_why.why, name="account-why"),
    path("accounts/<path:key>/why/<slug:metric>.csv", account_why.why_csv, name="account-why-csv"),
    path("accounts/<path:key>/why/<slug:metric>/events/", account_why.events, name="account-why-events"),
    path("accounts/<path:key>/why/<slug:metric>/events.csv", account_why.events_csv, name="account-why-events-csv"),
    path("accounts/<path:key>/", account.overview, name="account"),
]
