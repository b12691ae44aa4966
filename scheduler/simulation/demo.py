"""The demo's three services: what their fleets are, and what befell and will befall them.

All cycles are a minute, so that something always moves. Events of the past lie at fractions of
the history, whatever its length; those that a visitor is to see come again every few minutes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.core.policy import SchedulingPolicy
from scheduler.services import create_service
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.history import play_history
from scheduler.simulation.scenario import Event, EventKind, Member, Scenario, Work

MINUTE = 60.0


# Four runners have windows of 12 s, startable for 6 s, and a check every 5.
_POLICY = SchedulingPolicy(
    service_interval_minutes=1.0,
    spread_margin_minutes=0.05,
    check_interval_seconds=5.0,
    max_start_slot_fraction=0.5,
    dead_after_seconds=45.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoService:
    slug: str
    name: str
    scenario: Scenario


def fill(*, seed: int, hours: int, now: datetime) -> list[Fleet]:
    """Make the services with their last hours, up to `now`; the fleets, which can go on.

    The history begins at the start of a cycle, so that one seed always tells the same one.
    """
    history_seconds = hours * 3_600.0
    fleets = []
    for service in demo_services(history_seconds):
        policy = service.scenario.policy
        start = policy.cycle_start(now) - timedelta(seconds=history_seconds)
        made = create_service(
            service.slug, name=service.name, policy=policy, changed_by="demo", effective_from=start
        )
        seed_of_its_own = f"{service.slug} {seed}"
        fleets.append(
            play_history(made, service.scenario, seed=seed_of_its_own, start=start, end=now)
        )
    return fleets


def demo_services(history_seconds: float) -> tuple[DemoService, ...]:
    """The services, for a history that ends `history_seconds` after its start."""
    return (
        DemoService(slug="invoice-dispatch", name="Invoice dispatch", scenario=healthy()),
        DemoService(slug="stock-sync", name="Stock sync", scenario=troubled(history_seconds)),
        DemoService(
            slug="session-cleanup", name="Session cleanup", scenario=crowded(history_seconds)
        ),
    )


def healthy() -> Scenario:
    """Four runners that serve each of their slots: 12 s windows, startable for 6 s, checks of 5."""
    return Scenario(
        policy=_POLICY,
        members=(
            _member(1, 412, clock_offset_seconds=0.012, round_trip_seconds=0.018),
            _member(
                2,
                398,
                joins_at_seconds=1.0,
                clock_offset_seconds=-0.031,
                round_trip_seconds=0.044,
            ),
            # It tells its time and no round trip: how sure its offset is, nobody knows.
            _member(3, 455, joins_at_seconds=2.0, clock_offset_seconds=0.004),
            Member(runner_id="7c1f0d52-8e6b-4a53-9f0e-5b1d2c7e4a90", joins_at_seconds=3.0),
        ),
        work=Work(least_seconds=3.0, usual_seconds=5.0, most_seconds=8.0),
    )


def troubled(history_seconds: float) -> Scenario:
    """Four runners and guests, with everything that can go wrong, now and then.

    Windows of 12 s are startable for 6 s; a newcomer is in grace for 90 s.
    """
    members = (
        _member(1, 806),
        _member(2, 811, joins_at_seconds=1.0, clock_offset_seconds=0.02, round_trip_seconds=0.026),
        # A clock that is this far ahead eats more than a tenth of its startable window.
        _member(3, 812, joins_at_seconds=2.0, clock_offset_seconds=1.4, round_trip_seconds=0.4),
        _member(4, 97, joins_at_seconds=3.0, clock_offset_seconds=-0.05, round_trip_seconds=0.09),
    )
    events = (
        Event(
            at_seconds=fraction * history_seconds + after,
            every_seconds=every,
            kind=kind,
            runner_id=runner_id,
            seconds=seconds,
        )
        for fraction, after, every, kind, runner_id, seconds in (*_PAST, *_LIVING)
    )
    return Scenario(
        policy=replace(_POLICY, membership_stabilization_seconds=90.0),
        members=members,
        events=tuple(events),
        work=Work(least_seconds=3.0, usual_seconds=4.0, most_seconds=7.0),
    )


def crowded(history_seconds: float) -> Scenario:
    """The package's default policy, on a scale of a fifth, and a fleet that grew too large for it.

    Two runners were well. The third and the fourth left windows of 8 s and 3 s, so that more and
    more starts were missed or late. Since the fifth, 5 × 12 s of margin fill the minute.
    """
    defaults = SchedulingPolicy()
    scale = 1.0 / defaults.service_interval_minutes
    return Scenario(
        policy=SchedulingPolicy(
            service_interval_minutes=1.0,
            spread_margin_minutes=defaults.spread_margin_minutes * scale,
            check_interval_seconds=defaults.check_interval_seconds * scale,
            membership_stabilization_seconds=defaults.membership_stabilization_seconds * scale,
            max_start_slot_fraction=defaults.max_start_slot_fraction,
            dead_after_seconds=defaults.dead_after_seconds * scale,
        ),
        members=(
            _member(5, 230),
            _member(6, 231, joins_at_seconds=1.0),
            _member(7, 228, joins_at_seconds=0.25 * history_seconds),
            _member(8, 240, joins_at_seconds=0.5 * history_seconds),
            Member(
                runner_id="c0a8d1f3-64b7-4f0a-8a52-19e7b3d65c08",
                joins_at_seconds=FIFTH_JOINS * history_seconds,
            ),
        ),
        work=Work(least_seconds=2.0, usual_seconds=4.0, most_seconds=8.0),
    )


# The fifth runner of the crowded fleet joins when this fraction of the history has passed.
FIFTH_JOINS = 0.75

_ONE, _TWO, _THREE, _FOUR = "host-1:806", "host-2:811", "host-3:812", "host-4:97"

# Fraction of the history, seconds after it, again every so many (None: once), what, to whom, for
# how many seconds.
_PAST = (
    (0.06, 0.0, None, EventKind.LONG_RUN, _TWO, 95.0),
    (0.13, 0.0, None, EventKind.FAILURE, _THREE, 0.0),
    (0.20, 0.0, None, EventKind.CRASH_HOLDING, _FOUR, 0.0),
    (0.20, 5 * MINUTE, None, EventKind.JOIN, _FOUR, 0.0),
    (0.34, 0.0, None, EventKind.NEWCOMER, "", 8 * MINUTE),
    (0.48, 0.0, None, EventKind.LEAVE, _ONE, 0.0),
    (0.48, 4 * MINUTE, None, EventKind.JOIN, _ONE, 0.0),
    (0.57, 0.0, None, EventKind.SLOW, _TWO, 7 * MINUTE),
    (0.68, 0.0, None, EventKind.LONG_RUN, _ONE, 130.0),
    (0.74, 0.0, None, EventKind.FAILURE, _TWO, 0.0),
    (0.79, 0.0, None, EventKind.NEWCOMER, "", 6 * MINUTE),
    (0.87, 0.0, None, EventKind.CRASH_HOLDING, _THREE, 0.0),
    (0.87, 4 * MINUTE, None, EventKind.JOIN, _THREE, 0.0),
    (0.93, 0.0, None, EventKind.SLOW, _FOUR, 7 * MINUTE),
    (0.98, 0.0, None, EventKind.LONG_RUN, _TWO, 70.0),
)

# The same, of what is to come.
_LIVING = (
    (1.0, 0.5 * MINUTE, 5 * MINUTE, EventKind.LONG_RUN, _TWO, 80.0),
    (1.0, 1 * MINUTE, 6 * MINUTE, EventKind.SLOW, _THREE, 2.5 * MINUTE),
    (1.0, 1.5 * MINUTE, 7 * MINUTE, EventKind.FAILURE, _ONE, 0.0),
    (1.0, 2 * MINUTE, 12 * MINUTE, EventKind.NEWCOMER, "", 4 * MINUTE),
    (1.0, 3.5 * MINUTE, 15 * MINUTE, EventKind.CRASH_HOLDING, _FOUR, 0.0),
    (1.0, 6.5 * MINUTE, 15 * MINUTE, EventKind.JOIN, _FOUR, 0.0),
    (1.0, 8 * MINUTE, 20 * MINUTE, EventKind.LEAVE, _ONE, 0.0),
    (1.0, 10 * MINUTE, 20 * MINUTE, EventKind.JOIN, _ONE, 0.0),
)


def _member(host: int, pid: int, **told: float) -> Member:
    name = f"host-{host}"
    return Member(runner_id=f"{name}:{pid}", host=name, pid=pid, **told)
