"""The payload of a replay: at every instant it tells what the core tells from the same rows."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.cycle.status import cycle_status, holders_in
from dashboard.replay.payload import Replay, replay
from dashboard.rows.decisions import DecisionTable, decision_table
from dashboard.text.words import TimeWords
from scheduler.core.epochs import policy_in_force
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import (
    CycleTimeline,
    PolicyRevision,
    PresenceSpan,
    RecordedExecution,
    WatchSpan,
    reconstruct,
)
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import judge_slots
from tests.core.build import T0, YEAR, around, at, execution, revision, span
from tests.core.test_timeline_proof import POLICIES, spans
from tests.dashboard.replay.replaying import Reading, Told

WORDS = TimeWords(zone=UTC, now=T0)
LONG_AFTER = at(YEAR)
REPEATED = replace(
    execution("a", 30, 30, number=2), status=Status.BLOCKED, attempts=3, last_attempt_at=at(40)
)


@st.composite
def rows(draw: st.DrawFn) -> "Rows":
    revisions = [revision(draw(POLICIES))]
    if draw(st.booleans()):
        revisions.append(revision(draw(POLICIES), draw(st.sampled_from((1.0, 123.456789, 250.0)))))
    starts = st.sampled_from((-5.0, 2.0, 21.000001, 100.25, 101.0))
    lengths = st.sampled_from((None, 0.0015, 7.0, 90.0))
    executions = []
    for number in range(draw(st.integers(0, 3))):
        start, length = draw(starts), draw(lengths)
        end = None if length is None else start + length
        executions.append(execution(f"r{number}", start, end, number=number))
    gaps = draw(st.sampled_from((None, [WatchSpan(started_at=at(-9), ended_at=at(50.5))])))
    return Rows(revisions, draw(spans()), executions, gaps)


class Rows:
    """What is stored of one cycle."""

    def __init__(
        self,
        revisions: list[PolicyRevision],
        presences: list[PresenceSpan],
        executions: list[RecordedExecution],
        watches: list[WatchSpan] | None = None,
    ) -> None:
        self.revisions = revisions
        self.presences = presences
        self.executions = executions
        self.watches = watches

    def timeline(self, now: datetime = LONG_AFTER) -> CycleTimeline:
        return reconstruct(
            cycle_start=T0,
            policies=self.revisions,
            presences=self.presences,
            executions=[known for each in self.executions if (known := as_known(each, now))],
            watches=self.watches,
            now=now,
        )

    def plan(self, now: datetime) -> CyclePlan:
        """Of the cycle that ``now`` was in, as far as anybody knew then."""
        members = {
            (each.creation_time, each.runner_id)
            for each in self.presences
            if each.eligible and each.started_at <= now <= each.expires_at
        }
        runners = [ActiveRunnerInfo(name, created, created) for created, name in sorted(members)]
        return plan_cycle(runners=runners, at=now, policy=policy_in_force(self.revisions, now))

    def table(self, now: datetime, shown: Collection[str] | None = None) -> DecisionTable:
        everybody = {each.runner_id for each in self.plan(now).runners}
        holders = holders_in(self.timeline(now))
        return decision_table(
            self.plan(now),
            at=now,
            holder_ids=[holder.runner_id for holder in holders],
            names={},
            words=WORDS,
            runner_ids=everybody if shown is None else shown,
        )


def as_known(row: RecordedExecution, now: datetime) -> RecordedExecution | None:
    """A run as its row said at ``now``: that it would end was not known before it did."""
    if row.started_at > now:
        return None
    if row.ended_at is None or row.ended_at <= now:
        return row
    return replace(row, ended_at=None, status=Status.RUNNING)


def replayed(
    stored: Rows,
    *,
    shown: Collection[str] | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
    opened_at: datetime | None = None,
) -> Replay:
    """The replay of what is stored; of all its lanes, unless some are named."""
    timeline = stored.timeline()
    return replay(
        timeline,
        verdicts=judge_slots(timeline),
        runner_ids={lane.runner_id for lane in timeline.lanes} if shown is None else shown,
        names=names,
        at=opened_at,
    )


def reading(stored: Rows, *, shown: Collection[str] | None = None) -> Reading:
    payload = replayed(stored, shown=shown).payload
    return Reading(json.loads(json.dumps(payload)), WORDS, T0)


def instants(read: Reading) -> list[int]:
    """Whole milliseconds at and beside everything that happens; the most telling of them."""
    edges = {0.0, *read.payload["turns"]["at"], *read.payload["standings"]["at"]}
    edges.update(read.payload["happenings"])
    whole = {int(edge) + step for edge in edges for step in (-1, 0, 1)}
    inside = sorted(each for each in whole if 0 <= each < read.payload["length"])
    return inside[:: max(1, len(inside) // 20)]


def told(table: DecisionTable) -> list[Told]:
    return [
        Told(
            runner_id=row.runner_id,
            position=row.position,
            is_owner=row.is_owner,
            window=row.window,
            until=row.startable_until,
            word=row.signal.word,
            why=row.why,
            turn=row.next_turn_at,
        )
        for row in table.rows
    ]


def beside(
    stored: Rows, instant: datetime, shown: Collection[str] | None = None
) -> list[list[Told]]:
    """What the core tells then, and a microsecond before and after: turns and windows are rounded
    apart by as much."""
    return [without_turns(told(stored.table(each, shown))) for each in around([instant])]


def without_turns(table: list[Told]) -> list[Told]:
    return [replace(row, turn=None) for row in table]


@settings(deadline=None, max_examples=150)
@given(stored=rows())
def test_everyone_is_told_what_the_decision_tells(stored: Rows) -> None:
    read = reading(stored)
    for milliseconds in instants(read):
        instant = T0 + timedelta(milliseconds=milliseconds)
        expected, found = told(stored.table(instant)), read.table(milliseconds)
        assert without_turns(found) in beside(stored, instant)
        for row, other in zip(found, expected, strict=True):
            assert (row.turn is None) == (other.turn is None)
            if row.turn is not None and other.turn is not None:
                assert abs(row.turn - other.turn) < timedelta(milliseconds=1)


@settings(deadline=None, max_examples=150)
@given(stored=rows())
def test_the_service_stands_as_it_stood_at_every_instant(stored: Rows) -> None:
    read = reading(stored)
    words = TimeWords(zone=UTC, now=T0)
    for milliseconds in instants(read):
        instant = T0 + timedelta(milliseconds=milliseconds)
        known = replace(stored.timeline(instant), plan=stored.plan(instant))
        holders = holders_in(known)
        # A gap up to now is one only if nobody watches now.
        known = replace(known, unwatched=stored.timeline().unwatched)
        standing, holding = read.standing(milliseconds)
        assert standing == cycle_status(known, holders, {}, instant, words).standing
        assert holding == [(each.runner_id, each.since) for each in holders]


@pytest.mark.parametrize("count", [1, 2, 7, 13, 512, 999])
@pytest.mark.parametrize("minutes", [1.0, 7.0, 60.0])
def test_every_window_is_the_plans_to_the_millisecond(count: int, minutes: float) -> None:
    policy = SchedulingPolicy(
        service_interval_minutes=minutes,
        spread_margin_minutes=0.0001,
        max_start_slot_fraction=1 / 3,
    )
    stored = Rows([revision(policy)], [span(f"r{number:03}") for number in range(count)], [])
    read, plan = reading(stored), stored.plan(T0)

    found = [read.window(read.epochs[0], position, 0) for position in range(count)]

    for window, slot in zip(found, plan.slots, strict=True):
        assert window is not None
        expected = (slot.slot_start, slot.startable_until, slot.slot_end)
        for mine, exact in zip(window, expected, strict=True):
            assert abs(read.instant(mine) - exact) <= timedelta(microseconds=2)


def a_long_cycle() -> Rows:
    """An hour of 1,000 runners with 10 changes, 1,000 runs and as many blocks."""
    policy = SchedulingPolicy(
        service_interval_minutes=60,
        spread_margin_minutes=0.01,
        membership_stabilization_seconds=60,
    )
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(1_000)]
    presences = [span(runner_id, -1e5 - number) for number, runner_id in enumerate(ids[5:])]
    for number, runner_id in enumerate(ids[:5]):
        presences.append(span(runner_id, 300.123456 * (number + 1)))
        presences.append(span(f"gone-{number}", -2e5, 310.654321 * (number + 1)))
    executions = []
    for number in range(1_000):
        row = execution(ids[number], 3.6 * number + 0.000123, 3.6 * number + 1.2, number=number)
        block = replace(
            row, execution_id=1_000 + number, status=Status.BLOCKED, reason="late_start"
        )
        executions += [row, block]
    return Rows([revision(policy)], presences, executions)


def in_its_window(stored: Rows) -> Rows:
    """The same, each attempt 0.25 s to 0.75 s into its runner's first window."""
    starts = {lane.runner_id: lane.slots[0].start for lane in stored.timeline().lanes if lane.slots}
    executions = []
    for number, row in enumerate(stored.executions):
        start = starts[row.runner_id] + timedelta(milliseconds=250 + number % 500)
        executions.append(
            replace(
                row,
                started_at=start,
                first_attempt_at=start,
                last_attempt_at=start,
                ended_at=row.ended_at and row.ended_at + (start - row.started_at),
            )
        )
    return Rows(stored.revisions, stored.presences, executions)


