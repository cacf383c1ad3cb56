"""Rules and preferences of people, the alerts about signals and about what arrives, and the digests."""

from django.db import models


class Rhythm(models.TextChoices):
    """How often a digest is written. Off: only when something was held back."""

    OFF = "off", "Off"
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Once a week"


class Scope(models.TextChoices):
    """Which accounts somebody is told of."""

    MINE = "mine", "What I look after"
    ALL = "all", "All accounts"


class Channel(models.TextChoices):
    """How an alert reaches somebody. The values are the channels of deliveries, but for the page of Mainstay itself."""

    PAGE = "page", "In Mainstay"
    EMAIL = "email", "E-mail"
    CHAT = "chat", "Chat"


# What leaves the page of Mainstay.
PUSHED = (Channel.EMAIL, Channel.CHAT)


class Timing(models.TextChoices):
    """When somebody is told."""

    AT_ONCE = "at_once", "At once"
    DIGEST = "digest", "In the digest"


class Preferences(models.Model):
    """How somebody is told. Without a row: not at all."""

    user = models.OneToOneField("people.User", primary_key=True, on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=10, default=Rhythm.OFF, choices=Rhythm)
    hour = models.SmallIntegerField(default=8, help_text="of the day, where the user is")
    weekday = models.SmallIntegerField(default=0, help_text="of a weekly digest, 0: Monday")
    scope = models.CharField(max_length=10, default=Scope.MINE, choices=Scope, help_text="of the digest")
    budget = models.SmallIntegerField(default=5, help_text="how many alerts a day go out at once")
    webhook = models.CharField(max_length=500, blank=True, help_text="incoming webhook of the chat; a secret")
    since = models.DateTimeField(help_text="the first digest begins here")


class Rule(models.Model):
    """Which new signals somebody is told of. The first rule of a person that fits decides."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    position = models.SmallIntegerField()
    categories = models.JSONField(default=list, help_text="of the signal; none: every category")
    severities = models.JSONField(default=list, help_text="of the signal; none: every severity")
    scope = models.CharField(max_length=10, default=Scope.MINE, choices=Scope)
    timing = models.CharField(max_length=10, default=Timing.AT_ONCE, choices=Timing)
    channels = models.JSONField(default=list)

    class Meta:
        ordering = ["user", "position"]
        constraints = [models.UniqueConstraint(fields=["user", "position"], name="rule_position")]


class Watermark(models.Model):
    """The last signal that was looked at. One row."""

    name = models.CharField(max_length=20, primary_key=True)
    signal = models.BigIntegerField()


class Digest(models.Model):
    """What changed for somebody from `starts_at` until `ends_at`. The id is derived from person and end."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=10, choices=Rhythm)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    subject = models.CharField(max_length=300, blank=True)
    content = models.JSONField(null=True, help_text="null: nothing changed, nothing was sent")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-ends_at"]
        constraints = [models.UniqueConstraint(fields=["user", "ends_at"], name="digest_once")]


class Outcome(models.TextChoices):
    """What became of an alert."""

    AT_ONCE = "at_once", "Went out at once"
    HELD = "held", "Held back for the digest"
    DIGEST = "digest", "For the digest"


class Alert(models.Model):
    """One signal somebody is told of. The id is derived from both."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("signals.Signal", on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=200, help_text="why it went out, or was held back")
    channels = models.JSONField(default=list)
    value = models.BigIntegerField(help_text="money at stake in minor units, times the weight of the severity")
    created_at = models.DateTimeField()
    digest = models.ForeignKey(Digest, null=True, on_delete=models.SET_NULL, related_name="alerts")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-value"]
        indexes = [
            models.Index(fields=["user", "created_at"], name="alert_of_user"),
            models.Index(fields=["user", "outcome"], name="alert_waiting", condition=models.Q(digest=None)),
        ]


class DataAlert(models.Model):
    """One problem of what arrives that somebody is told of. The id is derived from both."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    problem = models.ForeignKey("facts.DataProblem", on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, help_text="nothing is held back: there is no budget")
    reason = models.CharField(max_length=200, help_text="why it went out, or waits for the digest")
    channels = models.JSONField(default=list)
    created_at = models.DateTimeField()
    digest = models.ForeignKey(Digest, null=True, on_delete=models.SET_NULL, related_name="data_alerts")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "pk"]
        indexes = [models.Index(fields=["user", "created_at"], name="data_alert_of_user")]
