"""The present profiles and when they were computed."""

from django.db import models


class Profile(models.Model):
    """The present profile of an account. Its metric columns are not fields: `profile_table` adds them."""

    account = models.OneToOneField("accounts.Account", primary_key=True, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BigIntegerField(help_text="of the values in the row: an equal one need not be written again")

    class Meta:
        db_table = "metrics_profile"


class CorrectionLook(models.Model):
    """How far the search for what came late has got; one row.

    Everything told before `since` is dealt with. While a look goes on, `until` is the end of its span and `next_day`
    the first day it has not corrected yet.
    """

    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    next_day = models.DateField(null=True)


class ProfileRun(models.Model):
    """One computation of all profiles as of an instant."""

    as_of = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    accounts = models.IntegerField(default=0)
    changed = models.IntegerField(default=0, help_text="profiles whose values are not those of the run before")

    class Meta:
        ordering = ["-pk"]


class OwnMetric(models.Model):
    """A metric that people declared. A removed one stays, so that `revision` only ever grows."""

    key = models.CharField(max_length=60, unique=True)
    document = models.JSONField(help_text="what it means: `own.document.Document`")
    revision = models.BigIntegerField(db_index=True, help_text="counts the changes of all own metrics")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True)
    stored_as = models.CharField(max_length=80, help_text="its column in the history when that was last filled in")
    filled_from = models.DateField(null=True, help_text="every kept day from this one on has its value; null: none")
    days_filled = models.IntegerField(default=0, help_text="kept days that have its value")
    days_kept = models.IntegerField(default=0, help_text="kept days there were when that was last looked at")
    problem = models.TextField(blank=True, help_text="why filling in the history stopped")

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
