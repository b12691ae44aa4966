"""A runner: one member of a fleet, known since its first heartbeat."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from scheduler.core.clocks.offset import ClockOffset
from scheduler.models.service import Service

RUNNER_ID_MAX_LENGTH = 200
HOST_MAX_LENGTH = 200
# Written together: a measurement is all three, or none (runner_clock_is_measured).
CLOCK_FIELDS = ("clock_offset_seconds", "clock_uncertainty_seconds", "clock_measured_at")


class Runner(models.Model):
    """One runner of one service. It is kept when the runner is gone: history points at it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="runners")
    runner_id = models.CharField(max_length=RUNNER_ID_MAX_LENGTH)
    # The first heartbeat ever seen of this id (the vocabulary's creation_time). Coming back after a
    # gap does not renew it; a report that knows of an earlier one moves it back.
    first_seen_at = models.DateTimeField()
    # Host and process, as the beat of ``identified_at`` told them (the latest that told any).
    host = models.CharField(max_length=HOST_MAX_LENGTH, blank=True, default="")
    pid = models.BigIntegerField(null=True, blank=True)
    identified_at = models.DateTimeField(null=True, blank=True)
    # The runner's clock minus ours, as one of its beats told: `clock` has the three together. A
    # measurement whose round trip is not known has no uncertainty.
    clock_offset_seconds = models.FloatField(null=True, blank=True)
    clock_uncertainty_seconds = models.FloatField(null=True, blank=True)
    clock_measured_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Runner"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Also the index of every look-up by the id that the fleet uses.
            models.UniqueConstraint(name="runner_once_a_service", fields=("service", "runner_id")),
            models.CheckConstraint(
                name="runner_clock_is_measured",
                condition=Q(
                    clock_offset_seconds=None,
                    clock_uncertainty_seconds=None,
                    clock_measured_at=None,
                )
                | Q(clock_offset_seconds__isnull=False, clock_measured_at__isnull=False)
                & (Q(clock_uncertainty_seconds=None) | Q(clock_uncertainty_seconds__gte=0)),
            ),
        )

    def __str__(self) -> str:
        return self.runner_id

    @property
    def clock(self) -> ClockOffset | None:
        """The measurement of its clock that is kept; None where it never told its time."""
        return ClockOffset.stored(
            self.clock_offset_seconds, self.clock_uncertainty_seconds, self.clock_measured_at
        )

    @clock.setter
    def clock(self, measured: ClockOffset) -> None:
        self.clock_offset_seconds = measured.offset_seconds
        self.clock_uncertainty_seconds = measured.uncertainty_seconds
        self.clock_measured_at = measured.measured_at
