"""Playbooks, their versions, runs as rows, and tasks for people."""

from django.db import models


class Playbook(models.Model):
    """What is done about a signal: a versioned document."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]


class PlaybookVersion(models.Model):
    """One published version; a run stays on the version it began with."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["playbook", "version"]
        constraints = [models.UniqueConstraint(fields=["playbook", "version"], name="playbook_version")]


class RunState(models.TextChoices):
    """Where a run stands."""

    ACTIVE = "active", "Active"
    DONE = "done", "Done"
    EXITED = "exited", "Ended early"
    FAILED = "failed", "Failed"


class Run(models.Model):
    """One playbook on one account for one reason. The id is derived from the three: a repeat is a no-op."""

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="runs")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("signals.Signal", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default=RunState.ACTIVE, choices=RunState)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, help_text="why a failed run failed")
    next_step = models.IntegerField(default=0)
    wake_at = models.DateTimeField(null=True, help_text="not to be advanced before; null: now")

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["state", "wake_at"], name="run_due")]


class StepRun(models.Model):
    """One step of a run that was carried out."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="a_step_of_a_run_once")]


class Task(models.Model):
    """A step for a person. Made by a run (id derived) or by hand (id random)."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=300)
    why = models.TextField(blank=True, help_text="the reason, with the values")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="tasks")
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["due_at", "created_at"]
        indexes = [
            models.Index(fields=["owner", "done_at", "due_at"], name="task_owner_open"),
            models.Index(fields=["account", "done_at"], name="task_account_open"),
        ]
