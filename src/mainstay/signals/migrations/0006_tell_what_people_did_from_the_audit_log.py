"""What people did with signals before it was kept stands in the audit log: told again from there."""

from datetime import datetime
from itertools import batched

from django.db import migrations

_ACTIONS = ("signals.acknowledged", "signals.assigned", "signals.snoozed", "signals.reopened")
_UNTOUCHED = {"acknowledged_at": None, "acknowledged_by_id": None, "snoozed_until": None, "assignee_id": None}


def tell_again(apps, schema_editor):
    Handling = apps.get_model("signals", "Handling")
    entries = apps.get_model("people", "AuditEntry").objects.filter(action__in=_ACTIONS).order_by("at", "pk")
    signals = set(apps.get_model("signals", "Signal").objects.values_list("pk", flat=True))
    people = dict(apps.get_model("people", "User").objects.values_list("email", "pk"))
    stood, rows = {}, []
    for at, by, action, subject, details in entries.values_list("at", "user_id", "action", "subject", "details"):
        pk = int(subject.removeprefix("signal:"))
        if pk not in signals:
            continue
        stood[pk] = {**stood.get(pk, _UNTOUCHED), **_change(action, by, details, people)}
        rows.append(Handling(signal_id=pk, at=at, by_id=by, **stood[pk]))
    for chunk in batched(rows, 500):
        Handling.objects.bulk_create(chunk)


def _change(action, by, details, people):
    match action:
        case "signals.acknowledged":
            return {"acknowledged_at": datetime.fromisoformat(details["acknowledged_at"]), "acknowledged_by_id": by}
        case "signals.assigned":
            return {"assignee_id": people.get(details.get("assignee"))}
        case "signals.snoozed":
            return {"snoozed_until": datetime.fromisoformat(details["snoozed_until"])}
        case _:
            return {"acknowledged_at": None, "acknowledged_by_id": None, "snoozed_until": None}


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("signals", "0005_keep_what_people_did_with_signals"),
    ]

    operations = [migrations.RunPython(tell_again, migrations.RunPython.noop)]
