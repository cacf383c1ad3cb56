"""The outbox."""

from django.db import models


class State(models.TextChoices):
    """Where a delivery stands."""

    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    UNSURE = "unsure", "Unsure"


class Outcome(models.TextChoices):
    """How an attempt ended. `refused`: we did not try, because it may not go."""

    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"
    UNSURE = "unsure", "Unsure"


class Delivery(models.Model):
    """One message to one recipient over one channel. The id is derived from what asked for it."""

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(max_length=30)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, default=State.QUEUED, choices=State)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_due")]


class Attempt(models.Model):
    """Written before sending; completed with what came back."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number")]
