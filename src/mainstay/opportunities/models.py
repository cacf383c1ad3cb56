"""Opportunities as rows."""

from django.db import models

from mainstay.opportunities.states import KIND_NAMES, STATE_NAMES, Kind, OpportunityState


class Opportunity(models.Model):
    """Something with an owner that is open until it is decided. Made by a playbook (id derived) or by hand (random).

    `run` and `step` name what made it; no key, for playbooks are above this room. The amount is in minor units.
    """

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, help_text="expansion, renewal_risk, handover")
    title = models.CharField(max_length=300)
    why = models.TextField(blank=True)
    owner = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=10, default=OpportunityState.OPEN.value)
    run = models.UUIDField(null=True)
    step = models.CharField(max_length=60, blank=True)
    made_by = models.CharField(max_length=100, blank=True, help_text="the name of the playbook; empty: by hand")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=1_000, blank=True, help_text="why it was decided so")

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "opportunities"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="opportunity_newest"),
            models.Index(fields=["account", "-created_at"], name="opportunity_of_account"),
            models.Index(fields=["owner", "state"], name="opportunity_of_owner"),
            models.Index(fields=["decided_at"], name="opportunity_decided", condition=models.Q(run__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_name(self) -> str:
        """`Renewal at risk`."""
        return KIND_NAMES[Kind(self.kind)]

    @property
    def state_name(self) -> str:
        """`Won`."""
        return STATE_NAMES[OpportunityState(self.state)]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided."""
        return self.state == OpportunityState.OPEN
