"""The catalogue: which Parquet files make up each table of the lake, and which commit added and removed them."""

from django.db import models


class Commit(models.Model):
    """One atomic change of the lake. `key` makes a repeated batch a no-op. Ids grow in the order of commits."""

    key = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField(auto_now_add=True)


class DataFile(models.Model):
    """One immutable Parquet file. Live while `removed_by` is null."""

    table = models.CharField(max_length=60)
    starts_on = models.DateField(help_text="the first day its rows may belong to")
    ends_on = models.DateField(help_text="the day after the last one")
    path = models.CharField(max_length=300, unique=True, help_text="below the lake's root")
    rows = models.BigIntegerField()
    size_bytes = models.BigIntegerField()
    received_until = models.DateTimeField(null=True, help_text="the latest `received_at` in the file")
    added_by = models.ForeignKey(Commit, on_delete=models.PROTECT, related_name="+")
    removed_by = models.ForeignKey(Commit, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["table", "removed_by", "starts_on"], name="datafile_live")]
