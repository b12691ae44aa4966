"""Presences: heartbeats kept as unbroken lifespans."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from scheduler.core.cycle.presences import Lifespan, ended_before
from scheduler.models.runner import Runner
from scheduler.models.service import Service


class Presence(models.Model):
    """One unbroken lifespan of a runner's life with one eligibility.

    The runner is alive at t when ``started_at <= t <= expires_at``, both ends included, to the
    microsecond. A beat moves ``last_heartbeat_at`` and ``expires_at``; a beat after ``expires_at``
    or with another eligibility opens a new row (and then the old row ends one microsecond earlier).
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="presences")
    runner = models.ForeignKey(Runner, on_delete=models.CASCADE, related_name="presences")
    started_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    eligible = models.BooleanField(default=True)
    # The runner's seat in a coordinated service, kept so that a claim reads three rows and not the
    # fleet (scheduler.intake.seats). Empty for the ineligible, the expired and the observed.
    position = models.IntegerField(null=True, blank=True)

    objects: ClassVar[models.Manager["Presence"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Also the index of "this runner's latest lifespan", which every beat reads.
            models.UniqueConstraint(
                name="presence_once_a_moment", fields=("service", "runner", "started_at")
            ),
            models.CheckConstraint(
                name="presence_ends_after_start",
                condition=Q(last_heartbeat_at__gte=F("started_at"))
                & Q(expires_at__gte=F("last_heartbeat_at")),
            ),
            models.CheckConstraint(
                name="presence_seated_is_eligible", condition=Q(position=None) | Q(eligible=True)
            ),
        )
        indexes = (
            # Who was there in [from, to]: expires_at >= from, then started_at <= to.
            models.Index(name="presence_by_expiry", fields=("service", "expires_at", "started_at")),
            # The seats in order: which runner has seat k, how many seats there are.
            models.Index(
                name="presence_seats",
                fields=("service", "position"),
                condition=Q(position__isnull=False),
            ),
            # Which seated runner has expired (the first question of every claim).
            models.Index(
                name="presence_seated_by_expiry",
                fields=("service", "expires_at"),
                condition=Q(position__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.runner_id} {self.started_at.isoformat()} – {self.expires_at.isoformat()}"

    @property
    def lifespan(self) -> Lifespan:
        """The same as the core's frozen value."""
        return Lifespan(
            started_at=self.started_at,
            last_heartbeat_at=self.last_heartbeat_at,
            expires_at=self.expires_at,
            eligible=self.eligible,
        )

    def end_before(self, at: datetime) -> None:
        """Have it be ended by what followed it then; saves nothing."""
        # The core's rule, so that one beat and many at once lay the same lifespans.
        ended = ended_before(self.lifespan, at)
        self.last_heartbeat_at, self.expires_at = ended.last_heartbeat_at, ended.expires_at
