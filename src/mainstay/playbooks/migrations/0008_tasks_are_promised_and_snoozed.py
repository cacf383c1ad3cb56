from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0007_drafts_can_be_taken_back")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="promised_at",
            field=models.DateTimeField(
                help_text="the due time it was made with; postponing does not move it", null=True
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="snoozed_until",
            field=models.DateTimeField(help_text="out of sight until then; its clock goes on", null=True),
        ),
        migrations.AddIndex(model_name="task", index=models.Index(fields=["created_at"], name="task_opened")),
    ]
