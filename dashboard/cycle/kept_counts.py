"""What the summary of a cycle counted, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.rows.judgement import OUTCOMES, judged_signal
from dashboard.text.signals import Signal, blocked_signal
from scheduler.cycles.kept import KeptCycle
from scheduler.cycles.summary_json import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCount:
    """How often there was something."""

    signal: Signal
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCounts:
    """``attempts`` sums them up by word; the most frequent reason of ``blocked`` ones is the first,
    and so is the most frequent verdict of ``slots``."""

    outcome: Signal
    attempts: tuple[tuple[str, int], ...]
    runner_count: int
    blocked: tuple[SignalCount, ...]
    slots: tuple[SignalCount, ...]


def kept_counts(kept: KeptCycle) -> KeptCounts:
    """The counts of a summary that is kept."""
    return KeptCounts(
        outcome=OUTCOMES[kept.outcome],
        attempts=_attempts(kept),
        runner_count=kept.runner_count,
        blocked=_ordered(kept.blocked, blocked_signal),
        slots=_ordered(kept.slots, lambda each: judged_signal(*each)),
    )


def _ordered[Key: (str, Judged)](
    counted: Mapping[Key, int], signal_of: Callable[[Key], Signal]
) -> tuple[SignalCount, ...]:
    # By name where they are as frequent: databases keep JSON's keys in orders of their own.
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(SignalCount(signal=signal_of(each), number=number) for each, number in ordered)


def _attempts(kept: KeptCycle) -> tuple[tuple[str, int], ...]:
    # Summaries have no count of it. It stays what it was when the cycle was summed up last: the run
    # itself is gone, and how it went on is not known.
    going_on = kept.started - kept.completed - kept.abandoned
    counted = (
        ("running when it was summed up", going_on),
        ("completed", kept.completed),
        ("abandoned", kept.abandoned),
        # Attempts and not rows, as on the page of a cycle that is drawn.
        ("blocked", sum(kept.blocked.values())),
    )
    return tuple((word, number) for word, number in counted if number)
