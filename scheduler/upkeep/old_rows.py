"""The duty that prunes: what services need not keep any longer goes, small bit by small bit."""

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

    def bits(self, now: datetime) -> Iterator[int]:
        """Bits of one service after the other, in turn, until none has more that may go."""
        pending = list(Service.objects.active().order_by("pk"))
        while pending:
            for service in tuple(pending):
                name = f"Pruning {service.slug}"
                bit = Pruned(is_done=True)
                if not self._troubles.is_resting(name):
                    with self._troubles.contained(name):
                        bit = self._pruner.prune(service, now=now)
                if bit.is_done:
                    pending.remove(service)
                else:
                    yield bit.rows
