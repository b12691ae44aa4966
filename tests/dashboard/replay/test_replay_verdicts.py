"""What a replay says of windows, and what `judge_slots` said of them from the rows known then."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from dashboard.replay.verdicts import verdict_steps
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import CycleTimeline, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import SlotVerdict, Verdict, judge_slots, startable_end
from tests.core.build import T0, at, execution, revision, span
from tests.dashboard.replay.test_replay import Rows, rows

Said = tuple[datetime, Verdict, str, str]
# Two windows of 30 s, startable for 15 s.
POLICY = SchedulingPolicy(
    service_interval_minutes=1, spread_margin_minutes=0, max_start_slot_fraction=0.5
)
QUIET = (Verdict.OPEN, Verdict.UPCOMING)


def in_replay(timeline: CycleTimeline, now: datetime) -> dict[tuple[str, datetime], Said]:
    """By runner and start of the window, what the steps say at an instant."""
    found: dict[tuple[str, datetime], Said] = {}
    runner_ids = {lane.runner_id for lane in timeline.lanes}
    for step in verdict_steps(timeline, judge_slots(timeline), runner_ids):
        if step.at <= now:
            found[step.verdict.runner_id, step.verdict.start] = _said(step.verdict)
    return {key: said for key, said in found.items() if said[1] not in QUIET}


def as_judged(verdicts: Iterable[SlotVerdict]) -> dict[tuple[str, datetime], Said]:
    return {
        (each.runner_id, each.start): _said(each) for each in verdicts if each.verdict not in QUIET
    }


def _said(verdict: SlotVerdict) -> Said:
    return verdict.start, verdict.verdict, verdict.reason, verdict.detail


def is_excepted(verdict: SlotVerdict, executions: Iterable[RecordedExecution]) -> bool:
    """Where the docstring says that a replay may differ: a start after the last instant for one,
    a stretch without windows, and a window laid too late."""
    if verdict.slot is None:
        return True
    late = startable_end(verdict.slot)
    if late <= verdict.start:
        return True
    return any(
        each.runner_id == verdict.runner_id and late <= each.started_at < verdict.end
        for each in executions
    )


@settings(deadline=None, max_examples=150)
@given(stored=rows())
def test_of_every_window_is_said_what_was_said_then(stored: Rows) -> None:
    timeline = stored.timeline()
    excepted = {
        (each.runner_id, each.start)
        for each in judge_slots(timeline)
        if is_excepted(each, timeline.executions)
    }
    for seconds in (0.5, 3, 20, 49, 51, 100.5, 130, 200, 250.5, 299):
        now = at(seconds)
        # A change of policy that is to come is drawn when it comes.
        known = [each for each in stored.revisions if each.effective_from <= now]
        then = Rows(known, stored.presences, stored.executions, stored.watches)
        shown = then.timeline(now)
        if shown.cycle_end != timeline.cycle_end:  # another interval: then it was another cycle
            continue
        if now >= timeline.cycle_end:  # a replay is over the instants of its cycle
            continue
        live = as_judged(judge_slots(shown))
        found = in_replay(timeline, now)
        for key in (live.keys() | found.keys()) - excepted:
            assert found.get(key) == live.get(key), (seconds, key)


def block(number: int, seconds: float, *, reason: str = "late_start") -> RecordedExecution:
    return replace(
        execution("a", seconds, seconds, number=number), status=Status.BLOCKED, reason=reason
    )


def abandoned(number: int, start: float, end: float) -> RecordedExecution:
    return replace(execution("a", start, end, number=number), status=Status.ABANDONED)


def two_runners(*executions: RecordedExecution, policy: SchedulingPolicy = POLICY) -> Rows:
    return Rows([revision(policy)], [span("a", -90), span("b", -80)], list(executions))


WINDOWLESS = replace(POLICY, spread_margin_minutes=0.5)


@pytest.mark.parametrize(
    ("stored", "seconds", "verdict"),
    [
        # Startable until 15 s; only what came is known.
        (two_runners(block(1, 20)), 15, None),
        (two_runners(block(1, 20)), 15.001, Verdict.UNSERVED),
        (two_runners(block(1, 20)), 20, Verdict.BLOCKED),
        (two_runners(abandoned(1, 3, 9)), 8, Verdict.SERVED),
        (two_runners(abandoned(1, 3, 9)), 9, Verdict.ABANDONED),
        (two_runners(execution("a", 3, 40, number=1)), 39, Verdict.SERVED),
        (two_runners(policy=WINDOWLESS), 0.001, Verdict.BLOCKED),
        (two_runners(block(1, 4, reason="slot_window_invalid"), policy=WINDOWLESS), 3, "derived"),
        (two_runners(block(1, 4, reason="slot_window_invalid"), policy=WINDOWLESS), 4, "recorded"),
    ],
)
def test_a_row_changes_what_is_said_when_it_came(
    stored: Rows, seconds: float, verdict: str | None
) -> None:
    timeline = stored.timeline()
    steps = verdict_steps(timeline, judge_slots(timeline), {"a"})
    said = [step.verdict for step in steps if step.at <= at(seconds)]

    live = as_judged(judge_slots(stored.timeline(at(seconds))))
    assert live.get(("a", T0)) == in_replay(timeline, at(seconds)).get(("a", T0))
    if verdict in ("derived", "recorded"):
        assert said[-1].recorded == (verdict == "recorded")
    else:
        assert (said[-1].verdict if said else None) == verdict


@pytest.mark.parametrize(
    ("stored", "seconds", "live"),
    [
        # It started after all, 20 s into its window.
        (two_runners(execution("a", 20, 25, number=1)), 17, Verdict.UNSERVED),
        # A second start went well.
        (two_runners(abandoned(1, 1, 2), execution("a", 5, 6, number=2)), 3, Verdict.ABANDONED),
    ],
)
def test_what_the_live_page_said_and_a_later_row_made_untrue_is_left_out(
    stored: Rows, seconds: float, live: Verdict
) -> None:
    now = at(seconds)
    said = {each.runner_id: each.verdict for each in judge_slots(stored.timeline(now))}

    assert said["a"] == live
    assert ("a", T0) not in in_replay(stored.timeline(), now)


def test_only_the_lanes_that_are_shown_are_told_of() -> None:
    timeline = two_runners(block(1, 20)).timeline()

    steps = list(verdict_steps(timeline, judge_slots(timeline), {"b"}))

    assert {step.verdict.runner_id for step in steps} == {"b"}
    # b was startable from 30 s to 45 s, that instant included.
    assert [step.at - T0 for step in steps] == [timedelta(seconds=45, microseconds=1)]
