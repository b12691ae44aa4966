"""Chapters: a story played once through the simulation, kept as what can be laid anywhere in time.

Instants are offsets from the chapter's start, runners are roles, and run ids are places in the
chapter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import NamedTuple

from scheduler.core.cycle.presences import BeatMark, Lifespan, lifespans_of
from scheduler.core.policy import SchedulingPolicy
from scheduler.door import split_reason
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.models import Execution, Origin, ServiceMode
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.observed import ObservedStore
from scheduler.simulation.seeding.stories import (
    CALM,
    CORE,
    GENERATION,
    GUEST,
    HOUR,
    OPENING,
    OPENING_CYCLES,
    ORDINARY,
    VISIT,
    Kind,
    Story,
    long_story,
)

# The start of a cycle of every length that is used.
_ONCE = datetime(2026, 1, 1, tzinfo=UTC)
_ROLES = (*GENERATION, GUEST)
_LEAK_CHANCE = 0.02


# The place of what there is not: the last one of any list.
NOWHERE = -1


class UnsettledStory(RuntimeError):
    """A story does not leave its fleet as it found it."""


class Attempt(NamedTuple):
    """One execution of a chapter. Its instants are places in the chapter's ``offsets``, and runners
    are roles: places in the cast.

    ``detail`` has a place for ``{run}`` and ``{runner}`` where it names a run (by its place in the
    chapter) or a role.
    """

    role: int
    status: str
    started_at: int
    ended_at: int
    last_attempt_at: int
    cycle_start: int
    slot_start: int
    slot_end: int
    reason: str
    detail: str
    attempts: int
    position: int | None
    runner_count: int | None
    assigned_role: int
    late_fraction: float | None
    named_run: int
    named_role: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A lifespan of a role in a chapter; None where it began before, or goes on after it."""

    role: int
    started_at: timedelta | None
    last_heartbeat_at: timedelta
    expires_at: timedelta | None
    eligible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What was played of one story."""

    length: timedelta
    origin: str
    attempts: tuple[Attempt, ...]
    offsets: tuple[timedelta, ...]
    lives: tuple[Life, ...]
    first_seen: dict[int, timedelta]
    longest_run: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """What became of a whole play, each with its runner's id, whatever its store."""

    executions: Sequence[tuple[str, Execution]]
    lifespans: Sequence[tuple[str, Lifespan]]


def play(story: Story, kind: Kind, *, seed: int | str) -> Chapter:
    """The chapter of this story. The same seed plays the same.

    Raises:
        UnsettledStory: it can't be followed by any other.
    """
    interval = timedelta(seconds=kind.policy.interval_seconds)
    # Every other story is played behind the opening, of which nothing is kept then.
    start = _ONCE if story is OPENING else _ONCE + OPENING_CYCLES * interval
    end = start + story.cycles * interval
    played = _PLAYERS[kind.mode](story, kind, f"{story.name} {seed}", end)
    lives = tuple(_lives(played, start, end))
    _require_settled(story, played, lives, end)
    return _chapter(played, lives, start, end)


def _play_coordinated(story: Story, kind: Kind, seed: str, end: datetime) -> _Played:
    store = MemoryStore(kind.policy)
    Fleet(story.scenario(kind), seed=seed, start=_ONCE, store=store).run_until(end)
    return _Played(
        executions=[(each.runner.runner_id, each) for each in store.executions],
        lifespans=[(each.runner.runner_id, each.lifespan) for each in store.presences],
    )


def _play_observed(story: Story, kind: Kind, seed: str, end: datetime) -> _Played:
    store = ObservedStore(kind.policy, seed=seed, leak_chance=_LEAK_CHANCE)
    Fleet(story.scenario(kind), seed=seed, start=_ONCE, store=store).run_until(end)
    good_for = kind.policy.dead_after_seconds
    marks: dict[str, list[BeatMark]] = {}
    runs: dict[str, ExecutionReport] = {}
    for told in store.reports:
        if isinstance(told, HeartbeatReport):
            mark = BeatMark(at=told.at, eligible=told.eligible, good_for_seconds=good_for)
            marks.setdefault(told.runner_id, []).append(mark)
        else:
            runs[told.run_id] = told
    return _Played(
        executions=[(each.runner_id, _reported(each, kind.policy)) for each in runs.values()],
        lifespans=[
            (runner_id, lifespan)
            for runner_id in marks
            for lifespan in lifespans_of(marks[runner_id])
        ],
    )


_PLAYERS = {ServiceMode.COORDINATED: _play_coordinated, ServiceMode.OBSERVED: _play_observed}


def _reported(told: ExecutionReport, policy: SchedulingPolicy) -> Execution:
    reason, detail = split_reason(told.reason)
    return Execution(
        run_id=told.run_id,
        status=told.status.value,
        origin=Origin.REPORTED.value,
        started_at=told.started_at,
        ended_at=told.ended_at,
        reason=reason,
        reason_detail=detail,
        first_attempt_at=told.started_at,
        last_attempt_at=told.started_at,
        cycle_start=policy.cycle_start(told.started_at),
    )