@pytest.mark.parametrize("told", [a_long_cycle, lambda: in_its_window(a_long_cycle())])
def test_a_large_cycle_is_a_payload_of_under_300_kilobytes(told: Callable[[], Rows]) -> None:
    payload = replayed(told()).payload

    assert len(payload["epochs"]) == 11
    assert len(payload["shown"]) == 1_005
    # Of every window something is said, and of those that were used twice.
    assert len(payload["verdicts"]["at"]) > 1_000
    assert len(json.dumps(payload, separators=(",", ":"))) < 300_000


def test_words_of_windows_are_written_once_and_put_together_again() -> None:
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    stored = Rows([revision(policy)], [span("a", -60)], [execution("a", 1, 2.5, number=1)])

    said = replayed(stored).payload["verdicts"]

    assert said == {
        "runner": [0, 0],
        "start": [0, 0],
        "windowless": [0, 0],
        "at": [1_000, 2_500],
        "mark": [0, 0],
        "same": [0, 40],
        "words": ["Served: started 1 s into its 60 s window", ", ran for 1.5 s"],
        "marks": [""],
    }


def test_the_legend_of_a_replay_has_what_is_over_in_the_end() -> None:
    # a missed its window, as far as was known until it came too late.
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    late = replace(execution("a", 20, 20, number=1), status=Status.BLOCKED, reason="late_start")
    stored = Rows([revision(policy)], [span("a", -60), span("b", -50)], [late])

    legend = replayed(stored, shown={"a"}).payload["legend"]

    assert [(item["mark"], item["word"]) for item in legend] == [
        ("running", "Running"),
        ("no-start", "No start"),
    ]


