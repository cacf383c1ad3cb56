"""Signals: once per account and kind while open."""

from django.db import models


class Signal(models.Model):
    """A dated statement about an account. `kind` names its definition in the registry."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, help_text="critical, warning, info")
    opened_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=list, help_text="[{field, label, then, now, unit}]: the values it rests on")
    summary = models.CharField(max_length=300, blank=True, help_text="one sentence with the values")
    at_stake_minor = models.BigIntegerField(null=True, help_text="ARR of the account when it opened")
    currency = models.CharField(max_length=3, default="USD")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    snoozed_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=models.Q(closed_at=None),
                name="one_open_signal_of_a_kind",
            )
        ]
        indexes = [models.Index(fields=["closed_at", "opened_at"], name="signal_open")]
