"""Reported heartbeats into presences: in order they grow, out of order they are made anew."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from scheduler.core.clocks.offset import estimate_offset, latest_offset
from scheduler.core.cycle.presences import Lifespan, lifespans_of
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import ended_reaching
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.runner_rows import latest_presences
from scheduler.intake.runs_given_up import runs_given_up
from scheduler.models import Execution, Heartbeat, Presence, Runner, Service
from scheduler.models.runner import CLOCK_FIELDS
from scheduler.retention.limits import reaches_past


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBeats:
    """How many beats were new, and whether a presence began or ended (not only grew).

    ``changed`` are the intervals of which the new beats tell something; one that ends with
    None goes on until now.
    """

    stored: int
    drawn: bool
    changed: tuple[tuple[datetime, datetime | None], ...]


def take_heartbeats(
    service: Service,
    runners: dict[str, Runner],
    policies: Callable[[datetime], SchedulingPolicy],
    reports: Sequence[HeartbeatReport],
    *,
    now: datetime,
) -> TakenBeats:
    """Store the beats that are new and bring their runners' presences up to date."""
    moved = _note_identity(runners, reports)
    _note_clocks(runners, reports)
    told = _told(runners, reports)
    known = _known(service, told)
    new = [
        Heartbeat(
            service=service,
            runner=runner,
            at=at,
            eligible=one.eligible,
            good_for_seconds=one.good_for_seconds or policies(at).dead_after_seconds,
        )
        for (runner, at), one in told.items()
        if (runner, at) not in known
    ]
    # Its neighbours are gone: alone, it would cut the lifespan that they made.
    new = [beat for beat in new if reaches_past(service.pruned_until, beat.good_until)]
    corrected = [beat for key, beat in known.items() if _adds_to(told[key], beat)]
    # Until when they counted, too, before that is cut short.
    changed = tuple(_span_of([*new, *corrected]))
    for beat in corrected:
        one = told[beat.runner, beat.at]
        # Whatever came first, the more cautious word counts: facts merge in any order.
        beat.eligible &= one.eligible
        beat.good_for_seconds = min(
            beat.good_for_seconds, one.good_for_seconds or beat.good_for_seconds
        )
    Heartbeat.objects.bulk_create(new)
    Heartbeat.objects.bulk_update(corrected, ("eligible", "good_for_seconds"))
    back: set[Runner] = set()
    fresh: dict[Runner, list[Heartbeat]] = defaultdict(list)
    for beat in sorted(new, key=lambda beat: beat.at):
        fresh[beat.runner].append(beat)
    stale = {beat.runner for beat in corrected}
    first = min((beats[0].at for beats in fresh.values()), default=None)
    last = {} if first is None else latest_presences(service, fresh, first)
    for runner, beats in fresh.items():
        presence = last.get(runner.runner_id)
        # Not the latest word: its neighbours have to be asked, so the whole life is made anew.
        if presence is not None and beats[0].at <= presence.last_heartbeat_at:
            stale.add(runner)
        elif runner not in stale and _grow(service, runner, presence, beats, now):
            back.add(runner)
    for runner in stale:
        lay_anew(service, runner)
    return TakenBeats(
        stored=len(new) + len(corrected),
        drawn=bool(back or stale or moved),
        changed=(
            *changed,
            *_silences_of_holders(service, [*new, *corrected]),
            *_runs_given_up(service, [each for each in new if each.runner in back | stale]),
        ),
    )


def _span_of(beats: Sequence[Heartbeat]) -> Iterator[tuple[datetime, datetime]]:
    """From the first of these beats to the instant until which the last is good."""
    if beats:
        yield min(beat.at for beat in beats), max(beat.good_until for beat in beats)


def _silences_of_holders(
    service: Service, beats: Sequence[Heartbeat]
) -> Iterator[tuple[datetime, datetime | None]]:
    """A holder is silent since its last heartbeat, in every cycle until the next one is heard."""
    instants: dict[Runner, list[datetime]] = defaultdict(list)
    for beat in beats:
        instants[beat.runner].append(beat.at)
    for runner in _holders(service, instants):
        told = Heartbeat.objects.filter(service=service, runner=runner).order_by("at")
        first, last = min(instants[runner]), max(instants[runner])
        before = told.filter(at__lt=first).reverse().values_list("at", flat=True).first()
        after = told.filter(at__gt=last).values_list("at", flat=True).first()
        yield before or first, after


def _runs_given_up(
    service: Service, beats: Sequence[Heartbeat]
) -> Iterator[tuple[datetime, datetime | None]]:
    """Who is heard again soon after its run was ended as abandoned was no dead holder."""
    if beats:
        instants = [each.at for each in beats]
        yield from runs_given_up(
            service,
            {each.runner_id for each in beats},
            max(each.good_for_seconds for each in beats),
            min(instants),
            max(instants),
        )


