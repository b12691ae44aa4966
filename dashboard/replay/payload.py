"""A past cycle as one payload, from which a browser shows it as it was known at any instant.

Nothing is decided in the browser: it looks up the steps of replay_steps.py, and finds windows by
position in the plan of the instant's epoch. The words come along (replay_words.py).

Instants and lengths are in milliseconds, to the microsecond; instants count from the cycle's start.
A window is laid by the browser as ``cycle + position × slot`` in doubles, and so may differ from
the plan's by a microsecond or two; a replay stands at whole milliseconds.

What stored rows do not tell stays unknown: a repeated block shows its repeats from its last one on,
and a run whose runner died holds until the instant that its row ends with. What is said of windows
is what the finished cycle tells of them (replay_verdicts.py says where that may differ).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from dashboard.plot.instants import TOO_THIN
from dashboard.replay.steps import happenings, runs_of, standing_steps, turn_steps
from dashboard.replay.verdicts import verdict_steps
from dashboard.replay.words import replay_words, sentence_of
from dashboard.rows.decisions import ROWS_SHOWN, Answer
from dashboard.rows.log import ROWS_SHOWN as LOG_ROWS_SHOWN
from dashboard.text.signals import STATUSES
from dashboard.text.standing import Standing
from dashboard.timeline.blank import blank_traces
from dashboard.timeline.legend import legend_of
from dashboard.timeline.ribbon import GRACE_AT, NAMED_SEGMENTS
from dashboard.timeline.verdicts import WINDOWLESS_AT, verdict_mark, verdict_words
from scheduler.core.plan import CyclePlan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import CycleTimeline, Epoch, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import SlotVerdict, Verdict

ANSWERS = tuple(Answer)
STANDINGS = tuple(Standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """``payload`` for the browser; ``at`` is the instant it opens at, if any: milliseconds into
    the cycle."""

    payload: dict[str, Any]
    at: int | None


def replay(
    timeline: CycleTimeline,
    *,
    verdicts: Sequence[SlotVerdict],
    runner_ids: Collection[str],
    names: Mapping[str, str],
    at: datetime | None,
) -> Replay:
    """The replay of a cycle that is over; ``at`` lies inside it.

    Args:
        verdicts: what became of its windows.
        runner_ids: whose lanes are shown; the decisions are theirs.
        names: what each runner is called, by runner id.
    """
    clock = _Clock(timeline.cycle_start)
    runners = _runners(timeline)
    index = {runner_id: number for number, runner_id in enumerate(runners)}
    policies = list(dict.fromkeys(epoch.plan.policy for epoch in timeline.epochs))
    runs = runs_of(timeline)
    said = _verdicts(timeline, verdicts, runner_ids, index, clock)
    payload = {
        "start": timeline.cycle_start.timestamp() * 1000,
        "length": clock.length(timeline.cycle_end - timeline.cycle_start),
        "runners": runners,
        "names": [0 if (name := names.get(each, each)) == each else name for each in runners],
        "shown": sorted(index[each] for each in runner_ids),
        "graces": [_graces(timeline, policy, index, clock) for policy in policies],
        "epochs": _epochs(timeline, policies, index, clock),
        "turns": _turns(timeline, index, clock),
        "runs": [
            [index[run.runner_id], clock.at(run.started_at), clock.end(run.ended_at)]
            for run in runs
        ],
        "standings": _standings(timeline, runs, clock),
        "unwatched": [
            [clock.at(gap.started_at), clock.at(gap.ended_at)] for gap in timeline.unwatched
        ],
        "happenings": [clock.at(each) for each in happenings(timeline)],
        "verdicts": said,
        "log": _log(timeline, clock),
        "rows": ROWS_SHOWN,
        "named": NAMED_SEGMENTS,
        "graceAt": GRACE_AT,
        "thin": clock.length((timeline.cycle_end - timeline.cycle_start) * TOO_THIN),
        "windowlessAt": clock.length((timeline.cycle_end - timeline.cycle_start) * WINDOWLESS_AT),
        "legend": _legend(said["marks"]),
        "traces": blank_traces(),
        "words": replay_words(),
    }
    return Replay(payload=payload, at=None if at is None else int(clock.at(at)))


class _Clock:
    """Instants as milliseconds since the start of the cycle, whole ones as whole numbers."""

    def __init__(self, start: datetime) -> None:
        self._start = start

    def at(self, instant: datetime) -> float:
        return self.length(instant - self._start)

    def end(self, instant: datetime | None) -> float | None:
        return None if instant is None else self.at(instant)

    def length(self, length: timedelta) -> float:
        # By its parts: dividing timedeltas takes twice as long, and a payload has 10,000 of them.
        seconds = length.days * 86_400 + length.seconds
        whole, rest = divmod(length.microseconds, 1000)
        milliseconds = seconds * 1000 + whole
        return milliseconds + rest / 1000 if rest else milliseconds


def _runners(timeline: CycleTimeline) -> list[str]:
    """Every runner of the cycle, its members first, in the order that every plan keeps: a plan is
    then told by who is in it."""
    members = {
        (runner.creation_time, runner.runner_id)
        for epoch in (timeline.epochs[0], *(each for each in timeline.epochs if each.joined))
        for runner in epoch.plan.runners
    }
    ordered = [runner_id for _, runner_id in sorted(members)]
    return list(dict.fromkeys((*ordered, *(lane.runner_id for lane in timeline.lanes))))


def _epochs(
    timeline: CycleTimeline,
    policies: list[SchedulingPolicy],
    index: Mapping[str, int],
    clock: _Clock,
) -> list[dict[str, Any]]:
    """The epochs and their plans; of the members, those of the first and then who came and went."""
    return [
        {
            "start": clock.at(epoch.start),
            "end": clock.at(epoch.end),
            "joined": sorted(index[each] for each in _joined(epoch, is_first=not number)),
            "left": sorted(index[each] for each in epoch.left) if number else [],
            "policy": policies.index(epoch.plan.policy),
            **_plan(epoch.plan, clock),
        }
        for number, epoch in enumerate(timeline.epochs)
    ]


def _joined(epoch: Epoch, *, is_first: bool) -> tuple[str, ...]:
    return tuple(each.runner_id for each in epoch.plan.runners) if is_first else epoch.joined


def _plan(plan: CyclePlan, clock: _Clock) -> dict[str, Any]:
    """A plan in numbers: the cycle it is for, the length of a slot, of its window, and of the part
    in which a start is not late (null: no window; no limit)."""
    capacity = plan.policy.capacity(len(plan.runners))
    slot = plan.slot(0) if plan.runners else None
    limited = slot is not None and plan.policy.limits_late_starts
    return {
        "cycle": [clock.at(plan.cycle_start), clock.at(plan.cycle_end)],
        "slot": capacity.slot_seconds * 1000,
        "window": None if slot is None else capacity.window_seconds * 1000,
        "startable": clock.length(slot.startable_until - slot.slot_start)
        if slot is not None and limited
        else None,
    }


def _graces(
    timeline: CycleTimeline, policy: SchedulingPolicy, index: Mapping[str, int], clock: _Clock
) -> list[tuple[int, float, float]]:
    """Who was in grace in this cycle by that policy: runner, first seen in it, end of the grace."""
    found = []
    for lane in timeline.lanes:
        if not lane.presences:
            continue
        end = policy.grace_end(lane.presences[0].creation_time)
        if end is not None and end > timeline.cycle_start:
            began = max(lane.presences[0].started_at, timeline.cycle_start)
            found.append((index[lane.runner_id], clock.at(began), clock.at(end)))
    return found


def _turns(
    timeline: CycleTimeline, index: Mapping[str, int], clock: _Clock
) -> dict[str, list[Any]]:
    """The turns in columns: instant, runner (null: nobody), number of the answer."""
    steps = turn_steps(timeline)
    return {
        "at": [clock.at(step.at) for step in steps],
        "runner": [None if step.runner_id is None else index[step.runner_id] for step in steps],
        "answer": [ANSWERS.index(step.answer) for step in steps],
        "answers": list(ANSWERS),
    }


def _standings(
    timeline: CycleTimeline, runs: list[RecordedExecution], clock: _Clock
) -> dict[str, list[Any]]:
    """The standings in columns: instant, numbers of the standing and of its sentence, numbers of
    the runs that hold."""
    number = {run.execution_id: each for each, run in enumerate(runs)}
    steps = standing_steps(timeline)
    return {
        "at": [clock.at(step.at) for step in steps],
        "standing": [STANDINGS.index(step.standing) for step in steps],
        "sentence": [
            STANDINGS.index(sentence_of(step.standing, len(step.holding))) for step in steps
        ],
        "runs": [[number[run.execution_id] for run in step.holding] for step in steps],
        "standings": list(STANDINGS),
    }


def _verdicts(
    timeline: CycleTimeline,
    verdicts: Sequence[SlotVerdict],
    runner_ids: Collection[str],
    index: Mapping[str, int],
    clock: _Clock,
) -> dict[str, list[Any]]:
    """What is said of windows, in columns: runner, start of the window, its end if it is none (else
    0), instant, number of its mark, and its words, of which the first ``same`` letters are those of
    the step before."""
    columns: dict[str, list[Any]] = {
        key: [] for key in ("runner", "start", "windowless", "at", "mark", "same", "words")
    }
    marks: dict[str, int] = {}
    before = ""
    for step in verdict_steps(timeline, verdicts, runner_ids):
        each = step.verdict
        is_said = each.verdict is not Verdict.OPEN
        words = verdict_words(each) if is_said else ""
        same = _same(before, words)
        before = words
        row = (
            index[each.runner_id],
            clock.at(each.start),
            0 if each.slot else clock.at(each.end),
            clock.at(step.at),
            marks.setdefault(verdict_mark(each) if is_said else "", len(marks)),
            same,
            words[same:],
        )
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return columns | {"marks": list(marks)}


def _same(before: str, words: str) -> int:
    """How many letters two texts begin with in common; most often all of the first."""
    if words.startswith(before):
        return len(before)
    letters = zip(before, words, strict=False)
    return sum(1 for _ in takewhile(lambda each: each[0] == each[1], letters))


def _legend(marks: Sequence[str]) -> list[dict[str, Any]]:
    """The legend of what a replay may show: more than is left in the whole cycle."""
    shown = frozenset([STATUSES[Status.RUNNING].key, *marks])
    return [
        {"mark": item.mark, "word": item.word, "isDerived": item.is_derived}
        for item in legend_of(shown)
    ]


def _log(timeline: CycleTimeline, clock: _Clock) -> dict[int, tuple[float, float | None]]:
    """Of the attempts that the log can show: when each began, and when all that its row says was
    known (null: it never ended)."""
    return {
        each.execution_id: (
            clock.at(each.started_at),
            clock.at(each.last_attempt_at)
            if each.status == Status.BLOCKED
            else clock.end(each.ended_at),
        )
        for each in timeline.executions[-LOG_ROWS_SHOWN:]
    }
