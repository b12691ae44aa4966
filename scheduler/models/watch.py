"""When a collector was looking, so that a gap is known as a gap."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, When

from scheduler.models.service import Service


class Watch(models.Model):
    """One unbroken interval in which a collector watched an observed service.

    ``expires_at`` is as far as the last look speaks for, while the next one may still come.
    ``every_seconds`` is the pause between two looks, if it was told: of several collectors at once
    that of the one that looks most often.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="watches")
    collector = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    every_seconds = models.FloatField(null=True)

    objects: ClassVar[models.Manager["Watch"]] = models.Manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "watches"
        constraints = (
            models.UniqueConstraint(
                name="watch_once_a_moment", fields=("service", "collector", "started_at")
            ),
            models.CheckConstraint(
                name="watch_ends_after_start",
                condition=Q(last_seen_at__gte=F("started_at"))
                & Q(expires_at__gte=F("last_seen_at")),
            ),
        )
        indexes = (
            # Who was watching in [from, to].
            models.Index(name="watch_by_expiry", fields=("service", "expires_at", "started_at")),
        )

    def __str__(self) -> str:
        return f"{self.collector} {self.started_at.isoformat()} – {self.expires_at.isoformat()}"

    def known_until(self, now: datetime) -> datetime:
        """The last instant that was watched, as is known at ``now``.

        A collector that looks every few seconds and did not come again saw nothing after its last
        look. One that does not say how often it looks is taken at its word.
        """
        # A pause that was not told can't be missed.
        is_over = self.expires_at < now and self.every_seconds is not None
        return self.last_seen_at if is_over else self.expires_at


def known_until(now: datetime) -> Case:
    """`Watch.known_until` as an expression."""
    is_over = Q(expires_at__lt=now, every_seconds__isnull=False)
    return Case(When(is_over, then=F("last_seen_at")), default=F("expires_at"))
