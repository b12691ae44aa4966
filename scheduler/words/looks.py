"""What is said where a fleet is looked at too seldom."""

from scheduler.core.cycle.looks import SeldomLooks, seldom_looks
from scheduler.core.policy import SchedulingPolicy
from scheduler.words.durations import duration

_IN_SECONDS = 60.0


def seldom_words(seldom: SeldomLooks) -> str:
    """What is wrong, and what to do."""
    lost, longest = duration(seldom.lost_seconds), seldom.longest_seconds
    what = "cycles of" if seldom.is_of_cycles else "runners that count as dead after"
    return (
        f"The collector looks too seldom: {what} {lost} are looked at every"
        f" {duration(seldom.every_seconds)}. Who was there in between is not known, and what"
        f" follows from it may be wrong. Look at least every {_rounded_down(longest)}: manage.py"
        f" watch_pynenc with --every {longest:g}."
    )


def seldom_warnings(policy: SchedulingPolicy, every_seconds: float | None) -> tuple[str, ...]:
    """The warning where so long a pause between two looks is worth one."""
    seldom = seldom_looks(policy, every_seconds)
    return () if seldom is None else (seldom_words(seldom),)


def _rounded_down(seconds: float) -> str:
    """In words, which tell whole seconds from a minute on: what is recommended must be fine."""
    return duration(seconds // 1 if seconds >= _IN_SECONDS else seconds)
