"""Signals, once per account and kind while open; the kinds people declared; what waits; why signals were dismissed."""

from django.db import models


class StoredKind(models.Model):
    """A kind somebody made, or a shipped one somebody changed. Kinds without a row are as they are shipped."""

    key = models.CharField(max_length=60, unique=True)
    document = models.JSONField()
    version = models.IntegerField()

    class Meta:
        ordering = ["key"]


class KindVersion(models.Model):
    """What a kind was made to be, when, by whom and why. Appended, never changed; it outlives its kind."""

    key = models.CharField(max_length=60)
    version = models.IntegerField()
    document = models.JSONField(null=True, help_text="null: it was removed, or a shipped kind is as shipped again")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="kind_version")]


class Closing(models.TextChoices):
    """Why a signal is closed."""

    STOPPED = "stopped", "Its condition stopped"
    CHURNED = "churned", "The account churned"
    DISMISSED = "dismissed", "Dismissed"
    SWITCHED_OFF = "switched_off", "Its kind was switched off"


class Signal(models.Model):
    """A dated statement about an account. `kind` names its declaration."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, help_text="critical, warning, info")
    opened_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    closing = models.CharField(max_length=20, blank=True, choices=Closing)
    is_quiet = models.BooleanField(
        default=False, help_text="dismissed, and its condition has held ever since: nothing new opens until it stops"
    )
    is_standing = models.BooleanField(
        default=False, help_text="open already when its account, or what it rests on, was first looked at"
    )
    evidence = models.JSONField(default=list, help_text="[{field, label, then, now, unit}]: the values it rests on")
    summary = models.CharField(max_length=300, blank=True, help_text="one sentence with the values")
    at_stake_minor = models.BigIntegerField(null=True, help_text="the money its kind names, when it opened")
    currency = models.CharField(max_length=3, default="USD")
    assignee = models.ForeignKey(
        "people.User",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="who looks after it; null: the owner of the account",
    )
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
        indexes = [
            models.Index(fields=["closed_at", "opened_at"], name="signal_open"),
            models.Index(fields=["kind", "closed_at"], name="signal_kind_closed"),
            models.Index(fields=["kind", "account"], name="signal_quiet", condition=models.Q(is_quiet=True)),
            models.Index(
                fields=["kind"], name="signal_standing", condition=models.Q(is_standing=True, closed_at__isnull=True)
            ),
        ]


class Handling(models.Model):
    """What people had made of a signal from an instant on, until the next row. Appended, never changed.

    The row of `Signal` says how it stands now; these say how it stood on any past day. Dismissals have rows of their
    own.
    """

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="handlings")
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    snoozed_until = models.DateTimeField(null=True)
    assignee = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["signal", "at"], name="handling_of_signal")]


class Pending(models.Model):
    """A condition that holds, but not for as long as its kind asks for yet."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    since = models.DateTimeField(help_text="the first look at which it held, and at every one from then on")
    days = models.IntegerField(help_text="on how many days it was seen to hold, the present one included")
    seen_on = models.DateField(help_text="the latest of these days")
    is_standing = models.BooleanField(default=False, help_text="it held already at the first look, see Signal")

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="pending_once")]
        indexes = [models.Index(fields=["kind", "since"], name="pending_since")]


class Look(models.Model):
    """When a kind that waits was last looked for. After a longer pause the history tells what was missed."""

    kind = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()


class Horizon(models.Model):
    """How far was looked: at accounts with ids up to this one, with these sources. One row."""

    accounts_until = models.BigIntegerField(default=0)
    sources = models.JSONField(default=list)


class ReplayState(models.TextChoices):
    """Where a replay stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class ReplayRun(models.Model):
    """A replay of a draft, and of the kind as it is, that somebody asked for. Carried out in the background."""

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=60, db_index=True)
    document = models.JSONField(help_text="the draft")
    former = models.JSONField(null=True, help_text="the kind as it was when this was asked for; null: it is new")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="exclusive")
    state = models.CharField(max_length=10, default=ReplayState.WAITING, choices=ReplayState)
    done = models.IntegerField(default=0, help_text="steps that are done, of `steps`")
    steps = models.IntegerField(default=1)
    results = models.JSONField(null=True, help_text="of the draft, and of the former kind; null: nothing is kept")
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(db_index=True)
    asked_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]


class Reason(models.TextChoices):
    """Why somebody dismissed a signal."""

    FALSE_ALARM = "false_alarm", "False alarm"
    WRONG_DATA = "wrong_data", "The data is wrong"
    NOT_RELEVANT = "not_relevant", "Not relevant for this account"
    KNOWN = "known", "Known already"
    HANDLED = "handled", "Handled elsewhere"
    OTHER = "other", "Something else"


class Dismissal(models.Model):
    """A label: somebody looked at a signal and said what it was worth. Kept with all that was to be seen then."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="dismissals")
    kind = models.CharField(max_length=60)
    condition = models.TextField(blank=True, help_text="the condition as it was then")
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["kind", "at"], name="dismissal_kind")]