def _lives(played: _Played, start: datetime, end: datetime) -> Iterable[Life]:
    for runner_id, lifespan in played.lifespans:
        if lifespan.expires_at >= start:
            yield Life(
                role=_ROLES.index(runner_id),
                started_at=None if lifespan.started_at < start else lifespan.started_at - start,
                last_heartbeat_at=lifespan.last_heartbeat_at - start,
                expires_at=None if lifespan.expires_at >= end else lifespan.expires_at - start,
                eligible=lifespan.eligible,
            )


def _require_settled(story: Story, played: _Played, lives: Sequence[Life], end: datetime) -> None:
    core = set(range(len(CORE)))
    before = {each.role for each in lives if each.started_at is None}
    after = {each.role for each in lives if each.expires_at is None}
    if after != core or before != (set() if story is OPENING else core):
        raise UnsettledStory(f"{story.name}: alive before {before} and after {after}.")
    if any(row.ended_at is None or row.ended_at >= end for _, row in played.executions):
        raise UnsettledStory(f"{story.name}: a run goes on at its end.")


def _chapter(played: _Played, lives: tuple[Life, ...], start: datetime, end: datetime) -> Chapter:
    told = sorted(
        (pair for pair in played.executions if pair[1].started_at >= start),
        key=lambda pair: (pair[1].started_at, pair[1].run_id),
    )
    offsets = _Offsets(start)
    places = {row.run_id: place for place, (_, row) in enumerate(told)}
    attempts = tuple(_attempt(runner_id, row, places, offsets) for runner_id, row in told)
    return Chapter(
        length=end - start,
        origin=told[0][1].origin,
        attempts=attempts,
        offsets=tuple(offsets.places),
        lives=lives,
        # Backwards: of several lives of a role, the first one stays.
        first_seen={
            each.role: each.started_at for each in reversed(lives) if each.started_at is not None
        },
        longest_run=max(row.ended_at - row.started_at for _, row in told if row.ended_at),
    )


class _Offsets:
    """The distinct instants of a chapter, each with its place."""

    def __init__(self, start: datetime) -> None:
        self.places: dict[timedelta, int] = {}
        self._start = start

    def place(self, at: datetime | None) -> int:
        if at is None:
            return NOWHERE
        return self.places.setdefault(at - self._start, len(self.places))


def _attempt(runner_id: str, row: Execution, places: dict[str, int], offsets: _Offsets) -> Attempt:
    detail, named_run, named_role = _named(row.reason_detail, places)
    return Attempt(
        role=_ROLES.index(runner_id),
        status=row.status,
        started_at=offsets.place(row.started_at),
        ended_at=offsets.place(row.ended_at),
        last_attempt_at=offsets.place(row.last_attempt_at),
        cycle_start=offsets.place(row.cycle_start),
        slot_start=offsets.place(row.slot_start),
        slot_end=offsets.place(row.slot_end),
        reason=row.reason,
        detail=detail,
        attempts=row.attempts,
        position=row.runner_position,
        runner_count=row.stable_runner_count,
        assigned_role=_role(row.assigned_runner_id),
        late_fraction=row.late_start_fraction,
        named_run=named_run,
        named_role=named_role,
    )


def _role(runner_id: str) -> int:
    return _ROLES.index(runner_id) if runner_id else NOWHERE


def _named(detail: str, places: dict[str, int]) -> tuple[str, int, int]:
    """The detail with a place for the run and the role that it names, and which these are."""
    # A detail that names a run begins with it.
    run_id = detail.partition(" ")[0]
    run = places.get(run_id, NOWHERE)
    if run != NOWHERE:
        detail = detail.replace(run_id, "{run}", 1)
    for role, runner_id in enumerate(_ROLES):
        if runner_id in detail:
            return detail.replace(runner_id, "{runner}"), run, role
    return detail, run, NOWHERE


class Library:
    """The chapters of one kind of service, each played when it is asked for first."""

    def __init__(self, kind: Kind, *, seed: int) -> None:
        self.kind = kind
        self._seed = seed

    @cached_property
    def opening(self) -> Chapter:
        return self._play(OPENING)

    @cached_property
    def calm(self) -> Chapter:
        return self._play(CALM)

    @cached_property
    def visit(self) -> Chapter:
        return self._play(VISIT)

    @cached_property
    def ordinary(self) -> tuple[Chapter, ...]:
        return tuple(self._play(each) for each in ORDINARY)

    @cached_property
    def hours(self) -> Chapter:
        return self._play(long_story(self.kind, "hours", 3.3 * HOUR))

    @cached_property
    def day(self) -> Chapter:
        return self._play(long_story(self.kind, "day", 25.2 * HOUR))

    def _play(self, story: Story) -> Chapter:
        return play(story, self.kind, seed=self._seed)


@cache
def library(kind: Kind, seed: int) -> Library:
    """Chapters stay as they were played."""
    return Library(kind, seed=seed)
