"""The loop around a collector: poll, wait, and go on through outages. Reads nothing itself."""

import logging
from collections.abc import Callable

from scheduler.db.outages import pause_seconds
from scheduler.errors import Unavailable

# They log every failed attempt; we say once that an outage began and once that it is over.
_CHATTY = ("pynenc", "psycopg.pool")


def keep_polling[Sight](
    poll: Callable[[], Sight],
    *,
    every_seconds: float,
    wait: Callable[[float], bool],
    on_sight: Callable[[Sight], None],
    on_lost: Callable[[Unavailable], None],
) -> None:
    """Poll until ``wait`` says that it was asked to stop.

    ``wait(seconds)`` returns True as soon as it is, False when the time is up. A poll that raises
    Unavailable is told to ``on_lost``, every time, and tried again; anything else it raises ends
    the loop.
    """
    failures = 0
    while True:
        try:
            sight = poll()
        except Unavailable as problem:
            failures += 1
            on_lost(problem)
        else:
            failures = 0
            on_sight(sight)
        if wait(pause_seconds(every_seconds, failures)):
            return


def quiet_libraries() -> None:
    """Have the libraries below keep to themselves what we say in our own words."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
