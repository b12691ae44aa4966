"""Claim and finish: the only writer of RUNNING for a coordinated service.

One short transaction under the service's lock: beat, seat, decide, gate, record. The decision alone
is no lock (runners see different memberships, slots move); the gate is: one RUNNING a service, held
by a constraint in the database as well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from scheduler import door
from scheduler.core.claim import decide_seat_claim
from scheduler.core.reasons import EndReason
from scheduler.core.types import AtomicServiceClaim, AtomicServiceRun
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.service_lock import service_lock
from scheduler.door import Unacceptable
from scheduler.errors import Conflict, NotFound
from scheduler.intake import seats
from scheduler.intake.attempt_rows import attempted, refusal
from scheduler.intake.heartbeats import Beat, kept_beats, record_beats, require_coordinated
from scheduler.intake.late_changes import note_change
from scheduler.models import Execution, Origin, Presence, Service
from scheduler.policies import policy_at
from scheduler.retention.archive import refuse_archived

_ENDINGS = frozenset({Status.COMPLETED, Status.ABANDONED})


class UnknownRun(NotFound):
    """No run of this service has this id."""


class InvalidRunId(Unacceptable):
    """A claim came with an id that can't be kept."""


class RunIdTaken(Conflict):
    """A claim came with the id of a run that has ended, or that another runner holds."""


