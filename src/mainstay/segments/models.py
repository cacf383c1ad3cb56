"""Saved segments and who is in them."""

from django.db import models


class Segment(models.Model):
    """A named condition. Shared ones are everybody's; others belong to their owner."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    condition = models.TextField()
    owner = models.ForeignKey("people.User", null=True, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField(default=True)
    is_shipped = models.BooleanField(default=False, help_text="came with the product and was not changed by a person")
    position = models.IntegerField(default=0)
    member_count = models.IntegerField(default=0, help_text="as of the last refresh")
    problem = models.TextField(blank=True, help_text="why the condition can no longer be taken; its members stay")

    class Meta:
        ordering = ["position", "name", "pk"]

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
