from django.apps import AppConfig


class DeclaredConfig(AppConfig):
    name = "mainstay.declared"
    label = "declared"
    default_auto_field = "django.db.models.BigAutoField"
