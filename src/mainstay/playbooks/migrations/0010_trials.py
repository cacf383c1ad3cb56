import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("playbooks", "0009_the_first_due_time_was_the_promise"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("purpose", models.CharField(help_text="dry_run, replay", max_length=20)),
                ("key", models.CharField(max_length=60)),
                ("document", models.JSONField(help_text="what is tried: a draft, or the version that was in force")),
                (
                    "chosen",
                    models.JSONField(
                        default=list, help_text="ids of accounts it would be started on by hand; empty: none"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("done", models.IntegerField(default=0, help_text="steps that are done, of `steps`")),
                ("steps", models.IntegerField(default=0, help_text="as many as are known")),
                ("results", models.JSONField(null=True)),
                ("error", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField(db_index=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="playbooks.draft"
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at"],
                "indexes": [models.Index(fields=["key", "purpose", "-asked_at"], name="trial_of_playbook")],
            },
        ),
    ]
