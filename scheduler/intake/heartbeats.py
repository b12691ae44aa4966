"""Heartbeats of a coordinated service: a beat arrives, a presence grows or opens."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler import door
from scheduler.core.clocks.offset import ClockOffset, estimate_offset, kept_offset
from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.db.service_lock import service_lock
from scheduler.door import ITEMS_AT_MOST, Unacceptable
from scheduler.errors import WrongMode
from scheduler.intake import seats
from scheduler.intake.items import kept_clock
from scheduler.intake.late_changes import note_changes
from scheduler.intake.runner_rows import kept_runner_id, known_runners, latest_presences
from scheduler.intake.runs_given_up import runs_given_up
from scheduler.models import Presence, Runner, Service
from scheduler.models.runner import CLOCK_FIELDS
from scheduler.policies import policy_at
from scheduler.retention.archive import refuse_archived


class WrongServiceMode(WrongMode):
    """A coordinated service was told reports, or an observed one was asked for a claim."""


class InvalidBeat(Unacceptable):
    """A beat tells what can't be, or can't be kept; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One heartbeat that arrives now.

    ``runner_time`` is the runner's own clock, as a timezone-aware instant, when it sent the beat.
    ``round_trip_seconds`` is how long its call before this one took, from call to answer by its own
    stopwatch; it tells how far ``runner_time`` can be trusted, and nothing without it.
    """

    runner_id: str
    eligible: bool = True
    host: str = ""
    pid: int | None = None
    runner_time: datetime | None = None
    round_trip_seconds: float | None = None


def beat(service: Service, *beats: Beat, now: datetime | None = None) -> None:
    """Record that these runners are alive.

    ``now`` is for simulations and imports alone: everybody else goes by the database's clock.

    Raises:
        ArchivedService: the service is archived.
        InvalidBeat: a ``runner_time`` or ``round_trip_seconds`` can't be, a ``host`` or ``pid``
            can't be kept, or there are more than 5,000; says what would be right.
        InvalidRunnerId: an id can't be kept, or no page could be found by it; says why.
        WrongServiceMode: the service is observed; its beats come with ``report()``.
    """
    require_coordinated(service)
    kept, clocks = kept_beats(beats, now)
    with service_lock(service, now) as (held, instant):
        refuse_archived(held)
        record_beats(held, policy_at(held, instant), kept, clocks, instant)


def kept_beats(
    told: Sequence[Beat], now: datetime | None
) -> tuple[list[Beat], dict[str, ClockOffset]]:
    """The beats as they are kept, and what they tell of their runners' clocks, by id.

    To be called before the wait for the lock, which would look like a runner that is behind.

    Raises:
        InvalidBeat, InvalidRunnerId: as `beat`.
    """
    if len(told) > ITEMS_AT_MOST:
        raise InvalidBeat(
            f"Nothing was stored. A call has at most {ITEMS_AT_MOST:,} beats, not {len(told):,}: "
            "send them in several."
        )
    beats = [_kept_beat(one) for one in told]
    telling = [one for one in beats if (one.runner_time, one.round_trip_seconds) != (None, None)]
    # The time is a question to the database: asked only where a clock is to be measured.
    if not telling:
        return beats, {}
    received_at = clock.now() if now is None else door.planned("now", now)
    measured = ((one.runner_id, measured_clock(one, received_at)) for one in telling)
    return beats, {runner_id: offset for runner_id, offset in measured if offset is not None}


def _kept_beat(told: Beat) -> Beat:
    if not isinstance(told, Beat):
        raise InvalidBeat(f"Nothing was stored. A beat is a Beat, not {door.quoted(told)}.")
    runner_id = kept_runner_id(told.runner_id)
    with _wrong_beat_of(runner_id):
        eligible = door.flag("eligible", told.eligible)
        host, pid = door.host(told.host), door.process_id(told.pid)
    return replace(told, runner_id=runner_id, eligible=eligible, host=host, pid=pid)


def measured_clock(beat: Beat, received_at: datetime) -> ClockOffset | None:
    """What a beat that came at ``received_at`` tells of its runner's clock, if anything.

    Raises:
        InvalidBeat: as `beat`.
    """
    with _wrong_beat_of(beat.runner_id):
        at, trip = kept_clock(beat.runner_time, beat.round_trip_seconds, received_at)
    if at is None:
        return None
    return estimate_offset(runner_time=at, received_at=received_at, round_trip_seconds=trip)


def _wrong_beat_of(runner_id: str) -> AbstractContextManager[None]:
    return door.refusing(InvalidBeat, f"Nothing was stored. Beat of {runner_id!r}: ")


def record_beats(
    service: Service,
    policy: SchedulingPolicy,
    beats: Sequence[Beat],
    clocks: Mapping[str, ClockOffset],
    now: datetime,
) -> dict[str, Presence]:
    """Store the beats and settle the seats; the open presence of each runner. Under the service's
    lock only."""
    # Of several beats of one runner in a call, the last counts.
    latest = {one.runner_id: one for one in beats}

    def identify(runner: Runner) -> bool:
        return _identify(runner, latest[runner.runner_id], clocks.get(runner.runner_id))

    runners = known_runners(service, dict.fromkeys(latest, now), now=now, identify=identify)
    moved = _note_identities(runners.values(), identify)
    expires_at = now + timedelta(seconds=policy.dead_after_seconds)
    # Those not over yet: behind an expired one, a beat opens a new presence.
    current = latest_presences(service, runners.values(), now)
    opened: list[Presence] = []
    grown: list[Presence] = []
    turned: list[Presence] = []
    for runner_id, one in latest.items():
        presence = current.get(runner_id)
        if presence is not None and presence.eligible == one.eligible:
            # A clock that jumped back must not take back what an earlier beat promised.
            if presence.last_heartbeat_at < now:
                grown.append(presence)
            continue
        if presence is not None:
            turned.append(presence)
        current[runner_id] = Presence(
            service=service,
            runner=runners[runner_id],
            started_at=now,
            last_heartbeat_at=now,
            expires_at=expires_at,
            eligible=one.eligible,
        )
        opened.append(current[runner_id])
    # First: one that began in this very instant has the key of the one that follows it.
    for presence in turned:
        _end_before(presence, now)
    Presence.objects.bulk_create(opened)
    Presence.objects.filter(pk__in=[presence.pk for presence in grown]).update(
        last_heartbeat_at=now, expires_at=expires_at
    )
    heard = {presence.runner_id for presence in (*grown, *turned)}
    _note_returns(service, policy, [each.runner for each in opened], heard, now)
    changed = seats.settle(
        service,
        now,
        arrivals=[presence for presence in opened if presence.eligible],
        vacated=any(presence.eligible for presence in turned),
    )
    # Beats that only prolong change nothing drawn, and must not refresh every page.
    shortened = any(each.expires_at > expires_at for each in grown)
    if changed or opened or moved or shortened:
        service.touch()
    return current


def _note_returns(
    service: Service,
    policy: SchedulingPolicy,
    runners: Sequence[Runner],
    heard: Collection[int],
    now: datetime,
) -> None:
    """Who is heard again soon after its run was ended as abandoned was no dead holder."""
    # Who was never seen before can't have come back.
    returned = [each.pk for each in runners if each.pk not in heard and each.first_seen_at < now]
    if returned:
        note_changes(
            service, runs_given_up(service, returned, policy.dead_after_seconds, now, now), now=now
        )


def require_coordinated(service: Service) -> None:
    """Raises WrongServiceMode where the fleet decides for itself."""
    if not service.is_coordinated:
        raise WrongServiceMode(
            f"Service {service.slug!r} is observed: its fleet decides for itself. "
            "Record what it does with report()."
        )


def _note_identities(runners: Iterable[Runner], identify: Callable[[Runner], bool]) -> bool:
    """Whether a runner is somewhere else than it was, by which it is called."""
    told, moved = [], False
    for runner in runners:
        offset = runner.clock
        has_moved = identify(runner)
        moved |= has_moved
        # Most beats tell nothing new, and write no runner.
        if has_moved or offset != runner.clock:
            told.append(runner)
    Runner.objects.bulk_update(told, ("host", "pid", *CLOCK_FIELDS))
    return moved


def _identify(runner: Runner, told: Beat, clock: ClockOffset | None) -> bool:
    """Take over what a beat tells of its runner; whether that is somewhere else than it was."""
    address = runner.host, runner.pid
    # Not told is not empty: what is known of the runner stays.
    runner.host = told.host or runner.host
    runner.pid = runner.pid if told.pid is None else told.pid
    if clock is not None:
        runner.clock = kept_offset(runner.clock, clock)
    return address != (runner.host, runner.pid)


def _end_before(presence: Presence, now: datetime) -> None:
    # Both would begin in one instant: nothing is left of the earlier one.
    if presence.started_at >= now:
        presence.delete()
        return
    presence.end_before(now)
    presence.position = None
    presence.save(update_fields=("expires_at", "last_heartbeat_at", "position"))
