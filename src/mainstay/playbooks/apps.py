from django.apps import AppConfig

from mainstay.metrics import uses
from mainstay.segments import naming


class PlaybooksConfig(AppConfig):
    name = "mainstay.playbooks"
    label = "playbooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Metrics and segments that playbooks name cannot be removed."""
        uses.register("playbooks", "mainstay.playbooks.uses.uses_of_metric")
        naming.register("playbooks", "mainstay.playbooks.uses.uses_of_segment")
