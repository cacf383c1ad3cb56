"""Departments that came as a trait before they had a column of their own."""

from typing import Any

from django.db import migrations


def take_out(apps: Any, schema_editor: Any) -> None:
    contacts = apps.get_model("accounts", "Contact").objects
    for contact in contacts.filter(attributes__has_key="department").iterator(500):
        told = contact.attributes["department"]
        if isinstance(told, str) and told.strip():
            contact.department = told.strip()[:100]
            contact.attributes = {name: value for name, value in contact.attributes.items() if name != "department"}
            contact.save(update_fields=["department", "attributes"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_contacts_belong_to_departments")]

    operations = [migrations.RunPython(take_out, migrations.RunPython.noop)]
