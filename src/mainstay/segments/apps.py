from django.apps import AppConfig

from mainstay.metrics import uses
from mainstay.segments import naming


class SegmentsConfig(AppConfig):
    name = "mainstay.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics and segments that segments name cannot be removed."""
        uses.register("segments", "mainstay.segments.uses.uses_of_metric")
        naming.register("segments", "mainstay.segments.uses.uses_of_segment")
