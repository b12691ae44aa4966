"""Collectors inside a worker: each polls in a thread of its own, while its worker holds the lease.

A thread, because a fleet's store that hangs must hold up neither the rounds of the upkeep nor their
heartbeats; and no process, because a collector is kept from lease to lease, and an app that was
imported once is looked at again within milliseconds of a handover. A poll that hangs into another
worker's lease does no harm: whatever two collectors report is kept once.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

from scheduler.collectors.announcer import Announcer
from scheduler.collectors.configured import ConfiguredCollector
from scheduler.collectors.loop import keep_polling
from scheduler.collectors.pynenc.app import load_app
from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.collectors.sight import Sight
from scheduler.core.cycle.looks import look_good_for_seconds
from scheduler.db.outages import one_line, pause_seconds
from scheduler.errors import Refused, Unavailable

EVERY_SECONDS = 2.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCollector:
    """How it polls, who says what it sees, and what leaves nothing running."""

    poll: Callable[[], Sight]
    on_sight: Callable[[Sight], None]
    on_lost: Callable[[Unavailable], None]
    close: Callable[[], None] = lambda: None


class Watcher:
    """One collector. ``prepare`` may take its time, and may fail: it is tried again."""

    def __init__(
        self,
        name: str,
        prepare: Callable[[], ReadyCollector],
        *,
        say: Callable[[str], None],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._name = name
        self._prepare = prepare
        self._say = say
        self._every_seconds = every_seconds
        self._changed = threading.Condition()
        self._allowed_until = 0.0
        self._is_stopping = False
        self._failures = 0
        self._complaint = ""
        # Nothing waits for a thread whose app never answers.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def allow(self, seconds: float) -> None:
        """Poll for so many seconds from now."""
        with self._changed:
            self._allowed_until = time.monotonic() + seconds
            self._changed.notify_all()

    def rest(self) -> None:
        """Begin no other poll."""
        self.allow(0.0)

    def stop(self) -> None:
        """Begin no other poll, ever. Waits for nothing."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the poll in hand; False where it takes longer than that."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._watch():
                if self._wait(pause_seconds(self._every_seconds, self._failures)):
                    return
        finally:
            # A thread has connections of its own, which nobody else would close.
            connections.close_all()

    def _watch(self) -> bool:
        """Watch until asked to stop (True), or until that fails."""
        try:
            ready = self._prepare()

            def seen(sight: Sight) -> None:
                # A look that went well ends the failures: to prepare may succeed every time.
                self._failures, self._complaint = 0, ""
                ready.on_sight(sight)

            try:
                # Prepared while another worker still holds the lease, it waits here for its turn.
                if not self._wait(0.0):
                    keep_polling(
                        ready.poll,
                        every_seconds=self._every_seconds,
                        wait=self._wait,
                        on_sight=seen,
                        on_lost=ready.on_lost,
                    )
            finally:
                ready.close()
        except Refused as error:
            self._complain(str(error))
        except Exception as error:
            if self._complain(f"It failed: {one_line(error)}."):
                _logger.exception("The collector of %s failed", self._name)
        else:
            return True
        return False

    def _complain(self, complaint: str) -> bool:
        """Say it, unless it was the last thing said."""
        self._failures += 1
        if complaint == self._complaint:
            return False
        self._complaint = complaint
        self._say(f"{complaint} Everything else goes on; trying again.")
        return True

    def _wait(self, seconds: float) -> bool:
        """Until the time is up and polling is allowed (False), or stopping is asked for (True)."""
        earliest = time.monotonic() + seconds
        with self._changed:
            while not self._is_stopping:
                now = time.monotonic()
                if earliest <= now < self._allowed_until:
                    return False
                # Too early: until it is time. Not allowed: until somebody allows it, or stops.
                self._changed.wait(earliest - now if now < earliest else None)
        return True


class Watchers:
    """All collectors of a worker, allowed and stopped together."""

    def __init__(self, watchers: Sequence[Watcher] = ()) -> None:
        self._watchers = tuple(watchers)

    def start(self) -> None:
        for each in self._watchers:
            each.start()

    def allow(self, seconds: float) -> None:
        for each in self._watchers:
            each.allow(seconds)

    def rest(self) -> None:
        for each in self._watchers:
            each.rest()

    def stop(self, *, patience_seconds: float) -> bool:
        """End them; False where the poll of one takes longer than that, and is left to itself."""
        for each in self._watchers:
            each.stop()
        # One patience for all of them together.
        until = time.monotonic() + patience_seconds
        return all(each.join(max(0.0, until - time.monotonic())) for each in self._watchers)


def watchers_of(
    configured: Sequence[ConfiguredCollector],
    *,
    say: Callable[[str], None],
    every_seconds: float = EVERY_SECONDS,
) -> Watchers:
    """What is configured, not started yet. Each line that is said begins with its slug."""
    return Watchers([_watcher(each, say, every_seconds) for each in configured])


def _watcher(
    configured: ConfiguredCollector, say: Callable[[str], None], every_seconds: float
) -> Watcher:
    slug = configured.slug

    def say_of(line: str) -> None:
        say(f"{slug}: {line}")

    def prepare() -> ReadyCollector:
        announcer = Announcer(say_of, every_seconds=every_seconds)
        collector = PynencCollector(
            load_app(configured.app),
            slug=slug,
            good_for_seconds=look_good_for_seconds(every_seconds),
            every_seconds=every_seconds,
            path=configured.app,
        )
        return ReadyCollector(
            poll=collector.poll,
            on_sight=announcer.sight,
            on_lost=announcer.lost,
            close=collector.close,
        )

    return Watcher(slug, prepare, say=say_of, every_seconds=every_seconds)
