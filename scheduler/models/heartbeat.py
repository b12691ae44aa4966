"""Single heartbeats of observed services."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from scheduler.core.cycle.presences import BeatMark
from scheduler.models.runner import Runner
from scheduler.models.service import Service


class Heartbeat(models.Model):
    """One reported heartbeat.

    Reports may come late, twice and out of order, and still have to end in the same presences.
    Intervals alone cannot be split again where a late beat changes the eligibility, so the single
    beats are kept as well, and a late one lays its runner's presences anew
    (scheduler.intake.reports).
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="heartbeats")
    runner = models.ForeignKey(Runner, on_delete=models.CASCADE, related_name="heartbeats")
    at = models.DateTimeField()
    eligible = models.BooleanField()
    # How long this beat keeps the runner alive: dead_after_seconds of the policy in force at it.
    good_for_seconds = models.FloatField()

    objects: ClassVar[models.Manager["Heartbeat"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Also the index of "this runner's beats in order", from which presences are laid.
            models.UniqueConstraint(
                name="heartbeat_once_a_moment", fields=("service", "runner", "at")
            ),
        )

    def __str__(self) -> str:
        return f"{self.runner_id} {self.at.isoformat()}"

    @property
    def good_until(self) -> datetime:
        """Its runner is alive until then, where nothing else is known."""
        return self.at + timedelta(seconds=self.good_for_seconds)

    @property
    def mark(self) -> BeatMark:
        """The same as the core's frozen value."""
        return BeatMark(at=self.at, eligible=self.eligible, good_for_seconds=self.good_for_seconds)
