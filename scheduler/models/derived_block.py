"""Derived blocks: what an observed fleet was refused and did not write down."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from scheduler.models.acknowledgement import Acknowledgement
from scheduler.models.runner import Runner
from scheduler.models.service import Service


class DerivedBlock(models.Model):
    """One slot of a cycle that is over in which any start would have been refused.

    A verdict (`scheduler.core.judging.slot_judge`) that was derived, kept with its cycle's summary
    and written anew with it. No attempt: nobody knows whether the runner asked.
    """

    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="derived_blocks", db_index=False
    )
    runner = models.ForeignKey(Runner, on_delete=models.RESTRICT, related_name="derived_blocks")
    cycle_start = models.DateTimeField()
    # The part of the slot that the verdict speaks of.
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    # The run that held the service, where one did.
    prior_run_id = models.CharField(max_length=200, blank=True, default="")
    runner_position = models.IntegerField()
    stable_runner_count = models.IntegerField()
    # None where the slot has no window.
    slot_start = models.DateTimeField(null=True, blank=True)
    slot_end = models.DateTimeField(null=True, blank=True)
    acknowledgement = models.ForeignKey(
        Acknowledgement,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="derived_blocks",
        db_index=False,
    )

    objects: ClassVar[models.Manager["DerivedBlock"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Identity, by which a summary that is written anew finds its rows again.
            models.UniqueConstraint(
                name="derived_block_once",
                fields=("service", "cycle_start", "runner", "started_at"),
            ),
            models.CheckConstraint(name="derived_block_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="derived_block_ends_after_start", condition=Q(ended_at__gte=F("started_at"))
            ),
        )
        # As those of Execution that the blocked audit reads, and that acknowledgements do.
        indexes = (
            models.Index(name="derived_block_by_start", fields=("service", "-started_at", "-id")),
            models.Index(
                name="derived_block_by_runner", fields=("service", "runner", "-started_at", "-id")
            ),
            models.Index(
                name="derived_block_by_runner_reason",
                fields=("service", "runner", "reason", "-started_at", "-id"),
            ),
            models.Index(
                name="derived_block_by_reason",
                fields=("service", "reason", "-started_at", "-id"),
            ),
            models.Index(
                name="derived_block_unacknowledged",
                fields=("service", "-started_at", "-id"),
                condition=Q(acknowledgement=None),
            ),
            models.Index(
                name="derived_block_acknowledged",
                fields=("acknowledgement",),
                condition=Q(acknowledgement__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason} {self.started_at.isoformat()}"
