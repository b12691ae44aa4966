"""A runner: one member of a fleet, known since its first heartbeat."""

from typing import ClassVar

from django.db import models

from scheduler.models.service import Service

RUNNER_ID_MAX_LENGTH = 200


class Runner(models.Model):
    """One runner of one service. It is kept when the runner is gone: history points at it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="runners")
    runner_id = models.CharField(max_length=RUNNER_ID_MAX_LENGTH)
    # The first heartbeat ever seen of this id (the vocabulary's creation_time). Coming back after a
    # gap does not renew it; a report that knows of an earlier one moves it back.
    first_seen_at = models.DateTimeField()
    # Host and process, as the beat of ``identified_at`` told them (the latest that told any).
    host = models.CharField(max_length=200, blank=True, default="")
    pid = models.BigIntegerField(null=True, blank=True)
    identified_at = models.DateTimeField(null=True, blank=True)
    # The runner's clock minus ours, in seconds, from its last beat that carried its own time.
    clock_offset_seconds = models.FloatField(null=True, blank=True)

    objects: ClassVar[models.Manager["Runner"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Also the index of every look-up by the id that the fleet uses.
            models.UniqueConstraint(name="runner_once_a_service", fields=("service", "runner_id")),
        )

    def __str__(self) -> str:
        return self.runner_id
