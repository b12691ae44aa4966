"""A worker: one of those who share the upkeep, by leases that they claim as any runner claims.

What is done in a lease is `scheduler.upkeep`'s; the command is manage.py worker.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.outages import one_line, pause_seconds
from scheduler.errors import Refused, Unavailable
from scheduler.upkeep.duties import Round, Upkeep
from scheduler.upkeep.leased_work import ROUND_SECONDS, LeasedWork
from scheduler.upkeep.member import Lease, Member, Rest
from scheduler.words.instants import utc_time

DATABASE_AWAY = "database_away"
EXCEPTION = "exception"
# After the end of a window, so that a question comes in the next one.
_SLACK_SECONDS = 0.05
_logger = logging.getLogger(__name__)


class Collectors(Protocol):
    """What polls foreign fleets by itself, for as long as it is allowed to."""

    def allow(self, seconds: float) -> None: ...

    def rest(self) -> None: ...


@dataclass(slots=True)
class Worker:
    """``wait(seconds)`` returns True as soon as somebody asks to stop, False when the time is up;
    ``say`` is for people."""

    member: Member
    upkeep: Upkeep
    _: KW_ONLY
    collectors: Collectors
    wait: Callable[[float], bool]
    say: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic
    _is_member: bool = field(default=False, init=False)
    _away: bool = field(default=False, init=False)
    # A run that could not be ended when its lease was over, and why.
    _left_open: tuple[Lease, str] | None = field(default=None, init=False)

    def work(self) -> None:
        """Join, and take the leases that fall to this worker, until somebody asks to stop.

        Raises:
            Refused: there can be no upkeep here; says what to do.
        """
        failures = 0
        while not self.wait(0):
            try:
                self._rest(self._next())
            except Refused:
                raise
            except Unavailable as problem:
                failures += 1
                self._lost(problem)
                self.wait(pause_seconds(ROUND_SECONDS, failures))
            except Exception as error:
                failures += 1
                self.say(f"The worker failed ({one_line(error)}); trying again.")
                _logger.exception("The worker failed")
                self.wait(pause_seconds(ROUND_SECONDS, failures))
            else:
                failures = 0
        self._leave()

    def _next(self) -> Rest:
        # First: while that run is open, nobody gets a lease, and neither does this worker.
        if self._left_open is not None:
            lease, reason = self._left_open
            self.member.end(lease, Status.ABANDONED, reason)
            self._left_open = None
        if not self._is_member:
            rest = self.member.join()
            self._is_member = True
        else:
            answer = self.member.ask()
            rest = answer if isinstance(answer, Rest) else self._lease(answer)
        self._back()
        return rest

    def _lease(self, lease: Lease) -> Rest:
        leased_work = LeasedWork(
            lease,
            member=self.member,
            upkeep=self.upkeep,
            wait=self.wait,
            monotonic=self.monotonic,
            on_round=self._worked,
            on_lost=self._lost,
        )
        # No longer than the lease: polls end by themselves, even where this thread hangs.
        self.collectors.allow(leased_work.seconds_left())
        # Whatever breaks below, this is what is left to be ended.
        self._left_open = lease, EXCEPTION
        try:
            leased_work.work()
        except Exception as error:
            self._left_open = lease, f"{EXCEPTION}:{one_line(error)}"
            raise
        finally:
            self.collectors.rest()
        if leased_work.lease is None:
            self._left_open = None
            self.say(
                "This worker was not heard of in time: another one took it for dead and went on."
            )
            return Rest(seconds=0.0)
        self._end(lease)
        # Another question in the same window would begin another run in it.
        self.wait(max(leased_work.seconds_to_next_window(), 0.0) + _SLACK_SECONDS)
        return Rest(seconds=0.0)

    def _end(self, lease: Lease) -> None:
        try:
            self.member.end(lease, Status.COMPLETED)
        except Unavailable as problem:
            self._left_open = lease, f"{DATABASE_AWAY}:{problem.why}"
            raise
        self._left_open = None

    def _rest(self, rest: Rest) -> None:
        until = self.monotonic() + rest.seconds
        while (left := until - self.monotonic()) > 0:
            if self.wait(min(left, self.member.look_seconds)):
                return
            if self.member.has_news():
                # Whoever holds the lease gets the time to see it too, and to make room.
                self.wait(self.member.look_seconds)
                return

    def _leave(self) -> None:
        """What can be done in good time is; what can't, the others do when the heartbeat ends."""
        try:
            if self._left_open is not None:
                self.member.end(self._left_open[0], Status.ABANDONED, self._left_open[1])
            self.member.leave()
        except Unavailable as problem:
            self.say(f"{problem}. What this worker held is given up when its heartbeat expires.")

    def _worked(self, done: Round) -> None:
        self._back()
        words = self.upkeep.words(done.rows)
        if words:
            self.say(f"{utc_time(done.at)}: {words}.")

    def _lost(self, problem: Unavailable) -> None:
        if not self._away:
            self.say(f"{problem}. Nothing is lost; trying again.")
        self._away = True

    def _back(self) -> None:
        if self._away:
            self.say("The database is back.")
        self._away = False
