"""Late changes: intervals of the past whose summaries have to be written again."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from scheduler.models.service import Service


class LateChange(models.Model):
    """Something was learnt about ``[start, end]`` after a cycle in it was over.

    Noted in the transaction of the change, and removed once the summaries of its cycles are written
    anew.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="late_changes")
    start = models.DateTimeField()
    end = models.DateTimeField()

    objects: ClassVar[models.Manager["LateChange"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                name="late_change_ends_after_start", condition=Q(end__gte=F("start"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.start.isoformat()} – {self.end.isoformat()}"
