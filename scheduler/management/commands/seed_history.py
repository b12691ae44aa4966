"""`manage.py seed_history`: services with a long history, to try Slotwatch out with."""

import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from scheduler.db import clock
from scheduler.management.explained import ExplainedCommand
from scheduler.management.progress import progress
from scheduler.management.stopping import stop_signals
from scheduler.simulation.seeding.seed import (
    DEFAULT_PREFIX,
    Order,
    SeededService,
    plan_services,
    write,
)

# As of a process that Ctrl-C has ended.
INTERRUPTED = 130


class Command(ExplainedCommand):
    """Seeds the configured database; other services in it are left alone."""

    help = (
        "Write new services with a long history from the simulation, in bulk: runners that came "
        "and went, runs, blocked attempts. The first service has a quarter of the executions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name, default in (("executions", 100_000), ("runners", 100), ("services", 4)):
            parser.add_argument(
                f"--{name}", type=int, default=default, help="of all (default: %(default)s)"
            )
        parser.add_argument(
            "--seed", type=int, default=7, help="another number, another story (%(default)s)"
        )
        parser.add_argument(
            "--prefix",
            default=DEFAULT_PREFIX,
            help="services are called PREFIX-00, PREFIX-01 … (default: %(default)s)",
        )
        parser.add_argument(
            "--summarise-days",
            type=float,
            default=7.0,
            help="of so many last days the worker is to sum up the cycles (default: %(default)s)",
        )

    def handle(self, *args: Any, executions: int, **options: Any) -> None:
        begun = time.monotonic()
        days = options["summarise_days"]
        named = {name: options[name] for name in ("runners", "services", "seed", "prefix")}
        try:
            order = Order(executions=executions, now=clock.now(), summarised_days=days, **named)
            self.say("Playing what is to be told again and again.")
            # Worked out before the first row is written: what is refused leaves nothing behind.
            planned = plan_services(order)
        except ValidationError as problem:
            raise CommandError(f"--prefix {order.prefix}: {problem.message}") from problem
        written = self._write(planned, executions, out=options.get("stdout") or sys.stdout)
        seconds = time.monotonic() - begun
        if written < executions:
            raise CommandError(
                f"Stopped: {written:,} of {executions:,} executions are written. The services that "
                "exist now are whole, but for the last one of them.",
                returncode=INTERRUPTED,
            )
        self.say(
            f"{written:,} executions of {order.runners:,} runners in {order.services} services "
            f"({planned[0].slug} to {planned[-1].slug}) written in {seconds:.0f} s, "
            f"{written / seconds:,.0f} a second. The longest history begins on "
            f"{min(each.start for each in planned):%Y-%m-%d}."
        )
        self.say(
            f"The worker will sum up the cycles of the last {days:g} days; those before "
            "have no summaries (--summarise-days). Nothing of them is pruned by age."
        )

    def _write(self, planned: Sequence[SeededService], executions: int, *, out: TextIO) -> int:
        written = 0
        with (
            stop_signals() as wait,
            progress(executions, what="executions", out=out) as advance,
        ):
            for number in write(planned):
                written += number
                advance(number)
                # Between two transactions, where what is written is whole.
                if wait(0):
                    break
        return written
