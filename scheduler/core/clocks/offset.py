"""How far a runner's clock is from ours: one measurement, and which of two is kept.

A message that the runner stamped ``T`` and that came at our ``R`` was on its way for some ``d``, at
least nothing and at most the whole round trip. Its clock is ahead of ours by ``T - R + d``: by
something in ``[T - R, T - R + round trip]``. The round trip a runner can tell is that of its call
before; a call slower than the one before it makes the offset too low until the next one, whose
round trip is then known to be long, has put it right.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

# How fast an interval widens with its age. A quartz in a computer drifts by 10 to 50 millionths, a
# hot or virtual one by 100: 0.36 s an hour. A clock that is steered faster than that soon leaves
# its interval, and a measurement that contradicts the kept one replaces it.
DRIFT = 100e-6
# A measurement that does not know its round trip does not displace one that does for this long.
KNOWN_FOR = timedelta(hours=1)
# A message that is on its way for longer would have been given up and sent anew.
REASONABLE_DELAY_SECONDS = 10.0
# Instants are whole microseconds: measurements that disagree by less than their rounding agree.
ROUNDING_SECONDS = 5e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """The runner's clock minus ours, as measured at one instant of ours.

    The true offset was within ``offset_seconds ± uncertainty_seconds``. Where the uncertainty is
    None no round trip was known: the true offset was ``offset_seconds``, or more by however long
    the message was on its way.
    """

    offset_seconds: float
    uncertainty_seconds: float | None
    measured_at: datetime

    @classmethod
    def stored(
        cls,
        offset_seconds: float | None,
        uncertainty_seconds: float | None,
        measured_at: datetime | None,
    ) -> "ClockOffset | None":
        """The measurement in three columns; None where they hold none."""
        if offset_seconds is None or measured_at is None:
            return None
        return cls(
            offset_seconds=offset_seconds,
            uncertainty_seconds=uncertainty_seconds,
            measured_at=measured_at,
        )

    @property
    def least_seconds(self) -> float:
        """The lowest offset that agrees with the measurement."""
        return self.offset_seconds - (self.uncertainty_seconds or 0.0)

    @property
    def most_seconds(self) -> float:
        """The highest offset that agrees with the measurement; infinite where nothing bounds it."""
        if self.uncertainty_seconds is None:
            return inf
        return self.offset_seconds + self.uncertainty_seconds


def estimate_offset(
    *, runner_time: datetime, received_at: datetime, round_trip_seconds: float | None
) -> ClockOffset:
    """What one message tells: the middle of the round trip where it is known, else as it came."""
    told = (runner_time - received_at).total_seconds()
    # The delay lies in [0, round trip]: its middle is off by half of that at most.
    half = None if round_trip_seconds is None else round_trip_seconds / 2
    return ClockOffset(
        offset_seconds=told + (half or 0.0), uncertainty_seconds=half, measured_at=received_at
    )


def kept_offset(kept: ClockOffset | None, new: ClockOffset) -> ClockOffset:
    """Which to keep of the kept one and one that comes after it, whatever our clock did meanwhile.

    The new one, where it is at least as sharp as the kept one has become, or where both can't be
    true: then a clock was set, ours or the runner's.
    """
    # A kept one without bounds contradicts nothing, and a newer one is at least as good.
    if kept is None or kept.uncertainty_seconds is None:
        return new
    # `abs`: our own clock may have been set back between the two.
    age = abs(new.measured_at - kept.measured_at)
    uncertainty = kept.uncertainty_seconds + DRIFT * age.total_seconds()
    highest = kept.offset_seconds + uncertainty + ROUNDING_SECONDS
    lowest = kept.offset_seconds - uncertainty - ROUNDING_SECONDS
    if new.uncertainty_seconds is None:
        is_displaced = age > KNOWN_FOR
        # The offset is what was told, or more by a delay that has no bound: a sane one is assumed.
        most = new.offset_seconds + REASONABLE_DELAY_SECONDS
    else:
        is_displaced = new.uncertainty_seconds <= uncertainty
        most = new.most_seconds
    is_contradicted = new.least_seconds > highest or most < lowest
    return new if is_displaced or is_contradicted else kept


def latest_offset(kept: ClockOffset | None, new: ClockOffset) -> ClockOffset:
    """Which to keep of two that may come in any order: the one measured last.

    `kept_offset` depends on the order, since what a measurement displaces is forgotten and can't
    come back when a late one proves that it should not have been. A maximum does not. Of two of
    one instant the sharper counts, and then the larger offset.
    """
    return new if kept is None else max(kept, new, key=_rank)


def _rank(one: ClockOffset) -> tuple[datetime, float, float]:
    # An unknown uncertainty is the least sharp of all.
    sharpness = -inf if one.uncertainty_seconds is None else -one.uncertainty_seconds
    return one.measured_at, sharpness, one.offset_seconds
