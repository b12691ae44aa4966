"""`manage.py watch_pynenc MODULE.ATTRIBUTE`: record what a pynenc fleet does, until stopped."""

import argparse
import math
from contextlib import closing
from typing import Any

from django.core.management.base import CommandParser

from scheduler.collectors.announcer import Announcer
from scheduler.collectors.loop import keep_polling, quiet_libraries
from scheduler.collectors.pynenc.app import default_slug, load_app
from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.core.cycle.looks import look_good_for_seconds
from scheduler.management.explained import ExplainedCommand
from scheduler.management.stopping import stop_signals

_LONGEST_PAUSE_SECONDS = 86_400.0


class Command(ExplainedCommand):
    """Keeps an observed service in step with a pynenc app."""

    help = (
        "Watch a pynenc app: its runners and the executions of its atomic service are recorded, "
        "under the app's own policy, until this command is stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "app",
            metavar="MODULE.ATTRIBUTE",
            help="where the app is, such as shop.tasks.app; the current directory is searched too",
        )
        parser.add_argument(
            "--service",
            metavar="SLUG",
            help="the observed service to record under (default: made of the app's id)",
        )
        parser.add_argument(
            "--every",
            metavar="SECONDS",
            type=_seconds,
            default=2.0,
            help="seconds between two looks (default: %(default)s)",
        )

        parser.add_argument(
            "--replace",
            action="store_true",
            help="give the service over to this app, although it was watched from another app or "
            "store; what was recorded stays",
        )

    def handle(
        self,
        *args: Any,
        app: str,
        service: str | None,
        every: float,
        replace: bool,
        **options: Any,
    ) -> None:
        announcer = Announcer(self.say, every_seconds=every)
        found = load_app(app)
        collector = PynencCollector(
            found,
            slug=service or default_slug(found),
            good_for_seconds=look_good_for_seconds(every),
            every_seconds=every,
            replace=replace,
            path=app,
        )
        quiet_libraries()
        with closing(collector), stop_signals() as wait:
            keep_polling(
                collector.poll,
                every_seconds=every,
                wait=wait,
                on_sight=announcer.sight,
                on_lost=announcer.lost,
            )
        announcer.stopped()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        # In no range, so that the sentence below says what would be right.
        seconds = math.nan
    if not 0 < seconds <= _LONGEST_PAUSE_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds above 0 and up to {_LONGEST_PAUSE_SECONDS:,.0f}, "
            "such as 2"
        )
    return seconds
