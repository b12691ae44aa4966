"""`manage.py worker`: sums up every cycle when it is over, until stopped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler.collectors.loop import Unavailable, keep_polling
from scheduler.management.stopping import stop_signals
from scheduler.worker import Round, Worker

EVERY_SECONDS = 1.0


class Command(BaseCommand):
    """Does the upkeep of the configured database."""

    help = (
        "Sum up the cycles of every service as they end, and again when a late report changes one: "
        "the strips and incidents of the pages come from these summaries. Several may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do what is due now, and end (for cron)"
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        worker = Worker()
        if once:
            try:
                self._until_done(worker)
            except Unavailable as problem:
                raise CommandError(f"{problem}. Nothing is lost; run it again.") from problem
            return
        lost = False

        def told(done: Round) -> None:
            nonlocal lost
            if lost:
                self._say("The database is back.")
            lost = False
            if done.summaries:
                self._say(f"{done.at:%H:%M:%S} UTC: {_cycles(done.summaries)} summed up.")

        def failed(problem: Unavailable) -> None:
            nonlocal lost
            if not lost:
                self._say(f"{problem}. Nothing is lost; trying again.")
            lost = True

        with stop_signals() as wait:
            keep_polling(
                worker.work,
                every_seconds=EVERY_SECONDS,
                wait=wait,
                on_sight=told,
                on_lost=failed,
            )
        self._say("Stopped.")

    def _until_done(self, worker: Worker) -> None:
        total, is_done = 0, False
        while not is_done:
            done = worker.work()
            total, is_done = total + done.summaries, done.is_done
        self._say(f"{_cycles(total)} summed up.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _cycles(number: int) -> str:
    return f"{number:,} {'cycle' if number == 1 else 'cycles'}"
