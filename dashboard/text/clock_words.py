"""The offset of a runner's clock in words: how far, how sure, how that is known, why it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.text.words import duration
from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import Certainty, ClockLimit, ClockWarning
from scheduler.fleet.clocks import WarnedClock
from scheduler.fleet.states import FleetRunner

# The worst come first; the page of the runners has every clock.
CLOCKS_SHOWN = 3
# Half a millisecond: what is shorter would be written as "0 s", which no clock is off by.
_SMALLEST_TOLD = 0.0005
_SURE: dict[Certainty, str] = {
    Certainty.CERTAIN: "",
    Certainty.LIKELY: "probably ",
    Certainty.POSSIBLE: "perhaps ",
}
_TOO_MUCH: dict[ClockLimit, str] = {
    ClockLimit.MARGIN: "more than the margin of {whole}",
    ClockLimit.STARTABLE: "more than a tenth of the {whole} to start in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWords:
    """``how`` it was measured; ``why`` it matters, empty where it does not. ``is_warning`` is False
    also where only its uncertainty reaches beyond what it is too large for."""

    offset: str
    how: str
    why: str
    is_warning: bool
    measured_at: datetime


def clock_words(runner: FleetRunner) -> ClockWords | None:
    """What the pages say of a runner's clock; None where it never told its time."""
    if runner.clock is None:
        return None
    warning = runner.clock_warning
    return ClockWords(
        offset=offset_words(runner.clock),
        how=_how(runner.clock),
        why=limit_words(warning) if warning else "",
        # One that is only possible is said beside the clock, and warned about nowhere.
        is_warning=warning is not None and warning.is_due,
        measured_at=runner.clock.measured_at,
    )


def warning_sentence(name: str, clock: ClockOffset, warning: ClockWarning) -> str:
    """``host-3:812's clock is 1.4 s ahead ± 20 ms, more than a tenth of the 6 s to start in.``"""
    return f"{name}'s clock is {offset_words(clock)}, {limit_words(warning)}."


def warning_sentences(warned: Sequence[WarnedClock], names: Mapping[str, str]) -> tuple[str, ...]:
    """One for each of the worst clocks, which come first."""
    return tuple(
        warning_sentence(
            names.get(each.runner.runner_id, each.runner.runner_id), each.runner.clock, each.warning
        )
        for each in warned[:CLOCKS_SHOWN]
    )


def limit_words(warning: ClockWarning) -> str:
    """What an offset is too large for, and how sure that is."""
    told = _TOO_MUCH[warning.limit].format(whole=duration(warning.whole_seconds))
    return _SURE[warning.certainty] + told


def offset_words(clock: ClockOffset) -> str:
    """``1.4 s ahead ± 20 ms``, ``in step ± 3 ms``; without a round trip ``at least 1.4 s ahead``,
    ``at most 31 ms behind``, ``in step or ahead``: it may be further ahead than was told."""
    seconds = clock.offset_seconds
    is_in_step = abs(seconds) < _SMALLEST_TOLD
    told = f"{duration(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"
    if clock.uncertainty_seconds is not None:
        return f"{'in step' if is_in_step else told} ± {_small(clock.uncertainty_seconds)}"
    if is_in_step:
        return "in step or ahead"
    return f"at {'least' if seconds > 0 else 'most'} {told}"


def _how(clock: ClockOffset) -> str:
    if clock.uncertainty_seconds is None:
        return (
            "From the runner's own time in a heartbeat. It told no round trip, so how long the "
            "heartbeat was on its way is not known: the clock is further ahead by as much."
        )
    return (
        "From the runner's own time in a heartbeat and the round trip it told "
        # Kept is half of the round trip: the offset is that of its middle.
        f"({_small(2 * clock.uncertainty_seconds)}): half of it counts as the way here, "
        "give or take the other half."
    )


def _small(seconds: float) -> str:
    return duration(seconds) if seconds >= _SMALLEST_TOLD else "under 1 ms"
