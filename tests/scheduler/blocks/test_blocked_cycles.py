"""Blocks by cycle: the worst, and the longest streak."""

from scheduler.blocks.cycles import blocked_cycles, longest_streak, worst_cycles
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision
from scheduler.history.blocks import Block
from tests.conftest import T0, after

MINUTE = PolicyRevision(
    effective_from=after(-86_400), policy=SchedulingPolicy(service_interval_minutes=1)
)


def blocks(*each: tuple[float, int, str, int]) -> list[Block]:
    """Start in seconds, attempts, reason, runner; the newest first."""
    return [
        Block(
            started_at=after(started),
            last_at=after(started),
            reason=reason,
            attempts=attempts,
            runner=runner,
            is_acknowledged=False,
            is_derived=False,
        )
        for started, attempts, reason, runner in sorted(each, reverse=True)
    ]


def test_a_cycle_has_the_blocks_that_began_in_it() -> None:
    rows = blocks((0, 3, "late_start", 1), (59.9, 1, "odd", 1), (60, 2, "odd", 2))

    first, second = blocked_cycles(rows, [MINUTE])

    assert (first.span.start, first.span.end) == (T0, after(60))
    assert (first.blocks, first.attempts, first.runners) == (2, 4, 1)
    assert first.reasons == {"late_start": 1, "odd": 1}
    assert (second.blocks, second.attempts, second.runners) == (1, 2, 1)


def test_a_change_of_interval_changes_the_cycles() -> None:
    later = PolicyRevision(
        effective_from=after(120), policy=SchedulingPolicy(service_interval_minutes=2)
    )
    rows = blocks((61, 1, "odd", 1), (121, 1, "odd", 1), (239, 1, "odd", 1))

    spans = [each.span for each in blocked_cycles(rows, [MINUTE, later])]

    assert [(each.start, each.end) for each in spans] == [
        (after(60), after(120)),
        (after(120), after(240)),
    ]


def test_the_worst_cycles_have_the_most_attempts_then_the_most_blocks_then_are_the_latest() -> None:
    rows = blocks(
        (0, 2, "odd", 1),
        (60, 1, "odd", 1),
        (61, 1, "odd", 2),
        (120, 9, "odd", 1),
        (180, 2, "odd", 1),
        (240, 1, "odd", 1),
    )

    worst = worst_cycles(blocked_cycles(rows, [MINUTE]), at_most=4)

    assert [each.span.start for each in worst] == [after(120), after(60), after(180), T0]


def test_the_longest_streak_is_unbroken_and_the_latest_of_equal_ones() -> None:
    rows = blocks(
        *((start, 1, "odd", 1) for start in (0, 60, 61)),
        *((start, 1, "odd", 1) for start in (180, 240)),
        (360, 1, "odd", 1),
    )

    streak = longest_streak(blocked_cycles(rows, [MINUTE]))

    assert streak is not None
    assert (streak.start, streak.end, streak.cycles, streak.blocks) == (
        after(180),
        after(300),
        2,
        2,
    )


def test_without_blocks_there_is_no_streak() -> None:
    assert longest_streak([]) is None