def _holders(service: Service, instants: Mapping[Runner, Sequence[datetime]]) -> Iterator[Runner]:
    """Those of the runners whose silence is told: that hold the service, or were given up."""
    if not instants:
        return
    first = min(min(each) for each in instants.values())
    runs = Execution.objects.filter(service=service).order_by()
    dead = {"status": Status.ABANDONED.value, "reason": EndReason.RUNNER_DEAD.value}
    held = (
        # Three questions, each a range of one index.
        runs.filter(status=Status.RUNNING.value),
        runs.filter(started_at__gte=first, **dead),
        ended_reaching(service.pk, first).filter(**dead),
    )
    keys = {key for each in held for key in each.values_list("runner_id", flat=True)}
    yield from (runner for runner in instants if runner.pk in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one batch says of a beat."""

    eligible: bool
    good_for_seconds: float | None


def _told(
    runners: dict[str, Runner], reports: Sequence[HeartbeatReport]
) -> dict[tuple[Runner, datetime], _Told]:
    """Each reported instant once. Where two reports of it disagree, the ineligible one counts, and
    the one that is good for less."""
    told: dict[tuple[Runner, datetime], _Told] = {}
    for one in reports:
        key = runners[one.runner_id], one.at
        before = told.get(key, _Told(eligible=True, good_for_seconds=None))
        lengths = (before.good_for_seconds, one.good_for_seconds)
        told[key] = _Told(
            eligible=before.eligible and one.eligible,
            good_for_seconds=min((each for each in lengths if each is not None), default=None),
        )
    return told


def _adds_to(told: _Told, beat: Heartbeat) -> bool:
    return (beat.eligible and not told.eligible) or (
        told.good_for_seconds is not None and told.good_for_seconds < beat.good_for_seconds
    )


def _known(
    service: Service, told: Mapping[tuple[Runner, datetime], object]
) -> dict[tuple[Runner, datetime], Heartbeat]:
    # Two lists instead of pairs: they find a few beats that nobody told of, dropped below.
    rows = Heartbeat.objects.filter(
        service=service,
        runner__in={runner.pk for runner, _ in told},
        at__in={at for _, at in told},
    ).select_related("runner")
    return {(beat.runner, beat.at): beat for beat in rows if (beat.runner, beat.at) in told}


def _note_identity(runners: dict[str, Runner], reports: Sequence[HeartbeatReport]) -> bool:
    """Whether a runner is somewhere else than it was, by which it is called."""
    changed, moved = {}, False
    for one in reports:
        runner = runners[one.runner_id]
        known_at = runner.identified_at
        # Told late is not told last: by the instant of the report, not by its arrival.
        if (one.host or one.pid is not None) and (known_at is None or one.at > known_at):
            moved |= (runner.host, runner.pid) != (one.host, one.pid)
            runner.host, runner.pid, runner.identified_at = one.host, one.pid, one.at
            changed[runner.pk] = runner
    Runner.objects.bulk_update(changed.values(), ("host", "pid", "identified_at"))
    return moved


def _note_clocks(runners: dict[str, Runner], reports: Sequence[HeartbeatReport]) -> None:
    changed = {}
    for one in reports:
        if one.runner_time is None:
            continue
        runner = runners[one.runner_id]
        measured = estimate_offset(
            runner_time=one.runner_time,
            received_at=one.at,
            round_trip_seconds=one.round_trip_seconds,
        )
        kept = latest_offset(runner.clock, measured)
        if kept != runner.clock:
            runner.clock = kept
            changed[runner.pk] = runner
    Runner.objects.bulk_update(changed.values(), CLOCK_FIELDS)


def _grow(
    service: Service,
    runner: Runner,
    presence: Presence | None,
    beats: list[Heartbeat],
    now: datetime,
) -> bool:
    """Add beats that are all later than the presence; True where a lifespan began or ended, one
    that was over goes on, or one will be over sooner."""
    is_drawn_otherwise = False
    before = None if presence is None else presence.lifespan
    lifespans = lifespans_of([beat.mark for beat in beats], after=before)
    if presence is not None:
        # The first is the stored one, grown or ended.
        grown = lifespans.pop(0)
        is_drawn_otherwise = presence.expires_at < now or grown.expires_at < presence.expires_at
        presence.last_heartbeat_at = grown.last_heartbeat_at
        presence.expires_at = grown.expires_at
        presence.save(update_fields=("last_heartbeat_at", "expires_at"))
    _create(service, runner, lifespans)
    return bool(lifespans) or is_drawn_otherwise


def lay_anew(service: Service, runner: Runner) -> None:
    """Lay the presences of a runner anew, from the beats that are kept; under the service's
    lock."""
    beats = list(Heartbeat.objects.filter(service=service, runner=runner).order_by("at"))
    presences = Presence.objects.filter(service=service, runner=runner)
    # What began before the first of them is told by beats that are gone (scheduler.pruning.pruner).
    first = beats[0].at
    begun = presences.filter(started_at__lt=first, expires_at__gte=first).first()
    lifespans = lifespans_of(
        [beat.mark for beat in beats], after=None if begun is None else begun.lifespan
    )
    presences.filter(expires_at__gte=first).delete()
    _create(service, runner, lifespans)


def _create(service: Service, runner: Runner, lifespans: list[Lifespan]) -> None:
    Presence.objects.bulk_create(
        Presence(service=service, runner=runner, **asdict(lifespan)) for lifespan in lifespans
    )
