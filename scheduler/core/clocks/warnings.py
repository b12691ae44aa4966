"""When the offset of a runner's clock matters: what it is too large for, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.policy import SchedulingPolicy

STARTABLE_SHARE = 0.1


class ClockLimit(StrEnum):
    """What an offset is too large for: the margin, or a tenth of the startable window."""

    MARGIN = "margin"
    STARTABLE = "startable"


class Certainty(StrEnum):
    """How much of what the offset may be is beyond the limit.

    ``certain``: all of it. ``likely``: its estimate, but not all. ``possible``: not its estimate.
    """

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarning:
    """An offset that is, or may be, beyond a limit.

    ``whole_seconds`` is what the limit is told by: the margin, or the time to start in, of which
    the limit is a tenth.
    """

    limit: ClockLimit
    whole_seconds: float
    certainty: Certainty

    @property
    def is_due(self) -> bool:
        """Whether to warn: the estimate is beyond the limit, and not only its uncertainty."""
        return self.certainty != Certainty.POSSIBLE


def clock_warning(
    policy: SchedulingPolicy, *, runner_count: int, clock: ClockOffset | None
) -> ClockWarning | None:
    """What a clock is too far off for, in a fleet of ``runner_count``; None where for nothing.

    What the estimate exceeds goes before what it only may exceed, and the margin before the tenth.
    A policy without a margin has none to exceed, nor has one without windows a time to start in.
    """
    if clock is None:
        return None
    margin = policy.spread_seconds
    startable = policy.capacity(runner_count).startable_seconds
    limits = (
        (ClockLimit.MARGIN, margin, margin),
        (ClockLimit.STARTABLE, startable, startable * STARTABLE_SHARE),
    )
    # A limit of nothing (no margin, no window) can't be exceeded.
    found = [
        ClockWarning(limit=limit, whole_seconds=whole, certainty=certainty)
        for limit, whole, seconds in limits
        if seconds > 0 and (certainty := _certainty(clock, seconds)) is not None
    ]
    return next((each for each in found if each.is_due), found[0] if found else None)


def _certainty(clock: ClockOffset, limit: float) -> Certainty | None:
    """How sure it is that the clock is off by more than the limit, whichever way.

    Without a round trip a runner can be further ahead than was told by any delay, which says
    nothing against it: that alone makes nothing possible.
    """
    if clock.least_seconds > limit or clock.most_seconds < -limit:
        return Certainty.CERTAIN
    if abs(clock.offset_seconds) > limit:
        return Certainty.LIKELY
    uncertainty = clock.uncertainty_seconds or 0.0
    return Certainty.POSSIBLE if abs(clock.offset_seconds) + uncertainty > limit else None
