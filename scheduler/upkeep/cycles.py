"""The duty that closes cycles: each is summed up when it is over, and when it changes late."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import django.db

from scheduler.cycles.summaries import Kept, keep_summaries, services_with_changes
from scheduler.db import clock
from scheduler.models import Service
from scheduler.upkeep.troubles import Troubles

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


class Cycles:
    """Remembers when the next cycle of each service is over, so that an idle round is two reads."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        # By service: when more is due, and the revision of its summaries of which that is so.
        self._due: dict[int, tuple[datetime, int]] = {}
        self._worked_at = _AT_ONCE
        # By service: its last batch, of all batches. Whoever waited longest is next.
        self._batches = count(1)
        self._served: dict[int, int] = {}

    def batches(self, now: datetime) -> Iterator[int]:
        """A batch of one service after the other, until none has more that is due."""
        if now < self._worked_at:
            # The clock jumped back: what was due then is no measure any more.
            self._due.clear()
        self._worked_at = now
        pending = sorted(self._pending(now), key=lambda each: self._served.get(each.pk, 0))
        while pending:
            # In turn, a batch each: the backlog of one service holds up no other.
            for service in tuple(pending):
                kept = self._batch(service)
                if kept is None or not _is_more(kept):
                    pending.remove(service)
                if kept is not None:
                    yield kept.written

    def _pending(self, now: datetime) -> list[Service]:
        changed = services_with_changes()
        return [
            service
            for service in Service.objects.active().order_by("pk")
            if (service.pk in changed or not self._is_at_rest(service, now))
            and not self._troubles.is_resting(_name(service))
        ]

    def _is_at_rest(self, service: Service, now: datetime) -> bool:
        due_at, revision = self._due.get(service.pk, (_AT_ONCE, 0))
        return due_at > now and revision == service.summary_revision

    def _batch(self, service: Service) -> Kept | None:
        """One batch; None where it failed, or the service is gone and its summaries with it."""
        self._served[service.pk] = next(self._batches)
        kept: Kept | None = None
        with self._troubles.contained(_name(service)):
            try:
                kept = keep_summaries(service)
            except Service.DoesNotExist:
                return None
            except django.db.Error:
                # The database may come back as another one.
                self._due.clear()
                raise
            if not _is_more(kept):
                self._due[service.pk] = kept.due_at or _AT_ONCE, kept.revision
        return kept


def _name(service: Service) -> str:
    return f"Summing up {service.slug}"


def _is_more(kept: Kept) -> bool:
    # Asked anew: a batch takes time, and cycles end meanwhile.
    return kept.due_at is not None and kept.due_at <= clock.now()
