from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0004_a_run_has_a_playbook")]

    operations = [migrations.RemoveField(model_name="run", name="next_step")]
