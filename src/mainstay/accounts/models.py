"""Accounts, contacts and the roles contacts play."""

from django.db import models


class Account(models.Model):
    """A customer company (Segment `group`). `key` is the external id its sources use."""

    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    domain = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    employees = models.IntegerField(null=True)
    tier = models.CharField(max_length=50, blank=True, help_text="enterprise, mid-market, smb: how it is served")
    stage = models.CharField(max_length=50, blank=True, help_text="lifecycle: onboarding, adoption, renewal, churned")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    owner = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    signed_on = models.DateField(null=True, help_text="customer since")
    churned_on = models.DateField(null=True)
    attributes = models.JSONField(default=dict, help_text="custom fields and traits that have no column")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "pk"]
        # A narrow copy in the order of ids: lists over all accounts read it beside the same of health and profiles.
        indexes = [models.Index(fields=["id", "stage", "churned_on", "tier", "owner"], name="account_narrow")]

    def __str__(self) -> str:
        return self.name


class StageChange(models.Model):
    """An account entered a lifecycle stage on the day `since`; it is in it until the next change."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=50, blank=True)
    since = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "since"], name="one_stage_a_day")]


class Milestone(models.Model):
    """A dated step of onboarding, agreed with the customer on `agreed_on` and reached on `reached_on`."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=200)
    agreed_on = models.DateField(help_text="since when it belongs to the plan")
    due_on = models.DateField(null=True)
    reached_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["due_on", "pk"]


class Contact(models.Model):
    """A person at an account (Segment `user`). Kept without an account until its account is known."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True, db_index=True)
    title = models.CharField(max_length=200, blank=True)
    persona = models.CharField(max_length=50, blank=True, help_text="end user, administrator, executive")
    department = models.CharField(max_length=100, blank=True, help_text="department or team at the account")
    attributes = models.JSONField(default=dict)
    left_on = models.DateField(null=True, help_text="the day this person left the account")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "pk"]
        # Few senders tell departments; where nobody does, nothing is read for them.
        indexes = [models.Index(fields=["account"], condition=~models.Q(department=""), name="contact_department")]

    def __str__(self) -> str:
        return self.name or self.email or self.key


class ContactRole(models.Model):
    """A buying role a contact played from `since` (inclusive) until `until` (exclusive; null: still)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=50, help_text="champion, executive_sponsor, economic_buyer, detractor…")
    since = models.DateField()
    until = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "role"],
                condition=models.Q(until=None),
                name="one_current_role_of_a_kind",
            )
        ]
