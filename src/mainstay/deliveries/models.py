"""The outbox, and what people of customers chose: consent, suppressed addresses, the policy, the emergency stop."""

from django.db import models


class State(models.TextChoices):
    """Where a delivery stands."""

    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    UNSURE = "unsure", "Unsure"
    REFUSED = "refused", "Refused"


TO_LOOK_AT = ("failed", "unsure", "refused")
"""States of what did not go, or may not have gone."""


class Outcome(models.TextChoices):
    """How an attempt ended. `refused`: we did not try, because it may not go."""

    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"
    UNSURE = "unsure", "Unsure"


class Became(models.TextChoices):
    """What became of a message in the app. After the first one it is not shown again."""

    SHOWN = "shown", "Shown"
    CLICKED = "clicked", "Clicked"
    DISMISSED = "dismissed", "Dismissed"
    COMPLETED = "completed", "Completed"
    EXPIRED = "expired", "Expired"
    TAKEN_DOWN = "taken_down", "Taken down"


class Dialect(models.TextChoices):
    """How a target wants to be spoken to."""

    STANDARD = "standard", "Webhook"
    SLACK = "slack", "Slack, Mattermost"
    TEAMS = "teams", "Microsoft Teams"


class Target(models.Model):
    """A URL of another system that playbooks send events or chat messages to. Its URL and secrets are never shown.

    Removed: URL and secrets are gone, the row stays for the messages that went there. `former_secret` signs beside the
    secret until `former_until`. After failures nothing is sent before `rests_until`: one that hangs costs little.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    dialect = models.CharField(max_length=10, choices=Dialect)
    host = models.CharField(max_length=300, help_text="of the URL: all of it that is shown")
    url = models.TextField(help_text="a secret: those of chats are their own password")
    secret = models.CharField(max_length=200, blank=True)
    former_secret = models.CharField(max_length=200, blank=True)
    former_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    off_because = models.CharField(max_length=300, blank=True, help_text="why Mainstay switched it off by itself")
    failures = models.IntegerField(default=0, help_text="attempts in a row that failed and may pass")
    rests_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(removed_at__isnull=True), name="one_target_of_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one recipient over one channel. The id is derived from what asked for it.

    To a contact: `contact`, `category`, and `address`, the recipient in lower case, which is what a person is told by
    where she is a contact of several accounts. To a target: `target`. To a user of ours these are empty.

    A message in the app is sent by nobody: it is queued without `next_attempt_at` until the browser of its recipient
    has shown it, which makes it sent.
    """

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(max_length=30)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=254, blank=True)
    category = models.CharField(max_length=30, blank=True)
    target = models.ForeignKey(Target, null=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=80, blank=True, help_text="what asked for it: playbook:KEY")
    origin_step = models.CharField(max_length=60, blank=True)
    sender = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    thread = models.UUIDField(null=True, help_text="the id of the first message of the conversation")
    held_out = models.BooleanField(default=False)
    not_after = models.DateTimeField(null=True, help_text="when it is of no use any more")
    state = models.CharField(max_length=10, default=State.QUEUED, choices=State)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True, help_text="when it left, or may have left: what caps count")
    note = models.TextField(blank=True, help_text="why it waits or was refused, as decided last")
    content = models.JSONField(default=dict, help_text="of a message in the app: content.Content")
    became = models.CharField(max_length=10, blank=True, choices=Became, help_text="of a message in the app")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # All that `upkeep` compares, and a condition that follows from the last of it: SQLite sees no further.
            models.Index(
                fields=["channel", "state", "became", "not_after"],
                condition=models.Q(not_after__isnull=False),
                name="delivery_of_use_until",
            ),
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["address", "left_at"], name="delivery_of_person"),
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
            # A condition with a list of states would be of no use on SQLite, which binds the values it is asked for.
            models.Index(fields=["origin", "state", "created_at"], name="delivery_of_origin"),
            models.Index(fields=["target", "-created_at"], name="delivery_of_target"),
        ]

    @property
    def standing(self) -> str:
        """Where it stands, in a word; of a message in the app what became of it."""
        return str(Became(self.became).label if self.became else State(self.state).label)


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


