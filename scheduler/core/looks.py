"""What looking now and then can know of a fleet: which silence is none, and how often is enough."""

from __future__ import annotations

import math

from scheduler.core.durations import duration
from scheduler.core.policy import SchedulingPolicy

# A look speaks for the time until the next ones: one that comes late is no gap yet.
LOOKS_UNTIL_A_GAP = 3
SHORTEST_GAP_SECONDS = 10.0
CHECKS_BEFORE_SILENCE = 2
LOOKS_BEFORE_SILENCE = 2
LOOKS_A_CYCLE = 2
_IN_SECONDS = 60.0


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
    if every_seconds is None:
        return min(missed, policy.dead_after_seconds)
    missed += LOOKS_BEFORE_SILENCE * every_seconds
    return min(missed, beat_good_for_seconds(policy, every_seconds))


def longest_pause_seconds(policy: SchedulingPolicy) -> float:
    """The longest pause between two looks that is fine, with three digits: two looks a cycle, and
    one in the time in which a runner comes to count as dead."""
    longest = min(policy.interval_seconds / LOOKS_A_CYCLE, policy.dead_after_seconds)
    step = 10.0 ** (math.floor(math.log10(longest)) - 2)
    # Rounded down: what is recommended must be fine. 0.3 / 0.001 is 299.999…
    return round(math.floor(longest / step + 1e-6) * step, 9)


def seldom_looks(policy: SchedulingPolicy, every_seconds: float | None) -> str | None:
    """What is wrong with so long a pause between two looks, and what to do; None where nothing."""
    longest = longest_pause_seconds(policy)
    if every_seconds is None or every_seconds <= longest:
        return None
    if every_seconds > policy.interval_seconds / LOOKS_A_CYCLE:
        what = f"cycles of {duration(policy.interval_seconds)}"
    else:
        what = f"runners that count as dead after {duration(policy.dead_after_seconds)}"
    return (
        f"The collector looks too seldom: {what} are looked at every {duration(every_seconds)}. Who"
        " was there in between is not known, and what follows from it may be wrong. Look at least"
        f" every {_rounded_down(longest)}: manage.py watch_pynenc with --every {longest:g}."
    )


def _rounded_down(seconds: float) -> str:
    """In words, which tell whole seconds from a minute on: what is recommended must be fine."""
    return duration(seconds // 1 if seconds >= _IN_SECONDS else seconds)