class InvalidFinish(Unacceptable):
    """The run can't be finished like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """What became of a claim.

    ``execution`` is the RUNNING row when the runner may start (its ``id`` is the fencing token),
    ``blocked`` the BLOCKED row when the refusal is one that is recorded, and neither is set when it
    simply is not the runner's turn.
    """

    claim: AtomicServiceClaim
    execution: Execution | None = None
    blocked: Execution | None = None

    @property
    def started(self) -> bool:
        return self.execution is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishResult:
    """The run as it is stored, and whether this call ended it."""

    execution: Execution
    changed: bool


def claim(
    service: Service,
    runner: Beat | str,
    *,
    now: datetime | None = None,
    run_id: str | None = None,
) -> ClaimResult:
    """Ask, for a runner, to start the service.

    ``now`` is for simulations and imports alone: everybody else goes by the database's clock.
    Asking is a heartbeat too. With a ``run_id`` of the caller's own the call can be repeated after
    a lost answer: a run of that id which this runner already holds is returned as started.

    Raises:
        ArchivedService: the service is archived.
        InvalidBeat: what the beat tells can't be, or can't be kept; says what would be right.
        InvalidRunId, InvalidRunnerId: the id can't be kept, or no page could be found by it.
        RunIdTaken: ``run_id`` names a run that has ended or that another runner holds.
        WrongServiceMode: the service is observed.
    """
    require_coordinated(service)
    run_id = None if run_id is None else _kept_run_id(run_id)
    told = runner if isinstance(runner, Beat) else Beat(runner_id=runner)
    # All that can be refused is refused before the lock: a bad call has nobody wait.
    (asker,), clocks = kept_beats([told], now)
    with service_lock(service, now) as (held, instant):
        refuse_archived(held)
        policy = policy_at(held, instant)
        # Asking is a heartbeat, and comes first: the asker has a seat in its own decision.
        presence = record_beats(held, policy, [asker], clocks, instant)[asker.runner_id]
        decision = decide_seat_claim(
            runner_id=asker.runner_id,
            seat=seats.seat_of(presence, policy, instant),
            current_time=instant.timestamp(),
            run_id=run_id,
            **policy.decision_arguments(),
        )
        # Whatever was decided: who asks ends the run of a dead holder.
        holder = _holder_after_the_dead(held, instant)
        # Before the gate: the repeat of a start must not be refused by that start.
        repeated = _repeated(held, presence, run_id)
        if repeated is not None:
            return ClaimResult(claim=decision, execution=repeated)
        if (refused := refusal(decision, holder)) is not None:
            blocked = _record_blocked(held, presence, decision, instant, *refused)
            return ClaimResult(claim=decision, blocked=blocked)
        if decision.atomic_service_run is None:
            return ClaimResult(claim=decision)
        execution = _start(held, presence, decision, decision.atomic_service_run, instant)
    return ClaimResult(claim=decision, execution=execution)


def finish(
    service: Service,
    run_id: str,
    status: Status = Status.COMPLETED,
    *,
    reason: str = "",
    now: datetime | None = None,
) -> FinishResult:
    """End a run as completed or abandoned. The first terminal status wins; repeats change nothing.

    Args:
        reason: free text; what stands before its first colon is the reason's code.

    Raises:
        UnknownRun: this service has no such run.
        InvalidFinish: ``status`` is no ending, ``reason`` can't be kept, or the attempt was blocked
            and never ran.
    """
    require_coordinated(service)
    status, reason = _kept_ending(status, reason)
    try:
        run_id = door.identifier("A run id", run_id)
    except Unacceptable:
        # What could never be kept names no run: unknown, not invalid.
        raise UnknownRun(f"Service {service.slug!r} has no run {door.quoted(run_id)}.") from None
    with service_lock(service, now) as (held, instant):
        execution = _execution(held, run_id=run_id)
        if execution is None:
            raise UnknownRun(f"Service {held.slug!r} has no run {run_id!r}.")
        if execution.status == Status.BLOCKED:
            raise InvalidFinish(f"Run {run_id!r} was blocked ({execution.reason}): it never ran.")
        if execution.status != Status.RUNNING:
            # A repeat after a lost answer, or a holder that was given up meanwhile.
            return FinishResult(execution=execution, changed=False)
        _end(held, execution, status, reason, instant)
        # Every cycle that it lasted through was drawn with it running until now.
        note_change(held, execution.started_at, instant, now=instant)
    return FinishResult(execution=execution, changed=True)


def end_dead_holder(service: Service, *, now: datetime | None = None) -> Execution | None:
    """End the running row of a runner whose heartbeat has expired; the row, or None."""
    require_coordinated(service)
    with service_lock(service, now) as (held, instant):
        return _end_if_dead(held, _holder(held), instant)


def _kept_run_id(run_id: object) -> str:
    with door.refusing(InvalidRunId):
        return door.identifier("A run id", run_id)


def _kept_ending(status: object, reason: object) -> tuple[Status, str]:
    with door.refusing(InvalidFinish):
        ending = door.choice("status", status, Status)
        reason = door.text("The reason", reason)
    if ending not in _ENDINGS:
        raise InvalidFinish(f"A run ends as completed or abandoned, not as {ending}.")
    return ending, reason


def _repeated(service: Service, presence: Presence, run_id: str | None) -> Execution | None:
    """The run that an earlier call with this id started and whose answer was lost."""
    execution = None if run_id is None else _execution(service, run_id=run_id)
    if execution is None:
        return None
    if execution.status != Status.RUNNING or execution.runner_id != presence.runner_id:
        raise RunIdTaken(
            f"Run {run_id!r} is {execution.status} and was {execution.runner.runner_id}'s: "
            "claim with a fresh run id."
        )
    return execution


def _execution(service: Service, **which: object) -> Execution | None:
    """The row of the service that is so, with its runner."""
    return Execution.objects.select_related("runner").filter(service=service, **which).first()


def _holder(service: Service) -> Execution | None:
    # One row at most, by the index of the gate (execution_one_running).
    return _execution(service, status=Status.RUNNING.value, origin=Origin.CLAIMED.value)


def _holder_after_the_dead(service: Service, now: datetime) -> Execution | None:
    holder = _holder(service)
    return holder if _end_if_dead(service, holder, now) is None else None


def _end_if_dead(service: Service, holder: Execution | None, now: datetime) -> Execution | None:
    if holder is None:
        return None
    # Eligible or not: a runner that beats is alive.
    last = (
        Presence.objects.filter(service=service, runner=holder.runner)
        .order_by("-started_at")
        .first()
    )
    if last is None or last.expires_at >= now:
        return None
    # As of its last living instant, not of now: of what came after nobody knows.
    _end(service, holder, Status.ABANDONED, EndReason.RUNNER_DEAD.value, last.expires_at)
    # Until now it was drawn as running, in every cycle since it began.
    note_change(service, holder.started_at, now, now=now)
    return holder


def _end(
    service: Service, execution: Execution, status: Status, reason: str, now: datetime
) -> None:
    execution.status = status.value
    # The clock may have jumped back, and no run ends before it began.
    execution.ended_at = max(now, execution.started_at)
    execution.reason, execution.reason_detail = door.split_reason(reason)
    execution.save(update_fields=("status", "ended_at", "reason", "reason_detail"))
    note_longest_run(service, execution.ended_at - execution.started_at)
    service.touch()


def note_longest_run(service: Service, duration: timedelta) -> None:
    """Keep the longest run of the service, which bounds how far back a cycle has to look."""
    seconds = duration.total_seconds()
    # Conditional, so that no caller's older row can make it shorter.
    Service.objects.filter(pk=service.pk, longest_run_seconds__lt=seconds).update(
        longest_run_seconds=seconds
    )


def _start(
    service: Service,
    presence: Presence,
    decision: AtomicServiceClaim,
    run: AtomicServiceRun,
    now: datetime,
) -> Execution:
    run_id = run.atomic_service_run_id
    execution = attempted(presence.runner, decision, now, run_id, Status.RUNNING)
    execution.service = service
    execution.save()
    service.touch()
    return execution


def _record_blocked(
    service: Service,
    presence: Presence,
    decision: AtomicServiceClaim,
    now: datetime,
    reason: str,
    detail: str,
) -> Execution:
    """One more attempt of the same (runner, cycle, reason), or the first one."""
    execution = _execution(
        service,
        runner=presence.runner,
        cycle_start=decision.cycle_start,
        reason=reason,
        status=Status.BLOCKED.value,
        origin=Origin.CLAIMED.value,
    )
    if execution is None:
        execution = attempted(presence.runner, decision, now, str(uuid4()), Status.BLOCKED)
        execution.service = service
        # Born terminal: repeats move `last_attempt_at`, never the end.
        execution.ended_at = now
        execution.reason, execution.reason_detail = reason, detail
        execution.save()
    else:
        # Never back: the clock may have jumped.
        execution.last_attempt_at = max(now, execution.last_attempt_at)
        execution.reason_detail = detail
        execution.attempts += 1
        execution.save(update_fields=("last_attempt_at", "reason_detail", "attempts"))
    service.touch()
    return execution
