"""`manage.py prune`: removes what the services need not keep, beside everything that goes on."""

from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic, perf_counter
from typing import Any

from django.core.management.base import CommandParser

from scheduler.cycles.backlog import owed_since
from scheduler.db import clock
from scheduler.known_services import services_by_slug
from scheduler.management.explained import ExplainedCommand
from scheduler.management.retention_words import retention_lines
from scheduler.management.stopping import stop_signals
from scheduler.models import Service
from scheduler.pruning.prunable import Table, presences, prunables
from scheduler.pruning.pruner import Pruner
from scheduler.retention.limits import horizon, start_of_newest
from scheduler.services import get_service
from scheduler.words.instants import utc

# After each batch, others have the database for as long as it took, and for so long at the least.
PAUSE_SECONDS = 0.002
PROGRESS_SECONDS = 5.0


class Command(ExplainedCommand):
    """Works on the configured database; may be stopped and started at any time."""

    after_an_outage = "What is removed is removed, and nothing else is lost; run it again."

    help = (
        "Remove what the services need not keep any longer (manage.py retention says what that "
        "is), in small batches that nobody has to wait for. The worker does the same all along."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--service", metavar="SLUG", help="only this one")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
        )

    def handle(self, *args: Any, service: str | None, dry_run: bool, **options: Any) -> None:
        services = [get_service(service)] if service else services_by_slug()
        with stop_signals() as wait:
            for each in services:
                for line in retention_lines(each):
                    self.say(line)
                if dry_run:
                    self._say_due(each)
                elif not self._prune(each, wait):
                    self.say("Stopped; the next call goes on from here.")
                    return
        if not services:
            self.say("There is no service yet.")

    def _say_due(self, service: Service) -> None:
        now = clock.now()
        number = service.keep_executions
        oldest_kept = None if number is None else start_of_newest(service, number)
        too_old = horizon(service, now, oldest_kept, owed_since=owed_since(service))
        due = {one.table: one.rows.count() for one in prunables(service, too_old)}
        if too_old.until is not None:
            due[Table.PRESENCES] = presences(service, too_old.until).rows.count()
        self.say(f"  would be removed: {_words(Counter(due))}")
        if too_old.until is not None and not service.is_coordinated:
            self.say("  and the heartbeats of that time, and those that add nothing to others")
        if too_old.waits_for is not None:
            self.say(_behind(service))

    def _prune(self, service: Service, wait: Callable[[float], bool]) -> bool:
        """Batch by batch, with pauses; False where it was stopped before it was done."""
        pruner, removed, told_at = Pruner(), Counter[Table](), monotonic()
        while True:
            begun = perf_counter()
            # Read again, so that it stops where more is to be kept from now on.
            batch = pruner.prune(Service.objects.filter(pk=service.pk).first() or service)
            if batch.table is not None:
                removed[batch.table] += batch.rows
            # The pause is the wait for a signal.
            is_stopped = not batch.is_done and wait(max(PAUSE_SECONDS, perf_counter() - begun))
            if batch.is_done or is_stopped:
                self.say(f"  removed: {_words(removed)}")
            if batch.is_done and batch.waits_for is not None:
                self.say(_behind(service))
            if batch.is_done or is_stopped:
                return batch.is_done
            if monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = monotonic()
                self.say(f"  so far: {_words(removed)}")


def _words(numbers: Mapping[Table, int]) -> str:
    told = [table.counted(numbers[table]) for table in Table if numbers.get(table)]
    return ", ".join(told) or "nothing"


def _behind(service: Service) -> str:
    until = service.summarised_until
    what = "Nothing of it is summed up yet" if until is None else f"Summed up until {utc(until)}"
    return (
        f"  {what}: more is too old, but is kept until its cycles are summed up. "
        "See that manage.py worker runs."
    )
