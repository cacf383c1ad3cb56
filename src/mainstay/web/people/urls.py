"""URLs of this area."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from mainstay.web.people import views
from mainstay.web.travel import harmless

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", harmless(LogoutView.as_view()), name="sign-out"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("profile/preferences/", views.preferences, name="preferences"),
]
