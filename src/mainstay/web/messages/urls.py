"""URLs of this area, below `deliveries.links.PREFIX`: the links in mails are made there."""

from django.urls import path

from mainstay.web.messages import provider, public

urlpatterns = [
    path("p/<str:token>/", public.preferences, name="message-preferences"),
    path("u/<str:token>/", public.unsubscribe, name="message-unsubscribe"),
    path("c/<str:token>/", public.click, name="message-click"),
    path("o/<str:token>/", public.opened, name="message-open"),
    path("told/", provider.told, name="message-told"),
]
