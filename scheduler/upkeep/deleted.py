"""The duty that removes what is left of services that were deleted."""

from collections.abc import Iterator
from datetime import datetime

from scheduler.pruning.removal import Remover, in_removal
from scheduler.upkeep.troubles import Troubles


class DeletedServices:
    """Goes on where somebody stopped; an idle round is one read."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._removers: dict[int, Remover] = {}

    def batches(self, now: datetime) -> Iterator[int]:
        """A batch of one service after the other, in turn, until all are gone."""
        pending = in_removal()
        # Those that are still needed remember how far they are; the others are dropped.
        self._removers = {each.pk: self._removers.get(each.pk) or Remover(each) for each in pending}
        while pending:
            for service in tuple(pending):
                name = f"Removing {service.slug}"
                # What rests or fails waits for the next round.
                rows, is_done = 0, True
                if not self._troubles.is_resting(name):
                    with self._troubles.contained(name):
                        batch = self._removers[service.pk].remove()
                        rows, is_done = batch.rows, batch.is_done
                if is_done:
                    pending.remove(service)
                yield rows
