"""The queue."""

from django.db import models


class State(models.TextChoices):
    """Where a job stands."""

    READY = "ready", "Ready"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(models.Model):
    """One call of one task function. Claimed by lease; `attempt` fences a worker whose lease was lost."""

    id = models.UUIDField(primary_key=True)
    task_path = models.CharField(max_length=200)
    queue = models.CharField(max_length=32, default="default")
    priority = models.IntegerField(default=0)
    arguments = models.JSONField(default=dict, help_text='{"args": [...], "kwargs": {...}}')
    unique_key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=10, default=State.READY, choices=State)
    run_after = models.DateTimeField()
    attempt = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=5)
    worker = models.CharField(max_length=100, blank=True)
    workers = models.JSONField(default=list, help_text="every worker that began it, one per attempt")
    lease_until = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="when the first attempt began")
    attempted_at = models.DateTimeField(null=True, help_text="when the last attempt began")
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    errors = models.JSONField(default=list, help_text="[{exception_class_path, traceback}], oldest first")

    class Meta:
        ordering = ["-enqueued_at"]
        indexes = [models.Index(fields=["state", "queue", "-priority", "run_after"], name="job_due")]
