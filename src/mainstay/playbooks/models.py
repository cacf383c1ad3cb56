"""Playbooks, their versions and drafts, runs as rows, and tasks for people."""

from django.db import models


class Playbook(models.Model):
    """What is done about a signal, a stage or a date: a versioned document.

    Not `is_active`: paused, nothing begins and nothing goes on. Removed: its versions and runs stay to be read.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="why nobody could enter at the last refresh; empty: all is well")
    capped_at = models.DateTimeField(null=True, help_text="when a cap last kept somebody out")
    kept_out = models.IntegerField(default=0, help_text="how many the caps kept out at the last refresh")
    takes_standing_until = models.DateTimeField(
        null=True, help_text="standing signals that opened by then let accounts in: somebody decided so"
    )
    leaves_standing_until = models.DateTimeField(
        null=True, help_text="of those that opened by then nobody is reminded: somebody decided so"
    )

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class PlaybookVersion(models.Model):
    """One published version; a run stays on the version it began with."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()
    by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+", help_text="null: it came with Mainstay"
    )
    is_shipped = models.BooleanField(default=False, help_text="as it came with Mainstay")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["playbook", "version"]
        constraints = [models.UniqueConstraint(fields=["playbook", "version"], name="playbook_version")]


class Draft(models.Model):
    """A playbook that somebody is writing: kept as it is typed, right or wrong. `playbook` null: of a new one."""

    playbook = models.ForeignKey(Playbook, null=True, on_delete=models.CASCADE, related_name="drafts")
    base = models.ForeignKey(PlaybookVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    content = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    window = models.CharField(
        max_length=40, blank=True, help_text="which window of whose browser saved it: that one may save on"
    )
    at = models.IntegerField(default=0, help_text="the number of the state it is in, see DraftState")

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["playbook"], condition=models.Q(playbook__isnull=False), name="one_draft_of_a_playbook"
            )
        ]


class DraftState(models.Model):
    """What a draft said after a change, to go back to and forward again. The first one is number 0."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="states")
    number = models.IntegerField()
    content = models.JSONField()
    what = models.CharField(max_length=200, blank=True, help_text="what was changed to come here: “welcome” moved")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["draft", "number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_state")]


class Watch(models.Model):
    """A condition or an event that runs wait for; all that wait for the same share it."""

    kind = models.CharField(max_length=10, help_text="condition, event")
    digest = models.CharField(max_length=64, unique=True, help_text="of kind and name")
    name = models.TextField(help_text="the condition; the names of events, a line each")


class Watermark(models.Model):
    """How far something was looked at: events that were received before `until` are known to `name`."""

    name = models.CharField(max_length=100, unique=True)
    until = models.DateTimeField()


class RunState(models.TextChoices):
    """Where a run stands."""

    ACTIVE = "active", "Under way"
    PAUSED = "paused", "Paused"
    FAILED = "failed", "Failed"
    DONE = "done", "Done"
    EXITED = "exited", "Ended early"
    STOPPED = "stopped", "Stopped"
    HELD_OUT = "held_out", "Held out"


UNDER_WAY = (RunState.ACTIVE, RunState.PAUSED, RunState.FAILED)
"""A run that may still do something."""


class Run(models.Model):
    """One playbook on one account (or contact) for one reason. The id is derived from these: a repeat is a no-op.

    `position` is the step it stands before, or at while it waits for something; empty behind the last step.
    """

    id = models.UUIDField(primary_key=True)
    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="runs")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("signals.Signal", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True, help_text="the reason as a sentence")
    state = models.CharField(max_length=10, default=RunState.ACTIVE, choices=RunState)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True, help_text="why a failed run failed")
    position = models.CharField(max_length=60, blank=True)
    wake_at = models.DateTimeField(help_text="not to be advanced before; null: it has ended", null=True)
    moved_at = models.DateTimeField(null=True, help_text="when it came to where it stands")
    awaits = models.CharField(
        max_length=10, blank=True, help_text="condition, event, tasks or decision, beside the time"
    )
    watch = models.ForeignKey(Watch, null=True, on_delete=models.SET_NULL, related_name="+")
    heard = models.CharField(max_length=40, blank=True, help_text="what came of that; empty: nothing yet")
    outcomes = models.JSONField(default=dict, help_text="step: what it came to")
    is_held_out = models.BooleanField(default=False, help_text="decided when it began, and for good")
    goal_at = models.DateTimeField(null=True, help_text="when the goal was first seen to be reached")

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["playbook", "state", "wake_at"], name="run_due_of_playbook"),
            models.Index(fields=["playbook", "-started_at"], name="run_of_playbook"),
            models.Index(fields=["account", "playbook", "-started_at"], name="run_of_account"),
            models.Index(fields=["watch"], name="run_watching", condition=models.Q(awaits__gt="")),
            models.Index(
                fields=["playbook", "started_at"], name="run_without_goal", condition=models.Q(goal_at__isnull=True)
            ),
            models.Index(fields=["playbook", "position"], name="run_failed", condition=models.Q(state="failed")),
        ]


class StepRun(models.Model):
    """One step of a run that was carried out; `result` is what it came to, where it comes to something."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.JSONField(default=dict)
    result = models.CharField(max_length=60, blank=True)

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
    checklist = models.JSONField(default=list, help_text="what is to be ticked off: `text` and `done` of each")
    is_approval = models.BooleanField(default=False, help_text="only its owner or a manager may close it")
    talk_track = models.TextField(blank=True, help_text="what to say, for whoever calls")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="tasks")
    step = models.CharField(max_length=60, blank=True, help_text="the step of the run that made it")
    due_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(
        null=True, help_text="the due time it was made with; postponing does not move it"
    )
    snoozed_until = models.DateTimeField(null=True, help_text="out of sight until then; its clock goes on")
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
            models.Index(fields=["created_at"], name="task_opened"),
        ]


class TrialState(models.TextChoices):
    """How far a trial is."""

    WAITING = "waiting", "Waiting for a worker"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Trial(models.Model):
    """A dry run or replay of a playbook that somebody asked for. Carried out in the background."""

    id = models.UUIDField(primary_key=True)
    purpose = models.CharField(max_length=20, help_text="dry_run, replay")
    key = models.CharField(max_length=60)
    document = models.JSONField(help_text="what is tried: a draft, or the version that was in force")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.SET_NULL, related_name="+")
    chosen = models.JSONField(default=list, help_text="ids of accounts it would be started on by hand; empty: none")
    state = models.CharField(max_length=10, default=TrialState.WAITING, choices=TrialState)
    done = models.IntegerField(default=0, help_text="steps that are done, of `steps`")
    steps = models.IntegerField(default=0, help_text="as many as are known")
    results = models.JSONField(null=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(db_index=True)
    asked_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["key", "purpose", "-asked_at"], name="trial_of_playbook")]


class CalendarFeed(models.Model):
    """The secret address under which somebody's calendar reads her tasks; only a hash of the secret is kept."""

    user = models.OneToOneField("people.User", on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, help_text="when it was read last, to the hour")


class UsedLink(models.Model):
    """A link of a mail that was used: each works once. Kept until it would have expired."""

    mark = models.CharField(max_length=64, unique=True, help_text="a hash of the link")
    used_at = models.DateTimeField(db_index=True)
