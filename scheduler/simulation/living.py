"""Fleets that go on in real time, step by step, until they are stopped."""

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event

from django.db import Error, close_old_connections

from scheduler.simulation.fleet import Fleet

RETRY_SECONDS = 2.0


def live(
    fleets: Sequence[Fleet],
    *,
    clock: Callable[[], datetime],
    stop: Event,
    say: Callable[[str], None],
) -> None:
    """Let every step happen when its time has come; those of a time slept through, at once.

    A step that the database refuses is said once and tried again until it succeeds.
    """
    lost = False
    while not stop.is_set():
        fleet = min(fleets, key=lambda each: each.next_at)
        wait = (fleet.next_at - clock()).total_seconds()
        if wait > 0 and stop.wait(wait):
            return
        try:
            fleet.step()
        except Error as error:
            if not lost:
                say(f"The database failed: {error}. The fleets stand still; trying again.")
            lost = True
            # A connection that broke stays broken: the next step makes another.
            close_old_connections()
            stop.wait(RETRY_SECONDS)
        else:
            if lost:
                say("The database is back; the fleets go on.")
            lost = False
