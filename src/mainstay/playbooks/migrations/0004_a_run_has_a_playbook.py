import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0003_runs_stand_before_a_named_step")]
    operations = [
        migrations.AlterField(
            model_name="run",
            name="playbook",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="playbooks.playbook"
            ),
        )
    ]
