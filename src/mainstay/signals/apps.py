from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "mainstay.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"
