from django.apps import AppConfig

from mainstay.metrics import uses


class SegmentsConfig(AppConfig):
    name = "mainstay.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics that segments name cannot be removed."""
        uses.register("segments", "mainstay.segments.uses.uses_of_metric")
