"""Scorecards, their versions, and the present health of each account. Past health is kept in the lake."""

from django.db import models


class Band(models.TextChoices):
    """What a score means. `unknown`: below the scorecard's minimum coverage there is no score."""

    GREEN = "green", "Healthy"
    YELLOW = "yellow", "Moderate"
    RED = "red", "At risk"
    UNKNOWN = "unknown", "Unknown"


class Scorecard(models.Model):
    """A declared weighting of metrics. Which accounts it serves is a condition on account fields."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    position = models.IntegerField(default=0, help_text="the first scorecard whose condition holds serves the account")
    archived_at = models.DateTimeField(
        null=True, help_text="from then on it serves nobody; its versions stay, past scores were made with them"
    )

    class Meta:
        ordering = ["position", "key"]


class ScorecardVersion(models.Model):
    """One published version of a scorecard; `document` is what the YAML file says."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    document = models.JSONField()
    is_shipped = models.BooleanField(default=False, help_text="came with the product, not from a person")
    is_from_file = models.BooleanField(default=False, help_text="came from a file in MAINSTAY_HOME/scorecards")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True, help_text="why, in the words of who published it")
    restores = models.IntegerField(null=True, help_text="the earlier version that it brought back")

    class Meta:
        ordering = ["scorecard", "version"]
        constraints = [models.UniqueConstraint(fields=["scorecard", "version"], name="scorecard_version")]


class Draft(models.Model):
    """A scorecard that somebody is writing: one for each scorecard and author, any number of new ones.

    `content` is what was typed, right or wrong, so that nothing is lost; `revision` counts its savings, so that two
    people (or two windows) do not overwrite each other unseen.
    """

    scorecard = models.ForeignKey(Scorecard, null=True, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    base = models.ForeignKey(
        ScorecardVersion, null=True, on_delete=models.SET_NULL, related_name="+", help_text="what it began from"
    )
    content = models.JSONField()
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    window = models.CharField(
        max_length=40, blank=True, help_text="which window of whose browser saved it: that one may save on"
    )

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["scorecard", "author"], name="draft_of_author")]


class Shadow(models.Model):
    """A scorecard that every refresh scores beside the one in force. Pages show it; nothing acts on it.

    `document` is what runs: writing on the draft it came from does not change it.
    """

    class Outcome(models.TextChoices):
        """How it ended; empty while it runs."""

        STOPPED = "stopped", "Stopped"
        PUBLISHED = "published", "Published"
        REPLACED = "replaced", "Replaced by another draft"

    key = models.CharField(max_length=60, help_text="of the scorecard it would be a version of")
    document = models.JSONField()
    draft = models.ForeignKey(Draft, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    scored_at = models.DateTimeField(null=True, help_text="the refresh that looked at it last")
    context = models.JSONField(
        default=dict, help_text="what else its scores rest on: {day, late, cards}; while equal, only profiles matter"
    )

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(ended_at=None), name="one_running_shadow")
        ]

    @property
    def is_running(self) -> bool:
        """Whether refreshes score it."""
        return self.ended_at is None


class ShadowScore(models.Model):
    """The present score of an account under a shadow, where the shadow would give it another scorecard."""

    shadow = models.ForeignKey(Shadow, on_delete=models.CASCADE, related_name="scores")
    # Written in bulk while accounts may be deleted: a row that is left over does no harm, a refused refresh would.
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    score = models.IntegerField(null=True)
    band = models.CharField(max_length=8, help_text="none: no scorecard would serve the account")
    coverage = models.FloatField()
    fingerprint = models.BigIntegerField(help_text="of the profile it was scored from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shadow", "account"], name="shadow_account")]
        indexes = [models.Index(fields=["account"], name="shadow_of_account")]


class Health(models.Model):
    """The present score of an account. Narrow columns first: lists filter and sort on them; `detail` explains."""

    account = models.OneToOneField("accounts.Account", primary_key=True, on_delete=models.CASCADE, related_name="+")
    scorecard_version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    score = models.IntegerField(null=True)
    band = models.CharField(max_length=8)
    coverage = models.FloatField(help_text="0 to 1: the share of the weight whose measures are known")
    is_rolled_up = models.BooleanField(
        default=False, help_text="score, band and coverage are those of its child accounts: it has none of its own"
    )
    has_late = models.BooleanField(default=False, help_text="a measure is left out because its source is late")
    as_of = models.DateTimeField(help_text="when this row was last written; unchanged accounts are not, see ScoringRun")
    band_since = models.DateTimeField()
    previous_band = models.CharField(max_length=8, blank=True)
    score_7d_ago = models.IntegerField(null=True)
    change_7d = models.IntegerField(
        null=True,
        help_text="score less that of seven days ago, by the same rule if it is a new one; null while a source is late",
    )
    cause = models.CharField(max_length=200, blank=True, help_text="what moved the score most, in a few words")
    weeks = models.JSONField(default=list, help_text="the scores of the last twelve weeks, oldest first, null: unknown")
    detail = models.JSONField(
        default=dict,
        help_text="{values, good, slipped}: what `scoring.score` needs to give the whole explanation again",
    )
    fingerprint = models.BigIntegerField(
        help_text="of the profile it was scored from: an equal one need not be scored again"
    )

    class Meta:
        indexes = [
            models.Index(fields=["band", "score"], name="health_band_score"),
            models.Index(fields=["change_7d", "account"], name="health_change"),
            models.Index(fields=["score", "account"], name="health_score"),
            # A narrow copy in the order of accounts, read by lists and sums over all of them.
            models.Index(
                fields=["account", "band", "score", "change_7d", "band_since", "previous_band", "coverage"],
                name="health_narrow",
            ),
        ]


class BackfillState(models.TextChoices):
    """Where a backfill stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped by an error"
    CANCELLED = "cancelled", "Cancelled"


class BackfillRun(models.Model):
    """A backfill that somebody asked for in the browser. Carried out in the background, the latest month first."""

    id = models.UUIDField(primary_key=True)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="inclusive")
    every = models.CharField(max_length=10, help_text="day, week, month")
    state = models.CharField(max_length=10, default=BackfillState.WAITING, choices=BackfillState)
    days = models.IntegerField(help_text="how many days it is about")
    days_done = models.IntegerField(default=0)
    computed = models.IntegerField(default=0, help_text="days whose profiles were computed; the others were kept")
    scored = models.IntegerField(default=0, help_text="days that were scored")
    reached = models.DateField(null=True, help_text="its days from this one on are done; null: none")
    turn = models.IntegerField(default=0, help_text="counts the jobs that carry it out: only the latest one may")
    error = models.TextField(blank=True)
    failed_on = models.DateField(null=True, help_text="the day that could not be computed")
    asked_at = models.DateTimeField(db_index=True)
    asked_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(help_text="when something was last heard of it")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]


class ScoringRun(models.Model):
    """One scoring of all accounts, with the age its sources had."""

    as_of = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField()
    accounts = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    sources = models.JSONField(default=dict, help_text="source: {last_received_at, is_late}")

    class Meta:
        ordering = ["-pk"]
