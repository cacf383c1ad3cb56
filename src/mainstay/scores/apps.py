from django.apps import AppConfig

from mainstay.metrics import uses


class ScoresConfig(AppConfig):
    name = "mainstay.scores"
    label = "scores"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics that scorecards name cannot be removed."""
        uses.register("scorecards", "mainstay.scores.uses.uses_of_metric")
