"""Reports: what a fleet that decides for itself tells us, in any order, any number of times.

A report's rows are facts, and facts merge: the same set of reports ends in the same rows, however
it was cut into batches, shuffled or repeated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler import door
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.db.reaching import ended_reaching
from scheduler.db.service_lock import service_lock
from scheduler.door import ITEMS_AT_MOST, Unacceptable
from scheduler.intake.heartbeats import WrongServiceMode
from scheduler.intake.items import kept_execution, kept_heartbeat
from scheduler.intake.late_changes import note_changes
from scheduler.intake.reported_beats import take_heartbeats
from scheduler.intake.reported_runs import take_executions
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.runner_rows import known_runners
from scheduler.models import Execution, Service, Watch
from scheduler.policies import policy_book
from scheduler.retention.archive import refuse_archived

# Of its pause, a collector that looks alone finds that at least so much has passed.
_ALONE = 0.75
# A look that speaks for longer would say of the future that it was watched.
_LOOK_AT_MOST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProblem:
    """What is wrong with the item at ``index``; ``kind`` is ``heartbeat`` or ``execution``."""

    kind: str
    index: int
    message: str


class InvalidReport(Unacceptable):
    """Items of a batch are wrong; nothing of the batch was stored."""

    def __init__(self, problems: Sequence[ReportProblem]) -> None:
        self.problems = tuple(problems)
        # A batch may hold 5,000: the first few say what is wrong with it.
        shown = "; ".join(f"{one.kind} {one.index}: {one.message}" for one in self.problems[:5])
        more = f"; and {len(self.problems) - 5} more" if len(self.problems) > 5 else ""
        super().__init__(f"Nothing was stored. {shown}{more}")


class ReportTooLarge(Unacceptable):
    """A batch has more items than are taken at once; nothing of it was stored."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Nothing was stored. A report has at most {ITEMS_AT_MOST:,} items, heartbeats and "
            f"executions together, not {number:,}: send them in several."
        )


class InvalidWatch(Unacceptable):
    """A look can't have been like that; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """How many rows the batch made or changed; all zero for a repeat."""

    heartbeats: int
    executions: int


def report(
    service: Service,
    *,
    heartbeats: Sequence[HeartbeatReport] = (),
    executions: Sequence[ExecutionReport] = (),
    now: datetime | None = None,
) -> ReportResult:
    """Take a batch, whole or not at all.

    ``now`` is for simulations and imports alone: everybody else goes by the database's clock.

    Raises:
        ArchivedService: the service is archived.
        ConflictingRun: a run id is already known as another runner's.
        InvalidReport: an item is wrong; says which and why.
        ReportTooLarge: it has more than 5,000 items.
        WrongServiceMode: the service is coordinated: it is asked with ``claim()``.
    """
    if service.is_coordinated:
        raise WrongServiceMode(
            f"Service {service.slug!r} is coordinated: its runners ask with claim()."
        )
    # Before the lock: a wrong batch has nobody wait.
    _check_lists(heartbeat=heartbeats, execution=executions)
    number = len(heartbeats) + len(executions)
    if number > ITEMS_AT_MOST:
        raise ReportTooLarge(number)
    latest = clock.now() if now is None else door.planned("now", now)
    problems: list[ReportProblem] = []
    heartbeats = _kept("heartbeat", heartbeats, kept_heartbeat, latest, problems)
    executions = _kept("execution", executions, kept_execution, latest, problems)
    if problems:
        raise InvalidReport(problems)
    with service_lock(service, now) as (held, instant):
        refuse_archived(held)
        policies = policy_book(held)
        runners = known_runners(held, _first_sights(heartbeats, executions), now=instant)
        beats = take_heartbeats(held, runners, policies, heartbeats, now=instant)
        runs = take_executions(held, runners, policies, executions)
        changed = [(start, end or instant) for start, end in (*beats.changed, *runs.changed)]
        note_changes(held, changed, now=instant)
        # Pages refresh on a new revision: a repeat, or a beat that only prolongs, makes none.
        if runs.stored or beats.drawn:
            held.touch()
    return ReportResult(heartbeats=beats.stored, executions=runs.stored)


def watched(
    service: Service,
    collector: str,
    *,
    at: datetime,
    good_for_seconds: float,
    every_seconds: float | None = None,
) -> None:
    """Record that ``collector`` looked at ``at``, as it does every ``every_seconds``; a look speaks
    for ``good_for_seconds``.

    Raises:
        ArchivedService: the service is archived.
        InvalidWatch: one of them can't be, or can't be kept; says what would be right.
    """
    with door.refusing(InvalidWatch, "Nothing was stored: "):
        collector = door.name("collector", collector)
        at = door.happened("at", at, clock.now())
        good_for_seconds = _length_of_look("good_for_seconds", good_for_seconds)
        if every_seconds is not None:
            every_seconds = _length_of_look("every_seconds", every_seconds)
    expires_at = at + timedelta(seconds=good_for_seconds)
    # As of the look itself, however long the lock took.
    with service_lock(service, at) as (held, instant):
        refuse_archived(held)
        current = (
            Watch.objects.filter(service=held, collector=collector, started_at__lte=at)
            .order_by("-started_at")
            .first()
        )
        if current is None or current.expires_at < at:
            # Only after a gap: who watches again learns what went on meanwhile.
            if current is not None:
                _note_what_went_on(held, current.known_until(at), at, instant)
            Watch.objects.create(
                service=held,
                collector=collector,
                started_at=at,
                last_seen_at=at,
                expires_at=expires_at,
                every_seconds=every_seconds,
            )
            held.touch()
        elif current.last_seen_at < at:
            # (A look that is told after a later one adds nothing.)
            pause = _pause_between(current, every_seconds, at)
            # A change of pause changes what pages warn of, and a look that is good for less when
            # they look again; another look alone does neither.
            if pause != current.every_seconds or expires_at < current.expires_at:
                held.touch()
            current.every_seconds = pause
            current.last_seen_at, current.expires_at = at, expires_at
            current.save(update_fields=("last_seen_at", "expires_at", "every_seconds"))


def _pause_between(current: Watch, every_seconds: float | None, at: datetime) -> float | None:
    """The collector's own pause, unless another one looked meanwhile, and does so more often."""
    since_last = (at - current.last_seen_at).total_seconds()
    if every_seconds is None or current.every_seconds is None:
        return every_seconds
    if since_last < _ALONE * every_seconds:
        return min(current.every_seconds, every_seconds)
    return every_seconds


