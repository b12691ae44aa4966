"""The upkeep that nobody has to ask for: so far, the summaries of cycles that are over.

One `Worker` does what is due, round after round; the command is manage.py worker.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import django.db

from scheduler import clock
from scheduler.collectors.loop import Unavailable, one_line
from scheduler.models import Service
from scheduler.summaries import Kept, keep_summaries, services_with_changes

# Between two batches everybody else gets a turn; so many of them, and the round is told.
BATCHES_A_ROUND = 20
_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did. ``is_done``: nothing more is due now."""

    at: datetime
    summaries: int
    is_done: bool


class Worker:
    """Remembers when the next cycle of each service is over, so that an idle round is two reads."""

    def __init__(self) -> None:
        # By service: when more is due, and the revision of its summaries of which that is so.
        self._due: dict[int, tuple[datetime, int]] = {}
        self._worked_at = _AT_ONCE

    def work(self) -> Round:
        """Do what is due.

        Raises:
            Unavailable: the database did not answer; nothing is lost, work again.
        """
        try:
            return self._work()
        except django.db.Error as error:
            self._due.clear()
            django.db.connection.close()
            raise Unavailable("Slotwatch's database", one_line(error)) from error

    def _work(self) -> Round:
        now = clock.now()
        if now < self._worked_at:
            # The clock jumped back: what was due then is no measure any more.
            self._due.clear()
        self._worked_at = now
        changed = services_with_changes()
        written, is_done = 0, True
        for service in Service.objects.order_by("pk"):
            if service.pk not in changed and self._is_at_rest(service, now):
                continue
            number, is_up_to_date = self._keep(service)
            written, is_done = written + number, is_done and is_up_to_date
        return Round(at=now, summaries=written, is_done=is_done)

    def _is_at_rest(self, service: Service, now: datetime) -> bool:
        due_at, revision = self._due.get(service.pk, (_AT_ONCE, 0))
        return due_at > now and revision == service.summary_revision

    def _keep(self, service: Service) -> tuple[int, bool]:
        """Up to so many batches of one service; how many summaries, and whether that was all."""
        written = 0
        for _ in range(BATCHES_A_ROUND):
            try:
                kept = keep_summaries(service)
            except Service.DoesNotExist:
                # It was deleted, and its summaries with it.
                return written, True
            written += kept.written
            if not _is_more(kept):
                self._due[service.pk] = kept.due_at or _AT_ONCE, kept.revision
                return written, True
        return written, False


def _is_more(kept: Kept) -> bool:
    return kept.due_at is not None and kept.due_at <= clock.now()
