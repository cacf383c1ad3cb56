from django.apps import AppConfig

from mainstay.metrics import uses
from mainstay.segments import naming


class SignalsConfig(AppConfig):
    name = "mainstay.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics and segments that signals name cannot be removed."""
        uses.register("signals", "mainstay.signals.uses.uses_of_metric")
        naming.register("signals", "mainstay.signals.uses.uses_of_segment")