def _note_what_went_on(service: Service, since: datetime, at: datetime, now: datetime) -> None:
    """A run that is seen to go on went on while nobody watched, and its runner is heard or not:
    now that is known. Some end later than they are told to: by a clock ahead of ours."""
    runs = Execution.objects.filter(service=service)
    if (
        runs.filter(status=Status.RUNNING.value).exists()
        or runs.filter(started_at__gte=since, ended_at__gt=since).exists()
        or ended_reaching(service.pk, since).filter(ended_at__gt=since).exists()
    ):
        note_changes(service, [(since, at)], now=now)


def _check_lists(**given: object) -> None:
    for kind, told in given.items():
        # A str is a Sequence, too.
        if not isinstance(told, Sequence) or isinstance(told, str):
            wrong = f"{kind}s must be a list, not {door.quoted(told)}"
            raise InvalidReport([ReportProblem(kind=kind, index=0, message=wrong)])


def _kept[R](
    kind: str,
    told: Sequence[R],
    keep: Callable[[object, datetime], R],
    now: datetime,
    problems: list[ReportProblem],
) -> list[R]:
    kept = []
    for index, one in enumerate(told):
        try:
            kept.append(keep(one, now))
        except Unacceptable as wrong:
            # All that is wrong is told at once, so that a batch is mended in one go.
            problems.append(ReportProblem(kind=kind, index=index, message=str(wrong)))
    return kept


def _length_of_look(what: str, seconds: object) -> float:
    most = _LOOK_AT_MOST.total_seconds()
    return door.number(what, seconds, least=0, most=most, example="30")


def _first_sights(
    heartbeats: Sequence[HeartbeatReport], executions: Sequence[ExecutionReport]
) -> dict[str, datetime]:
    """The earliest instant at which this batch knows each runner."""
    first: dict[str, datetime] = {}
    sights = [(one.runner_id, one.creation_time or one.at) for one in heartbeats]
    sights += [(one.runner_id, one.started_at) for one in executions]
    for runner_id, at in sights:
        first[runner_id] = min(first.get(runner_id, at), at)
    return first
