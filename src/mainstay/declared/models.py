"""What was last applied from files."""

from django.db import models


class Applied(models.Model):
    """A thing as a file last declared it. When what is stored says something else, somebody changed it elsewhere."""

    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=100)
    document = models.JSONField()
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["kind", "key"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="applied_once")]
