"""What `facts` keeps in SQL: the feature catalogue, who is who, and which days must be rolled up again."""

from django.db import models


class Feature(models.Model):
    """A feature of the product and the events that show its use."""

    key = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    is_core = models.BooleanField(default=False)
    is_premium = models.BooleanField(default=False)
    is_integration = models.BooleanField(default=False, help_text="it connects another product")
    plans = models.JSONField(default=list, help_text="the plans that include it; empty: all")
    events = models.JSONField(default=list, help_text="names of the events that count as use")
    retired_on = models.DateField(null=True, help_text="from this day on it is no part of the product")

    class Meta:
        ordering = ["label", "pk"]


class LoginEvent(models.Model):
    """The name of an event that is a login, in lower case."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["name"]


class EventMeaning(models.Model):
    """The events that have a meaning, where people declared others than the shipped ones. No event: nothing has it."""

    meaning = models.CharField(max_length=30, unique=True)
    events = models.JSONField(default=list, help_text="names, in any case of letters")

    class Meta:
        ordering = ["meaning"]


class Counting(models.Model):
    """By which names of logins and meanings the days were counted. One row; when the names differ, all days are due."""

    fingerprint = models.CharField(max_length=64)


class DirtyDay(models.Model):
    """A day whose roll-up is older than its events. One row per load, so that none is lost while a roll-up runs."""

    day = models.DateField(db_index=True)


class Tally(models.Model):
    """A daily count of some events with some properties, kept because a metric needs it (see `tallies`)."""

    name = models.CharField(max_length=60, unique=True, help_text="its table in the lake")
    spec = models.JSONField(help_text="what it counts: `tally.TallySpec.as_dict`")
    complete_from = models.DateField(null=True, help_text="every day from this one on is counted; null: none yet")


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


class Attached(models.Model):
    """Events that came in time and found their account, or their user, later: so many since `first_day`."""

    account_id = models.BigIntegerField()
    first_day = models.DateField()
    n = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)


class Erasure(models.Model):
    """A request to erase a person or an account for good; carried out with others of its day."""

    kind = models.CharField(max_length=10, help_text="contact or account")
    key = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)


class EventType(models.Model):
    """An event that the product sends, by its name: since when, until when, how many."""

    name = models.CharField(max_length=200, unique=True)
    first_received_at = models.DateTimeField(help_text="when one came for the first time")
    last_received_at = models.DateTimeField(help_text="when the latest one came")
    first_day = models.DateField(help_text="the earliest day one happened on")
    last_day = models.DateField(help_text="the latest day one happened on")
    events = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["name"]


class EventProperty(models.Model):
    """A property of an event with one type of its values. A property that comes as two types has two rows."""

    event = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="properties")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, help_text="text, number, boolean, list, object")
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    events = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["name", "-events"]
        constraints = [models.UniqueConstraint(fields=["event", "name", "kind"], name="a_type_of_a_property_once")]


class Observation(models.Model):
    """How far the events that came have been looked at for their names and properties. One row."""

    received_until = models.DateTimeField()


class SourceVolume(models.Model):
    """How many rows of a source happened on a day, as far as they have come."""

    source = models.CharField(max_length=30)
    day = models.DateField()
    rows = models.BigIntegerField()

    class Meta:
        ordering = ["source", "day"]
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="one_volume_a_day")]


class DataProblem(models.Model):
    """Something about what arrives that operations should know. Open until it has passed; each is said once."""

    kind = models.CharField(max_length=20, help_text="late, volume_low, volume_high, event_new, event_gone, type_new")
    source = models.CharField(max_length=30)
    subject = models.CharField(max_length=450, blank=True, help_text="the event, or event and property; empty: all")
    summary = models.TextField()
    evidence = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "subject"], condition=models.Q(closed_at=None), name="a_problem_once"
            )
        ]
