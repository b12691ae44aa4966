"""What is wrong with a policy, in sentences: what is, why, and what to do."""

from collections.abc import Callable
from typing import NamedTuple

from scheduler.core.findings import RANGES, FindingCode, InvalidPolicy, PolicyFinding, ValueFinding
from scheduler.core.policy import SchedulingPolicy
from scheduler.words.numbers import plain, reckoned
from scheduler.words.windows import no_window_words, too_many


class Field(NamedTuple):
    """What a field of a policy is called, and the unit of what is written there."""

    label: str
    unit: str


FIELDS = {
    "service_interval_minutes": Field("service interval", " min"),
    "spread_margin_minutes": Field("spread margin", " min"),
    "check_interval_seconds": Field("check interval", " s"),
    "membership_stabilization_seconds": Field("membership stabilization", " s"),
    "max_start_slot_fraction": Field("late-start fraction", ""),
    "dead_after_seconds": Field("time until a runner counts as dead", " s"),
}


def finding_words(finding: ValueFinding | PolicyFinding) -> str:
    """The sentence, or the sentences, of one finding."""
    if isinstance(finding, PolicyFinding):
        return WARNINGS[finding.code](finding.policy, finding.runner_count)
    return f"The {FIELDS[finding.field].label} {ERRORS[finding.code](finding)}"


def invalid_words(error: InvalidPolicy) -> str:
    """Every error that was found."""
    return " ".join(map(finding_words, error.findings))


def _no_number(finding: ValueFinding) -> str:
    return f"is {finding.value!r}, not a number. Write one, such as 1.5."


def _not_finite(finding: ValueFinding) -> str:
    return f"is {finding.value}, not a finite number. Write one, such as 1.5."


def _too_small(finding: ValueFinding) -> str:
    least = f"{plain(RANGES[finding.field].least)}{FIELDS[finding.field].unit}"
    return f"is below its least value. Write at least {least}."


def _too_large(finding: ValueFinding) -> str:
    most = f"{plain(RANGES[finding.field].most)}{FIELDS[finding.field].unit}"
    return f"is above its greatest value. Write at most {most}."


# They follow the name of the field.
ERRORS: dict[FindingCode, Callable[[ValueFinding], str]] = {
    FindingCode.NOT_A_NUMBER: _no_number,
    FindingCode.NOT_FINITE: _not_finite,
    FindingCode.TOO_SMALL: _too_small,
    FindingCode.TOO_LARGE: _too_large,
}


def _no_window(policy: SchedulingPolicy, runner_count: int) -> str:
    return no_window_words(policy.no_window(runner_count))


def _last_runner(policy: SchedulingPolicy, runner_count: int) -> str:
    more = runner_count + 1
    return (
        f"One more runner removes every window: {too_many(policy.no_window(more))}. Lower the"
        f" margin below {reckoned(policy.interval_seconds / more)} before adding one."
    )


def _missed_turns(policy: SchedulingPolicy, runner_count: int) -> str:
    capacity = policy.capacity(runner_count)
    startable = reckoned(capacity.startable_seconds)
    return (
        f"A runner misses {(1 - capacity.hit_chance) * 100:.0f} % of its turns: it checks every"
        f" {reckoned(policy.check_interval_seconds)}, and of its slot only {startable} can be"
        f" started in. Check at least every {startable}, or lower the margin."
    )


def _early_death(policy: SchedulingPolicy, _runner_count: int) -> str:
    # Three checks a life: a heartbeat may be late, or lost, twice.
    dead, check = policy.dead_after_seconds, policy.check_interval_seconds
    return (
        f"A healthy runner can count as dead: it is given up after {reckoned(dead)}, and checks"
        f" every {reckoned(check)}. Allow at least {reckoned(3 * check)}."
    )


def _long_grace(policy: SchedulingPolicy, runner_count: int) -> str:
    grace, interval = policy.membership_stabilization_seconds, policy.interval_seconds
    if grace > interval:
        return (
            f"A new runner blocks whole cycles: its grace of {reckoned(grace)} is longer than the"
            f" interval of {reckoned(interval)}. Lower the membership stabilization."
        )
    slot = policy.capacity(runner_count).slot_seconds
    return (
        f"A new runner can lose its first turn: its grace of {reckoned(grace)} is longer than"
        f" its slot of {reckoned(slot)}. Lower the membership stabilization below that."
    )


def _late_limit_off(policy: SchedulingPolicy, _runner_count: int) -> str:
    return (
        f"Late starts are not limited: {plain(policy.max_start_slot_fraction)} is not between 0 and"
        " 1. Write 0.5 for half of the window, or 1 to keep it so."
    )


WARNINGS: dict[FindingCode, Callable[[SchedulingPolicy, int], str]] = {
    FindingCode.NO_WINDOW: _no_window,
    FindingCode.LAST_RUNNER: _last_runner,
    FindingCode.MISSED_TURNS: _missed_turns,
    FindingCode.EARLY_DEATH: _early_death,
    FindingCode.LONG_GRACE: _long_grace,
    FindingCode.LATE_LIMIT_OFF: _late_limit_off,
}
