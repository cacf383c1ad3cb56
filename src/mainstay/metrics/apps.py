from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MetricsConfig(AppConfig):
    name = "mainstay.metrics"
    label = "metrics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """After every `migrate` the table of profiles has the columns of the metrics that are declared."""
        post_migrate.connect(_add_columns, sender=self)


def _add_columns(**_: Any) -> None:
    # By name: an app's configuration is loaded before any model can be.
    import_module("mainstay.metrics.services").ensure_columns()
