"""What befalls a seeded fleet: every chapter as a scenario, told in cycles of a minute.

Three runners carry the service: slots of 20 s, windows of 8 s, startable for 6 s, and a check every
4 s. A fourth leaves windows of 3 s, so that starts are missed or late; a fifth leaves none. Every
chapter begins where the opening ended and leaves the fleet as it found it: the three alive and out
of grace, nobody else, and nothing running. So chapters follow each other in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import ServiceMode
from scheduler.simulation.scenario import Event, EventKind, Member, Scenario, Work

CORE = ("core-1", "core-2", "core-3")
EXTRA = ("extra-1", "extra-2")
GUEST = "guest"
# Who is exchanged for another runner whenever a generation begins.
GENERATION = (*CORE, *EXTRA)

OPENING_CYCLES = 22
MINUTE = 60.0
HOUR = 60 * MINUTE

# Cycle in which it happens, what, to whom, for how many cycles or (a long run) seconds.
type _Line = tuple[float, EventKind, str, float]

_OPENING: tuple[_Line, ...] = (
    (5, EventKind.JOIN, EXTRA[0], 0),
    (10, EventKind.JOIN, EXTRA[1], 0),
    (12, EventKind.LEAVE, EXTRA[0], 0),
    (18, EventKind.LEAVE, EXTRA[1], 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a service is watched, and how long its cycles are: all of its times in proportion."""

    mode: ServiceMode
    interval_minutes: float

    @property
    def policy(self) -> SchedulingPolicy:
        scale = self.interval_minutes
        return SchedulingPolicy(
            service_interval_minutes=scale,
            spread_margin_minutes=0.2 * scale,
            check_interval_seconds=4.0 * scale,
            membership_stabilization_seconds=200.0 * scale,
            max_start_slot_fraction=0.75,
            dead_after_seconds=45.0 * scale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One chapter: its name, its length, and what happens in it."""

    name: str
    cycles: int
    lines: tuple[_Line, ...] = ()

    def scenario(self, kind: Kind) -> Scenario:
        """The opening, and then this."""
        cycle_seconds = kind.policy.interval_seconds
        lines = [*_OPENING]
        lines += [
            (OPENING_CYCLES + at, kind, runner_id, lasts)
            for at, kind, runner_id, lasts in self.lines
        ]
        return Scenario(
            policy=kind.policy,
            members=tuple(_members(kind.interval_minutes)),
            # An observed fleet knows no way out of a dead holder.
            events=tuple(
                _event(line, cycle_seconds)
                for line in lines
                if kind.mode is ServiceMode.COORDINATED or line[1] is not EventKind.CRASH_HOLDING
            ),
            work=Work(least_seconds=1.0, usual_seconds=3.0, most_seconds=8.0, failure_chance=0.012),
        )


def _members(scale: float) -> Iterable[Member]:
    for number, runner_id in enumerate(CORE):
        yield Member(runner_id=runner_id, joins_at_seconds=1.3 * scale * number)
    for runner_id in (*EXTRA, GUEST):
        yield Member(runner_id=runner_id, joins_at_seconds=None)


def _event(line: _Line, cycle_seconds: float) -> Event:
    at, kind, runner_id, lasts = line
    return Event(
        at_seconds=at * cycle_seconds,
        kind=kind,
        runner_id=runner_id,
        seconds=lasts if kind is EventKind.LONG_RUN else lasts * cycle_seconds,
    )


OPENING = Story(name="opening", cycles=OPENING_CYCLES)
CALM = Story(name="calm", cycles=30)
# One runner is replaced by one that is never seen again.
VISIT = Story(
    name="visit",
    cycles=14,
    lines=(
        (1, EventKind.LEAVE, CORE[1], 0),
        (2, EventKind.JOIN, GUEST, 0),
        (10, EventKind.LEAVE, GUEST, 0),
        (11, EventKind.JOIN, CORE[1], 0),
    ),
)


def _ordinary(number: int, *lines: _Line) -> Story:
    """About two hundred cycles with a crowd of four, for a while of five, and what else happens."""
    crowd: tuple[_Line, ...] = (
        (100, EventKind.JOIN, EXTRA[0], 0),
        (106, EventKind.JOIN, EXTRA[1], 0),
        (112, EventKind.LEAVE, EXTRA[0], 0),
        (120, EventKind.LEAVE, EXTRA[1], 0),
    )
    return Story(name=f"ordinary {number}", cycles=200, lines=(*lines, *crowd))


ORDINARY = (
    _ordinary(1, (20, EventKind.LONG_RUN, CORE[0], 6 * MINUTE)),
    _ordinary(2, (40, EventKind.CRASH_HOLDING, CORE[1], 0), (48, EventKind.JOIN, CORE[1], 0)),
    _ordinary(
        3,
        (20, EventKind.SLOW, CORE[2], 25),
        (150, EventKind.LONG_RUN, CORE[1], 14 * MINUTE),
    ),
    _ordinary(
        4,
        (30, EventKind.LEAVE, CORE[0], 0),
        (36, EventKind.JOIN, CORE[0], 0),
        (140, EventKind.SLOW, CORE[1], 30),
    ),
    _ordinary(
        5,
        (25, EventKind.STALL, CORE[2], 3),
        (60, EventKind.LONG_RUN, CORE[2], 22 * MINUTE),
    ),
    _ordinary(6, (50, EventKind.CRASH, CORE[2], 0), (56, EventKind.JOIN, CORE[2], 0)),
)


def long_story(kind: Kind, name: str, seconds: float) -> Story:
    """One run that takes this long, and the cycles that it takes up."""
    cycles = int(seconds / kind.policy.interval_seconds)
    return Story(name=name, cycles=cycles + 8, lines=((2, EventKind.LONG_RUN, CORE[1], seconds),))
