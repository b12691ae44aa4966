"""Summaries of cycles that are over, so that a day of them is one cheap read."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from scheduler.core.judging.outcome import Outcome
from scheduler.models.choices import choices_of
from scheduler.models.json_field import JsonField
from scheduler.models.service import Service


class CycleSummary(models.Model):
    """One cycle that is over, as it is known so far.

    Written once when the cycle closes, and again when something changes that lies in it
    (scheduler.cycles.summaries). Counts are those of `scheduler.core.judging.outcomes.CycleCounts`.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="summaries")
    cycle_start = models.DateTimeField()
    cycle_end = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=choices_of(Outcome))
    # The most runners that were in the plan at once.
    runner_count = models.IntegerField()
    started = models.IntegerField()
    completed = models.IntegerField()
    abandoned = models.IntegerField()
    # Blocks that began in it, each of them once.
    block_count = models.IntegerField(default=0)
    # Refused attempts, repeats included, and the same by reason.
    blocked = models.IntegerField()
    blocked_by_reason = JsonField(default=dict)
    # How many incidents it has, and each of them (scheduler.cycles.summary_json).
    incident_count = models.IntegerField()
    incidents = JsonField(default=list)
    # What became of each runner's slots (scheduler.cycles.summary_json).
    slots = JsonField(default=dict)

    objects: ClassVar[models.Manager["CycleSummary"]] = models.Manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "cycle summaries"
        constraints = (
            # Also the index of a strip: the cycles of one service in a range of time, in order.
            models.UniqueConstraint(
                name="cycle_summary_once_a_cycle", fields=("service", "cycle_start")
            ),
            models.CheckConstraint(
                name="cycle_summary_ends_after_start", condition=Q(cycle_end__gt=F("cycle_start"))
            ),
            # What goes on has no summary.
            models.CheckConstraint(
                name="cycle_summary_is_over",
                condition=Q(
                    outcome__in=[
                        outcome.value for outcome in Outcome if outcome is not Outcome.IN_PROGRESS
                    ]
                ),
            ),
        )
        indexes = (
            # What went wrong in a range of time: few rows, however many cycles were well.
            models.Index(
                name="cycle_summary_troubled",
                fields=("service", "cycle_start"),
                condition=Q(incident_count__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cycle_start.isoformat()} {self.outcome}"

    @classmethod
    def first_start(cls, service: Service) -> datetime | None:
        """When the first cycle of the service began that has a summary."""
        rows = cls.objects.filter(service=service).order_by("cycle_start")
        return rows.values_list("cycle_start", flat=True).first()
