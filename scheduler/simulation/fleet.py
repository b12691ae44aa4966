"""Plays a scenario: runners that join, beat, ask, run and fail on a simulated clock.

A small discrete-event engine. It decides nothing: what a runner may do is the store's answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat
from scheduler.simulation.scenario import Event, EventKind, Member, PolicyChange, Scenario
from scheduler.simulation.store import Answer, Store, Witness

EXCEPTION = "exception:ValueError"
# A slow runner checks this many times less often.
SLOWER = 3

# What happens next, to whom: called with that subject and the instant.
type _Action[Subject] = Callable[[Subject, datetime], None]


@dataclass(slots=True, kw_only=True, eq=False)
class _Process:
    """One life of a runner: from a join to a leave or a crash."""

    member: Member
    # The id under which it asks until it starts: a claim that is repeated is the same claim.
    next_run_id: str
    alive: bool = True
    eligible: bool = True
    leaving: bool = False
    run_id: str | None = None
    run_fails: bool = False
    rests_until: datetime | None = None
    stalled_until: datetime | None = None
    slow_until: datetime | None = None
    next_run_seconds: float | None = None
    next_run_fails: bool = False
    next_run_crashes: bool = False


class Fleet:
    """The runners of one service. Same scenario, seed and start: the same story on any store.

    `store` may be exchanged between two steps for another one with the same rows. Given a `truth`,
    it is told everything.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | str,
        start: datetime,
        store: Store,
        truth: Witness | None = None,
    ) -> None:
        self.store = store
        self._scenario = scenario
        self._policy = scenario.policy
        self._truth = truth
        self._random = Random(seed)  # noqa: S311 - a story, no secret
        self._up: dict[str, _Process] = {}
        self._number = count()
        self._agenda: list[tuple[datetime, int, _Action[Any], Any]] = []
        for change in scenario.policy_changes:
            self._plan(start, change.at_seconds, self._change_policy, change)
        for member in scenario.members:
            if member.joins_at_seconds is not None:
                self._plan(start, member.joins_at_seconds, self._join, member)
        self._members = {member.runner_id: member for member in scenario.members}
        for event in scenario.events:
            self._plan(start, event.at_seconds, self._befall, event)

    @property
    def next_at(self) -> datetime:
        """When something happens next; the end of time when nothing ever does."""
        return self._agenda[0][0] if self._agenda else datetime.max.replace(tzinfo=UTC)

    def step(self) -> None:
        """Let the next thing happen. If the store raises, it is still to happen."""
        at, _, action, subject = self._agenda[0]
        action(subject, at)
        # Still the first one: what it has planned is due later, or has a higher number.
        heappop(self._agenda)

    def run_until(self, end: datetime) -> None:
        """Let everything before `end` happen."""
        while self.next_at < end:
            self.step()

    def _plan[Subject](
        self, at: datetime, seconds: float, action: _Action[Subject], subject: Subject
    ) -> None:
        due = at + timedelta(seconds=seconds)
        # The number keeps what is due at one instant in the order of planning.
        heappush(self._agenda, (due, next(self._number), action, subject))

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    # What befalls runners: each sets what the runner will do, and only a leave tells the store.

    def _befall(self, event: Event, at: datetime) -> None:
        process = self._up.get(event.runner_id)
        if event.kind is EventKind.NEWCOMER:
            self._welcome(event, at)
        elif event.kind is EventKind.JOIN:
            if process is None:
                self._join(self._members[event.runner_id], at)
        elif process is not None:
            self._afflict(process, event, at)
        if event.every_seconds is not None:
            self._plan(at, event.every_seconds, self._befall, event)

    def _afflict(self, process: _Process, event: Event, at: datetime) -> None:
        until = at + timedelta(seconds=event.seconds)
        match event.kind:
            case EventKind.LEAVE:
                self._leave(process, at)
            case EventKind.CRASH:
                self._end(process, at)
            case EventKind.CRASH_HOLDING:
                process.next_run_crashes = True
            case EventKind.STALL:
                process.stalled_until = until
            case EventKind.SLOW:
                process.slow_until = until
            case EventKind.LONG_RUN:
                process.next_run_seconds = event.seconds
            case EventKind.FAILURE:
                process.next_run_fails = True
            case EventKind.ELIGIBLE:
                process.eligible = True
            case EventKind.INELIGIBLE:
                process.eligible = False

    def _welcome(self, event: Event, at: datetime) -> None:
        member = Member(runner_id=self._new_id())
        self._join(member, at)
        leave = Event(at_seconds=0, kind=EventKind.LEAVE, runner_id=member.runner_id)
        self._plan(at, event.seconds, self._befall, leave)

    def _join(self, member: Member, at: datetime) -> None:
        process = _Process(member=member, next_run_id=self._new_id())
        self._up[member.runner_id] = process
        self._plan(at, 0, self._check, process)

    def _leave(self, process: _Process, at: datetime) -> None:
        if not self._is_awake(process, at, self._leave):
            return
        process.eligible = False
        process.leaving = True
        self._beat(process, at)
        if process.run_id is None:
            self._end(process, at)

    def _end(self, process: _Process, _at: datetime) -> None:
        process.alive = False
        # It may have joined again meanwhile, as another process.
        if self._up.get(process.member.runner_id) is process:
            del self._up[process.member.runner_id]

    def _change_policy(self, change: PolicyChange, at: datetime) -> None:
        self.store.change_policy(change.policy, now=at)
        self._policy = change.policy
        if self._truth is not None:
            self._truth.note_policy(change.policy, at)

    # What runners do: the store first, so that a step that failed can be taken again.

    def _is_awake(self, process: _Process, at: datetime, action: _Action[_Process]) -> bool:
        """Whether it can act; a stalled one does so as soon as it goes on."""
        if process.alive and process.stalled_until is not None and process.stalled_until > at:
            self._plan(process.stalled_until, 0, action, process)
            return False
        return process.alive

    def _check(self, process: _Process, at: datetime) -> None:
        if not self._is_awake(process, at, self._check):
            return
        resting = process.rests_until is not None and at < process.rests_until
        if process.run_id is not None or resting:
            self._beat(process, at)
        else:
            self._ask(process, at)
        seconds = process.member.check_seconds or self._policy.check_interval_seconds
        seconds *= 1 + self._scenario.jitter * (2 * self._random.random() - 1)
        if process.slow_until is not None and at < process.slow_until:
            seconds *= SLOWER
        self._plan(at, seconds, self._check, process)

    def _beat(self, process: _Process, at: datetime) -> None:
        self.store.beat(self._heartbeat(process, at), now=at)
        if self._truth is not None:
            self._truth.note_beat(process.member.runner_id, at, eligible=process.eligible)

    def _ask(self, process: _Process, at: datetime) -> None:
        answer = self.store.claim(self._heartbeat(process, at), now=at, run_id=process.next_run_id)
        if self._truth is not None:
            self._truth.note_beat(process.member.runner_id, at, eligible=process.eligible)
            self._truth.note_answer(
                process.member.runner_id, at, answer, run_id=process.next_run_id
            )
        if answer.started:
            self._start(process, answer, at)

    def _heartbeat(self, process: _Process, at: datetime) -> Beat:
        member, offset = process.member, process.member.clock_offset_seconds
        on_its_way = (member.round_trip_seconds or 0.0) / 2
        return Beat(
            runner_id=member.runner_id,
            eligible=process.eligible,
            host=member.host,
            pid=member.pid,
            runner_time=None if offset is None else at + timedelta(seconds=offset - on_its_way),
            round_trip_seconds=member.round_trip_seconds,
        )

    def _start(self, process: _Process, answer: Answer, at: datetime) -> None:
        work, seconds = self._scenario.work, process.next_run_seconds
        if seconds is None:
            seconds = self._random.triangular(
                work.least_seconds, work.most_seconds, work.usual_seconds
            )
        # Drawn in any case, so that an event does not shift all numbers after it.
        process.run_fails = self._random.random() < work.failure_chance or process.next_run_fails
        process.run_id, process.next_run_id = process.next_run_id, self._new_id()
        if not self._scenario.asks_again:
            interval = timedelta(seconds=self._policy.interval_seconds)
            process.rests_until = answer.claim.cycle_start + interval
        if process.next_run_crashes:
            self._plan(at, seconds / 2, self._end, process)
        else:
            self._plan(at, seconds, self._finish, process)
        process.next_run_seconds, process.next_run_fails = None, False

    def _finish(self, process: _Process, at: datetime) -> None:
        if not self._is_awake(process, at, self._finish):
            return
        if process.run_id is not None:
            status, reason = Status.COMPLETED, ""
            if process.run_fails:
                status, reason = Status.ABANDONED, EXCEPTION
            self.store.finish(process.run_id, status, reason, now=at)
            if self._truth is not None:
                self._truth.note_end(process.run_id, status, reason, at)
            process.run_id = None
        if process.leaving:
            self._end(process, at)
