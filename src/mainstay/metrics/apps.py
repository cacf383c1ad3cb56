from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from mainstay.metrics import registry, uses


class MetricsConfig(AppConfig):
    name = "mainstay.metrics"
    label = "metrics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the registry bring the metrics that people declared.

        After every `migrate` the table of profiles has the columns of all metrics.
        """
        # By name: an app's configuration is loaded before any model can be.
        registry.extend(import_module("mainstay.metrics.stored").provider)
        uses.register("metrics", "mainstay.metrics.declaring.uses_of_metric")
        post_migrate.connect(_add_columns, sender=self)


def _add_columns(**_: Any) -> None:
    import_module("mainstay.metrics.services").ensure_columns()