def test_a_table_of_a_large_fleet_is_the_hundred_around_the_owner() -> None:
    stored = a_long_cycle()
    read = reading(stored)

    for seconds in (0, 299, 1_800, 3_599):
        table = read.table(seconds * 1_000)
        assert without_turns(table) in beside(stored, at(seconds))
        assert len(table) == 100


def test_a_table_is_of_the_lanes_that_are_shown() -> None:
    stored = a_long_cycle()
    ids = [runner.runner_id for runner in stored.plan(at(1)).runners]
    # From 1,800 s on the one with the odd name is gone.
    few, many = {ids[3], "gone-4", ids[700]}, set(ids[100:350])

    for shown, most in ((few, 3), (many, 100), (set[str](), 0)):
        read = reading(stored, shown=shown)
        for seconds in (0, 1_800, 3_599):
            table = read.table(seconds * 1_000)
            assert without_turns(table) in beside(stored, at(seconds), shown)
            assert len(table) <= most


def test_a_replay_steps_through_what_happened() -> None:
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    stored = Rows(
        [revision(policy), revision(replace(policy, spread_margin_minutes=0.1), 50)],
        [span("a"), span("b", 5.5)],
        [execution("a", -3, 2, number=1), REPEATED, execution("b", 59, 70, number=3)],
    )

    payload = replayed(stored).payload

    # An end, a joiner, a block, the policy, a start; what lies outside the cycle is no step.
    assert payload["happenings"] == [2_000, 5_500, 30_000, 50_000, 59_000]


def test_what_a_row_of_the_log_says_is_known_from_an_instant_on() -> None:
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    runs = [execution("a", 1, 2.5, number=1), execution("a", 50, number=3)]
    stored = Rows([revision(policy)], [span("a")], [*runs, REPEATED])

    payload = replayed(stored).payload

    assert payload["log"] == {1: (1_000, 2_500), 2: (30_000, 40_000), 3: (50_000, None)}


def test_names_that_are_the_id_are_not_told_twice() -> None:
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    stored = Rows([revision(policy)], [span("a", -60), span("b", -50)], [])

    payload = replayed(stored, names={"a": "host-1:7", "b": "b"}).payload

    assert (payload["runners"], payload["names"]) == (["a", "b"], ["host-1:7", 0])


def test_a_replay_opens_at_the_instant_asked_for() -> None:
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    stored = Rows([revision(policy)], [span("a")], [])

    assert replayed(stored, opened_at=at(24.5)).at == 24_500
    assert replayed(stored).at is None
