from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0009_messages_are_taken_down")]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_in_app_alive"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["channel", "state", "became", "not_after"],
                condition=models.Q(("not_after__isnull", False)),
                name="delivery_of_use_until",
            ),
        ),
    ]
