"""`manage.py worker`: does its share of the upkeep, until stopped."""

import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from scheduler.collectors.loop import quiet_libraries
from scheduler.collectors.watchers import watchers_of
from scheduler.errors import Unavailable
from scheduler.management.explained import ExplainedCommand
from scheduler.management.stopping import stop_signals
from scheduler.upkeep.duties import Upkeep
from scheduler.upkeep.member import Member
from scheduler.upkeep.worker import Worker

# What a collector gets to finish the look in hand.
PATIENCE_SECONDS = 2.0


class Command(ExplainedCommand):
    """Does the upkeep of the configured database."""

    help = (
        "Do the upkeep: sum up the cycles of every service as they end, and again when a late "
        "report changes one; end the runs of dead runners; remove what need not be kept any "
        "longer; poll the configured collectors. Several may run: they take leases, as runners of "
        "the service slotwatch-upkeep."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="do what is due now, beside any workers, and end (for cron); no collectors",
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        upkeep = Upkeep(say=self.say)
        if once:
            self._until_done(upkeep)
            return
        quiet_libraries()
        collectors = watchers_of(settings.SLOTWATCH_COLLECTORS, say=self.say)
        with stop_signals() as wait:
            collectors.start()
            worker = Worker(
                Member(host=socket.gethostname(), pid=os.getpid()),
                upkeep,
                collectors=collectors,
                wait=wait,
                say=self.say,
            )
            try:
                worker.work()
            finally:
                if not collectors.stop(patience_seconds=PATIENCE_SECONDS):
                    self.say("A collector is left in the middle of a look that takes too long.")
        self.say("Stopped.")

    def _until_done(self, upkeep: Upkeep) -> None:
        totals: dict[str, int] = {}
        is_done = False
        # A round leaves a long backlog to the next one.
        while not is_done:
            try:
                done = upkeep.work()
            except Unavailable as problem:
                raise CommandError(f"{problem}. Nothing is lost; run it again.") from problem
            totals = {name: totals.get(name, 0) + rows for name, rows in done.rows.items()}
            is_done = done.is_done
        self.say(f"{upkeep.words(totals) or 'Nothing was due'}.")
        failed = upkeep.troubles.names()
        if failed:
            # To cron, an exit code of 0 would say that all was done.
            raise CommandError(f"Not done: {', '.join(failed)}. Run it again.")
