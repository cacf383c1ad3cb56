"""Subscriptions and invoices. A change of a subscription is a new row: past dates can be computed again."""

from django.db import models


class Subscription(models.Model):
    """A contract in force during `[starts_on, ends_on)`; `ends_on` null: until cancelled."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    plan = models.CharField(max_length=100, blank=True)
    seats = models.IntegerField(null=True, help_text="licensed seats; null: not sold by seat")
    amount_minor = models.BigIntegerField(default=0, help_text="price of one billing period, in minor units")
    currency = models.CharField(max_length=3, default="USD")
    period_months = models.IntegerField(default=12, help_text="length of a billing period")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    renews_on = models.DateField(null=True, help_text="when the next decision is due; null: derived from the term")
    is_trial = models.BooleanField(default=False)
    auto_renews = models.BooleanField(default=False)
    list_amount_minor = models.BigIntegerField(null=True, help_text="price of a period before any discount")
    data_limit_gb = models.FloatField(null=True, help_text="stored data included; null: not limited")
    api_call_limit = models.BigIntegerField(null=True, help_text="API calls a month; null: not limited")
    limits = models.JSONField(default=dict, help_text="other limits of the plan")
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["starts_on", "pk"]
        indexes = [models.Index(fields=["account", "starts_on"], name="subscription_account_start")]


class Reading(models.Model):
    """How much of a limit was used as of the end of a day: data stored, or API calls of the last 30 days."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    limit = models.CharField(max_length=30, help_text="data_gb, api_calls")
    used = models.FloatField()
    measured_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["measured_on", "pk"]
        indexes = [models.Index(fields=["account", "limit", "measured_on"], name="reading_account_limit_day")]


class Invoice(models.Model):
    """A bill. Paid late, on time or not yet: told by its dates."""

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="USD")
    issued_on = models.DateField()
    due_on = models.DateField()
    paid_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, null=True, help_text="when Mainstay was told of it")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["issued_on", "pk"]
        indexes = [models.Index(fields=["account", "due_on"], name="invoice_account_due")]
