"""A policy and its capacity in words, with what is wrong with them."""

from dataclasses import dataclass

from dashboard.text.words import count, duration, percent
from scheduler.core.policy import PolicyFinding, SchedulingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWords:
    """``rules`` are the numbers as terms and values, ``capacity`` what they leave each runner."""

    rules: tuple[tuple[str, str], ...]
    capacity: str
    room: str
    findings: tuple[PolicyFinding, ...]


def policy_words(policy: SchedulingPolicy, runner_count: int) -> PolicyWords:
    """The policy, for so many runners."""
    grace = policy.membership_stabilization_seconds
    rules = (
        ("every", duration(policy.interval_seconds)),
        ("margin", duration(policy.spread_seconds) if policy.spread_seconds else "none"),
        ("checks every", duration(policy.check_interval_seconds)),
        ("grace", duration(grace) if grace else "none"),
        (
            "starts in the first",
            f"{percent(policy.max_start_slot_fraction)} of a window"
            # A fraction of 0, or of 1 and more, means that there is no limit.
            if policy.limits_late_starts
            else "100 % of a window",
        ),
        ("gone after", duration(policy.dead_after_seconds)),
    )
    return PolicyWords(
        rules=rules,
        capacity=_capacity(policy, runner_count),
        room=room_words(policy, runner_count),
        findings=policy.findings(runner_count),
    )


def _capacity(policy: SchedulingPolicy, runner_count: int) -> str:
    if runner_count == 0:
        return "No runners: nobody can start."
    capacity = policy.capacity(runner_count)
    who = count(runner_count, "runner")
    # The margin takes all of each slot: what can be done about it is in the findings.
    if capacity.window_seconds <= 0:
        return f"{who}: no slot has a window."
    return (
        f"{who}: windows of {duration(capacity.window_seconds)}, "
        f"{duration(capacity.startable_seconds)} of each to start in; "
        f"one check falls into it with a chance of {percent(capacity.hit_chance)}."
    )


def room_words(policy: SchedulingPolicy, runner_count: int) -> str:
    """How many more runners fit before the windows vanish."""
    most = policy.max_runners
    # Without a margin, windows get shorter and never vanish.
    if most is None:
        return "Any number of runners fits."
    more = most - runner_count
    if more > 0:
        return f"{count(more, 'more runner')} fit{'s' if more == 1 else ''} before windows vanish."
    if more == 0:
        return "No more runner fits: with one more, windows vanish."
    return f"{count(-more, 'runner')} too many: at most {most:,} have windows."
