"""Saved segments and who is in them."""

from typing import ClassVar

from django.db import models


class KeptSegments(models.Manager["Segment"]):
    """Those that nobody removed."""

    def get_queryset(self) -> models.QuerySet["Segment"]:
        return super().get_queryset().filter(removed_at=None)


class Segment(models.Model):
    """A named condition. Shared ones are everybody's; others belong to their owner.

    `objects` are the kept ones. A removed one stays a while with its memberships, so that it can be taken back.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    condition = models.TextField()
    condition_since = models.DateTimeField(
        null=True,
        help_text="who enters or leaves at this instant does so by the condition, which changed",
    )
    owner = models.ForeignKey("people.User", null=True, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField(default=True)
    is_shipped = models.BooleanField(default=False, help_text="came with the product and was not changed by a person")
    position = models.IntegerField(default=0)
    member_count = models.IntegerField(default=0, help_text="as of the last refresh")
    problem = models.TextField(blank=True, help_text="why the condition can no longer be taken; its members stay")
    removed_at = models.DateTimeField(null=True)

    objects = KeptSegments()
    with_removed: ClassVar[models.Manager["Segment"]] = models.Manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        # What cascades and what a membership leads to is not hidden.
        base_manager_name = "with_removed"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An account's stay in a segment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "account"],
                condition=models.Q(left_at=None),
                name="in_a_segment_once",
            )
        ]
        indexes = [
            models.Index(fields=["segment", "entered_at"], name="entered_a_segment"),
            models.Index(fields=["segment", "left_at"], name="left_a_segment"),
        ]
