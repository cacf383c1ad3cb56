"""Sources and their rhythm, the inbox on PostgreSQL, dead letters, imports of files."""

from django.db import models


class Source(models.Model):
    """A kind of incoming data and its rhythm: product, crm, contracts, billing, support, surveys, interactions."""

    key = models.CharField(max_length=30, unique=True)
    label = models.CharField(max_length=60)
    last_received_at = models.DateTimeField(null=True)
    rows_received = models.BigIntegerField(default=0)
    declared_rhythm_seconds = models.IntegerField(null=True, help_text="set by a person; wins over the learnt one")
    learnt_rhythm_seconds = models.IntegerField(null=True)
    holidays_of = models.CharField(max_length=10, blank=True, help_text="country whose holidays are quiet (ISO 3166)")
    arrivals = models.JSONField(default=list, help_text="the last arrivals (ISO), from which the rhythm is learnt")

    class Meta:
        ordering = ["key"]


class DeadLetter(models.Model):
    """An event that could not be taken, kept whole so that it can be mended and replayed."""

    received_at = models.DateTimeField(db_index=True)
    write_key = models.ForeignKey("people.WriteKey", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20, default="batch", help_text="the endpoint it came through")
    sent_at = models.DateTimeField(null=True, help_text="when its batch was sent, by the client's clock")
    message_id = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=60)
    reason = models.TextField()
    body = models.TextField()
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at", "-pk"]


class InboxRow(models.Model):
    """One request in the inbox, on PostgreSQL. On SQLite the inbox is a file of its own, and this table stays empty."""

    received_at = models.DateTimeField()
    # No foreign key: the door writes without asking, and a key that was deleted must not cost events.
    write_key_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20)
    body = models.BinaryField()
    rejected = models.BinaryField(null=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(loaded_at=None), name="inbox_waiting")]


class InboxWatermark(models.Model):
    """How far an inbox that is a SQLite file was loaded. A file made anew has another generation and starts at 0."""

    generation = models.CharField(max_length=32, unique=True)
    loaded_id = models.BigIntegerField(default=0)


class FileImport(models.Model):
    """An import of one file: its mapping, its progress, its result."""

    kind = models.CharField(max_length=20)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=500, help_text="where the upload is kept, below MAINSTAY_HOME")
    mapping = models.JSONField(default=dict)
    create_accounts = models.BooleanField(default=False)
    state = models.CharField(max_length=20, default="uploaded", help_text="uploaded, waiting, running, done, failed")
    rows_total = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    rows_created = models.BigIntegerField(default=0)
    rows_changed = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_failed = models.BigIntegerField(default=0)
    failures_path = models.CharField(max_length=500, blank=True)
    report = models.JSONField(default=dict, help_text="examples of failures, ignored columns, notes")
    error = models.TextField(blank=True)
    created_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]


class ImportedEvent(models.Model):
    """An event that came in a file, by the first 64 bits of the hash of its message id.

    The loader knows message ids for some days only; with this a file imported again after a year changes nothing.
    """

    id = models.BigIntegerField(primary_key=True)
