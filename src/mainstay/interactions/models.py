"""Interactions, tickets, survey responses and pulses: dated rows, told by their instants, never by a mutable status."""

from django.db import models


class Interaction(models.Model):
    """A dated contact with an account."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(
        max_length=30, help_text="meeting, call, email, note, business_review, training, certification"
    )
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    direction = models.CharField(max_length=10, blank=True, help_text="outbound or inbound, for mails and calls")
    attended = models.BooleanField(null=True, help_text="customer came, completed it, passed it")
    answered_at = models.DateTimeField(null=True, help_text="when the customer answered an outbound contact")
    sentiment = models.FloatField(null=True, help_text="what its source made of it: -1 (bad) to 1 (good)")
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-occurred_at", "-pk"]
        indexes = [models.Index(fields=["account", "-occurred_at"], name="interaction_account_time")]


class Ticket(models.Model):
    """A support ticket, opened and solved at an instant."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=20, default="normal", help_text="low, normal, high, urgent")
    opened_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    csat = models.FloatField(null=True, help_text="1 to 5, the customer's rating of how it was handled")
    rated_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=30, blank=True, help_text="email, chat, phone, portal")
    sentiment = models.FloatField(null=True, help_text="what its source made of the text: -1 (bad) to 1 (good)")
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["account", "-opened_at"], name="ticket_account_opened")]


class TicketReopening(models.Model):
    """A solved ticket was opened again at an instant. `Ticket.solved_at` is when it was solved last."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="reopenings")
    at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["ticket", "at"], name="a_reopening_once")]


class Response(models.Model):
    """An answer to a survey."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10, help_text="nps (0 to 10), csat (1 to 5), ces (1 to 7)")
    score = models.FloatField()
    comment = models.TextField(blank=True)
    sentiment = models.FloatField(null=True, help_text="what its source made of the comment: -1 (bad) to 1 (good)")
    answered_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-answered_at", "-pk"]
        indexes = [models.Index(fields=["account", "-answered_at"], name="response_account_time")]


class Pulse(models.Model):
    """What one of us thinks of an account, with the reason. The latest one counts, until it expires or is withdrawn."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    score = models.PositiveSmallIntegerField(help_text="0 to 100, like a health score")
    reason = models.TextField()
    given_at = models.DateTimeField()
    expires_on = models.DateField(help_text="the first day on which it no longer counts")
    withdrawn_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-given_at", "-pk"]
        indexes = [models.Index(fields=["account", "-given_at"], name="pulse_account_time")]
        constraints = [models.CheckConstraint(condition=models.Q(score__lte=100), name="pulse_score_up_to_100")]
