from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "mainstay.lake"
    label = "lake"
    default_auto_field = "django.db.models.BigAutoField"
