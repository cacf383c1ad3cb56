"""The present profiles and when they were computed."""

from django.db import models


class Profile(models.Model):
    """The present profile of an account. Its metric columns are not fields: `profile_table` adds them."""

    account = models.OneToOneField("accounts.Account", primary_key=True, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BigIntegerField(help_text="of the values in the row: an equal one need not be written again")

    class Meta:
        db_table = "metrics_profile"


class ProfileRun(models.Model):
    """One computation of all profiles as of an instant."""

    as_of = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    accounts = models.IntegerField(default=0)
    changed = models.IntegerField(default=0, help_text="profiles whose values are not those of the run before")

    class Meta:
        ordering = ["-pk"]
