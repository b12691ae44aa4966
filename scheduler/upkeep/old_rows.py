"""The duty that prunes: what services need not keep any longer goes, one small batch after the
other."""

from collections.abc import Iterator
from datetime import datetime

from scheduler.models import Service
from scheduler.pruning.pruner import Pruned, Pruner
from scheduler.upkeep.troubles import Troubles


class OldRows:
    """Remembers through its `Pruner` how far it is: an idle round is one read of the services."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._pruner = Pruner()

    def batches(self, now: datetime) -> Iterator[int]:
        """Batches of one service after the other, in turn, until none has more that may go."""
        pending = list(Service.objects.active().order_by("pk"))
        while pending:
            for service in tuple(pending):
                name = f"Pruning {service.slug}"
                # What rests or fails waits for the next round.
                batch = Pruned(is_done=True)
                if not self._troubles.is_resting(name):
                    with self._troubles.contained(name):
                        batch = self._pruner.prune(service, now=now)
                if batch.is_done:
                    pending.remove(service)
                else:
                    yield batch.rows
