"""A runner as a row: what both the list and its own page say of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.rows.slot_words import SlotWords, slot_words
from dashboard.runners.words import STATES, StateWords
from dashboard.text.clock_words import ClockWords, clock_words
from dashboard.text.words import ordinal
from dashboard.web.addresses import blocked_url
from scheduler.core.judging.run_limits import Overdue
from scheduler.fleet.states import FleetRunner, RunnerState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerRow:
    """One runner. ``age_percent`` is the age of its heartbeat in percent of what makes it gone."""

    runner_id: str
    name: str
    state: RunnerState
    words: StateWords
    heartbeat_at: datetime | None
    age_percent: int
    position: int | None
    slot: int | None
    next_turn_at: datetime | None
    is_turn_now: bool
    clock: ClockWords | None
    held_since: datetime | None
    held_runs: int
    overdue: Overdue | None
    runs: str
    blocks: str
    blocks_url: str
    lost: str
    slots: SlotWords | None


def runner_row(
    runner: FleetRunner, *, slug: str, name: str, now: datetime, dead_after: timedelta
) -> RunnerRow:
    """What the pages say of one runner."""
    heartbeat = runner.last_heartbeat_at
    return RunnerRow(
        runner_id=runner.runner_id,
        name=name,
        state=runner.state,
        words=STATES[runner.state],
        heartbeat_at=heartbeat,
        # None of its heartbeats is known: that is as old as can be.
        age_percent=100 if heartbeat is None else percent_of(now - heartbeat, dead_after),
        position=runner.position,
        # Seats are counted from 0 in what is stored and exported, slots from 1 on pages.
        slot=None if runner.position is None else ordinal(runner.position),
        next_turn_at=runner.next_turn_at,
        is_turn_now=runner.next_turn_at is not None and runner.next_turn_at <= now,
        clock=clock_words(runner),
        held_since=runner.held_since,
        held_runs=runner.held_runs,
        overdue=runner.overdue,
        runs=f"{runner.runs:,}",
        blocks=f"{runner.blocks:,}",
        blocks_url=blocked_url(slug, runner_id=runner.runner_id) if runner.blocks else "",
        lost=f"{runner.lost_starts:,}",
        slots=slot_words(runner.record),
    )


def percent_of(part: timedelta, whole: timedelta) -> int:
    """From 0 to 100, however much more it is."""
    # Below 0 is the age of a heartbeat by a clock that is ahead of ours.
    return max(0, min(100, round(part / whole * 100)))
