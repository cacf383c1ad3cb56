from django.apps import AppConfig

from mainstay.metrics import uses


class SignalsConfig(AppConfig):
    name = "mainstay.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics that signals name cannot be removed."""
        uses.register("signals", "mainstay.signals.uses.uses_of_metric")
