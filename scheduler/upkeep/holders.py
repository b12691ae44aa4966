"""The duty that ends the runs of the dead, so that a service is free before anybody asks for it."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import end_dead_holder
from scheduler.models import Execution, Origin, Presence, Service
from scheduler.upkeep.troubles import Troubles


class DeadHolders:
    """Runs of coordinated services that are RUNNING while their runner's heartbeat has expired."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles

    def batches(self, now: datetime) -> Iterator[int]:
        """A service a batch. Where there is no dead holder, that is one read."""
        for run in held_by_the_dead(now).select_related("service"):
            name = f"Ending the dead holder of {run.service.slug}"
            if self._troubles.is_resting(name):
                continue
            ended = 0
            with self._troubles.contained(name):
                ended = _end(run.service)
            yield ended


def held_by_the_dead(now: datetime) -> QuerySet[Execution]:
    """A few rows to look at: what is running, by the index of just these."""
    alive = Presence.objects.filter(
        service=OuterRef("service"), runner=OuterRef("runner"), expires_at__gte=now
    )
    return Execution.objects.filter(
        ~Exists(alive),
        status=Status.RUNNING.value,
        origin=Origin.CLAIMED.value,
        service__archived_at=None,
        service__deleted_at=None,
    ).order_by("service")


def _end(service: Service) -> int:
    try:
        return int(end_dead_holder(service) is not None)
    except Service.DoesNotExist:
        # Deleted in between: nothing of it is held any more.
        return 0
