from typing import Any

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    """Runs know their playbook, stand before a named step and always say when they go on; versions so far came with
    Mainstay."""
    Version, Run = apps.get_model("playbooks", "PlaybookVersion"), apps.get_model("playbooks", "Run")
    Version.objects.update(is_shipped=True)
    playbook = Version.objects.filter(pk=OuterRef("version")).values("playbook")[:1]
    Run.objects.filter(playbook=None).update(playbook=Subquery(playbook))
    Run.objects.filter(state="active", wake_at=None).update(wake_at=F("started_at"))
    Run.objects.filter(moved_at=None).update(moved_at=F("started_at"))
    for version in Version.objects.iterator():
        for number, step in enumerate(version.document.get("steps", [])):
            Run.objects.filter(version=version, next_step=number).update(position=step["id"])


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0002_trees_drafts_and_holdouts")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
