"""What `facts` keeps in SQL: the feature catalogue, who is who, and which days must be rolled up again."""

from django.db import models


class Feature(models.Model):
    """A feature of the product and the events that show its use."""

    key = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=100)
    is_core = models.BooleanField(default=False)
    is_premium = models.BooleanField(default=False)
    plans = models.JSONField(default=list, help_text="the plans that include it; empty: all")
    events = models.JSONField(default=list, help_text="names of the events that count as use")

    class Meta:
        ordering = ["label", "pk"]


class LoginEvent(models.Model):
    """The name of an event that is a login, in lower case."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["name"]


class DirtyDay(models.Model):
    """A day whose roll-up is older than its events. One row per load, so that none is lost while a roll-up runs."""

    day = models.DateField(db_index=True)


class AnonymousLink(models.Model):
    """An anonymous id (a browser) and the user who turned out to be behind it. The first link stays."""

    anonymous_id = models.CharField(max_length=200, unique=True)
    user_key = models.CharField(max_length=200, db_index=True)


class Unattached(models.Model):
    """An id named by events of these days whose account is not known yet. Both days are inclusive."""

    kind = models.CharField(max_length=10, help_text="account, user, anonymous: what the events name")
    key = models.CharField(max_length=200)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_row_per_unattached_key")]


class Erasure(models.Model):
    """A request to erase a person or an account for good; carried out with others of its day."""

    kind = models.CharField(max_length=10, help_text="contact or account")
    key = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
