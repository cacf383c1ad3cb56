from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def promise(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was postponed before this is not on record: the present due time is the earliest that is known."""
    apps.get_model("playbooks", "Task").objects.filter(promised_at=None).update(promised_at=F("due_at"))


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0008_tasks_are_promised_and_snoozed")]

    operations = [migrations.RunPython(promise, migrations.RunPython.noop)]
