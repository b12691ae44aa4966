"""What looking now and then can know of a fleet: which silence is none, and how often is enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scheduler.core.policy import SchedulingPolicy

# A look speaks for the time until the next ones: one that comes late is no gap yet.
LOOKS_UNTIL_A_GAP = 3
# Looks pass from one worker to the next in about 2 s: that is no gap in the watch.
SHORTEST_GAP_SECONDS = 10.0
CHECKS_BEFORE_SILENCE = 2
LOOKS_BEFORE_SILENCE = 2
LOOKS_A_CYCLE = 2


def look_good_for_seconds(every_seconds: float) -> float:
    """How long after a look nobody calls the next one missing."""
    return max(LOOKS_UNTIL_A_GAP * every_seconds, SHORTEST_GAP_SECONDS)


def beat_good_for_seconds(policy: SchedulingPolicy, every_seconds: float) -> float:
    """How long a heartbeat that was found by looking keeps its runner alive.

    A healthy runner's next one comes within a check interval, and is found by a look after that.
    Where ``dead_after`` is shorter, runners would die and rise again between two looks.
    """
    found_within = policy.check_interval_seconds + look_good_for_seconds(every_seconds)
    return max(policy.dead_after_seconds, found_within)


def silent_after_seconds(policy: SchedulingPolicy, every_seconds: float | None = None) -> float:
    """The age from which a heartbeat is overdue: two checks were missed, and two looks found
    nothing where the fleet is looked at every so many seconds.

    Never later than the end of the presence itself. (Half of ``dead_after`` would be no better: of
    a fleet that is given up after one and a half checks, all runners were silent before each beat.)
    """
    missed = CHECKS_BEFORE_SILENCE * policy.check_interval_seconds
    # A coordinated fleet beats by itself: no look comes between.
    if every_seconds is None:
        return min(missed, policy.dead_after_seconds)
    missed += LOOKS_BEFORE_SILENCE * every_seconds
    return min(missed, beat_good_for_seconds(policy, every_seconds))


def longest_pause_seconds(policy: SchedulingPolicy) -> float:
    """The longest pause between two looks that is fine, with three digits: two looks a cycle, and
    one in the time in which a runner comes to count as dead."""
    longest = min(policy.interval_seconds / LOOKS_A_CYCLE, policy.dead_after_seconds)
    # A unit of the third digit, as a power of ten.
    step = 10.0 ** (math.floor(math.log10(longest)) - 2)
    # Rounded down: what is recommended must be fine. 0.3 / 0.001 is 299.999…
    return round(math.floor(longest / step + 1e-6) * step, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeldomLooks:
    """Looks that are further apart than ``longest_seconds``, and what they are too seldom for:
    cycles of that length, or runners that count as dead after it (``is_of_cycles`` or not)."""

    every_seconds: float
    longest_seconds: float
    is_of_cycles: bool
    lost_seconds: float


def seldom_looks(policy: SchedulingPolicy, every_seconds: float | None) -> SeldomLooks | None:
    """What is wrong with so long a pause between two looks; None where nothing."""
    longest = longest_pause_seconds(policy)
    if every_seconds is None or every_seconds <= longest:
        return None
    is_of_cycles = every_seconds > policy.interval_seconds / LOOKS_A_CYCLE
    return SeldomLooks(
        every_seconds=every_seconds,
        longest_seconds=longest,
        is_of_cycles=is_of_cycles,
        lost_seconds=policy.interval_seconds if is_of_cycles else policy.dead_after_seconds,
    )