class Receipt(models.Model):
    """Something that became of a message to a contact (`receipts.ReceiptKind`), until and after it is an event."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    detail = models.CharField(max_length=2_000, blank=True, help_text="the link, what the other server said…")
    mark = models.CharField(max_length=16, help_text="a hash of the detail: the same happens once")
    passed_on_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(passed_on_at=None), name="receipt_waits"),
        ]
        constraints = [models.UniqueConstraint(fields=["delivery", "kind", "mark"], name="one_receipt_of_a_kind")]


class AccountMessage(models.Model):
    """A message in the app for everybody at an account. Each person gets a delivery of her own when she comes by."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    personas = models.JSONField(default=list, help_text="only these; empty: everybody")
    category = models.CharField(max_length=30)
    subject = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    origin = models.CharField(max_length=80, blank=True, default="", help_text="what asked for it: playbook:KEY")
    origin_step = models.CharField(max_length=60, blank=True, default="")
    not_after = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["account", "not_after"], name="account_message_alive")]


class ChecklistItem(models.Model):
    """A line of a checklist one person sees. `event`: in lower case, ticks it when it comes from her."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    number = models.IntegerField()
    event = models.CharField(max_length=200, blank=True)
    ticked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["delivery", "number"]
        indexes = [
            models.Index(
                fields=["event"], condition=models.Q(ticked_at=None) & ~models.Q(event=""), name="checklist_item_waits"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="checklist_item_number")]


class InAppSetup(models.Model):
    """The one row of settings of messages in the app. Secrets are derived (`inapp.identity`), never kept."""

    origins = models.JSONField(default=list, help_text="the only sites whose pages may ask: https://app.example.com")
    salt = models.CharField(max_length=64, blank=True, help_text="of the secret in force; empty: there is none")
    former_salt = models.CharField(max_length=64, blank=True)
    former_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="when a browser asked last")
    seen_origin = models.CharField(max_length=300, blank=True)
    seen_version = models.CharField(max_length=20, blank=True)
    ticked_until = models.DateTimeField(null=True, help_text="how far events were looked at for checklists")


class StoredPolicy(models.Model):
    """The one policy in force: `policy.Policy` as JSON. No row: the shipped one."""

    document = models.JSONField()
    saved_at = models.DateTimeField()


class Choice(models.Model):
    """What a person chose about a category (`*`: everything but service), by e-mail address in lower case."""

    address = models.CharField(max_length=254)
    category = models.CharField(max_length=30)
    is_allowed = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "category"], name="one_choice_a_category")]


class ConsentEntry(models.Model):
    """How a choice came about. Appended, never changed: it proves a consent. `is_allowed` None: taken back."""

    address = models.CharField(max_length=254, db_index=True)
    category = models.CharField(max_length=30)
    is_allowed = models.BooleanField(null=True)
    at = models.DateTimeField()
    how = models.CharField(max_length=200, help_text="the preference page, one click in the mail program, a user…")
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]


class SuppressionKind(models.TextChoices):
    """Why nothing goes to an address."""

    BOUNCE = "bounce", "Bounced"
    COMPLAINT = "complaint", "Complained"
    MANUAL = "manual", "Added by hand"


class Suppression(models.Model):
    """An address in lower case nothing is sent to any more, whatever its owner chose."""

    address = models.CharField(max_length=254, unique=True)
    kind = models.CharField(max_length=10, choices=SuppressionKind)
    reason = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["-since", "-id"], name="suppression_newest")]


class Stop(models.Model):
    """An emergency stop of all sending, in force while `is_on`."""

    is_on = models.BooleanField(default=True)
    reason = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["is_on"], condition=models.Q(is_on=True), name="one_stop_at_a_time")
        ]


class Incoming(models.Model):
    """A mail that came back and was looked at, once. Of what is about nobody we know nothing but that is kept."""

    key = models.CharField(max_length=64, unique=True, help_text="a hash of its Message-ID")
    kind = models.CharField(max_length=12, help_text="person, automatic, bounce, list, own, broken")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="replies")
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, help_text="how it was matched, or what was wrong")

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(
                fields=["account", "received_at"],
                name="incoming_reply",
                condition=models.Q(kind="person", account__isnull=False),
            )
        ]


class Mailbox(models.Model):
    """How far a mailbox was read: `uid` is good while its `uid_validity` stays the same (RFC 9051, 2.3.1.1)."""

    name = models.CharField(max_length=300, unique=True, help_text="user, host and folder")
    uid_validity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(default=0, help_text="the last one that was taken")
    read_at = models.DateTimeField(null=True, help_text="when it was read last without a problem")
    problem = models.CharField(max_length=500, blank=True)
    problem_since = models.DateTimeField(null=True)
