"""A lease from its start to its end: rounds of upkeep, and heartbeats between them.

Heartbeats come from here, between two batches of work, and from no thread of their own: a worker
that hangs is given up as dead, and the others go on.
"""

from collections.abc import Callable
from datetime import datetime

from scheduler.db.outages import pause_seconds
from scheduler.errors import Unavailable
from scheduler.upkeep.duties import Round, Upkeep
from scheduler.upkeep.member import Lease, Member

ROUND_SECONDS = 1.0


class LeasedWork:
    """One lease of one worker.

    ``lease`` is as of the last heartbeat; None when another worker has ended its run.
    """

    def __init__(
        self,
        lease: Lease,
        *,
        member: Member,
        upkeep: Upkeep,
        wait: Callable[[float], bool],
        monotonic: Callable[[], float],
        on_round: Callable[[Round], None],
        on_lost: Callable[[Unavailable], None],
    ) -> None:
        self.lease: Lease | None = lease
        self._member = member
        self._upkeep = upkeep
        self._wait = wait
        self._monotonic = monotonic
        self._on_round, self._on_lost = on_round, on_lost
        self._began = self._heard = self._batch_began = monotonic()
        # What the database's clock said, and when that was on our stopwatch.
        self._clock, self._clock_read = lease.started_at, self._began
        self._longest_batch = 0.0

    def work(self) -> None:
        """Rounds until the lease is over, its run is lost, or somebody asks to stop."""
        failures = 0
        while self.seconds_left() > 0:
            try:
                self._round()
            except Unavailable as problem:
                failures += 1
                self._on_lost(problem)
            else:
                failures = 0
            pause = min(pause_seconds(ROUND_SECONDS, failures), max(self.seconds_left(), 0.0))
            if self._wait(pause):
                return

    def seconds_left(self) -> float:
        """Until the lease ends: by the database's clock, or sooner by our own stopwatch, which no
        jump of a clock moves."""
        if self.lease is None:
            return 0.0
        return self._until(self.lease.ends_at)

    def seconds_to_next_window(self) -> float:
        return self._until(self.lease.next_at) if self.lease else 0.0

    def _until(self, instant: datetime) -> float:
        if self.lease is None:
            return 0.0
        now = self._monotonic()
        by_clock = (instant - self._clock).total_seconds() - (now - self._clock_read)
        length = (instant - self.lease.started_at).total_seconds()
        return min(by_clock, length - (now - self._began))

    def _round(self) -> None:
        # Before the work: a newcomer waits for this lease to make room.
        if self._member.has_news():
            self._stay()
        began = self._batch_began = self._monotonic()
        done = self._upkeep.work(self._may_go_on)
        # The clock was read as the round began, not as it ended.
        self._clock, self._clock_read = done.at, began
        self._on_round(done)

    def _may_go_on(self) -> bool:
        """Asked between two batches: there must be time for one more, if it takes as long as
        any."""
        now = self._monotonic()
        self._longest_batch = max(self._longest_batch, now - self._batch_began)
        self._batch_began = now
        if now - self._heard >= self._member.beat_seconds:
            self._stay()
        return self.seconds_left() > self._longest_batch and not self._wait(0)

    def _stay(self) -> None:
        if self.lease is not None:
            self.lease = self._member.stay(self.lease)
        self._heard = self._monotonic()
