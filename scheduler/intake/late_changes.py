"""What is learnt about a cycle after it was over is noted, so that its summary is written again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Max, Min

from scheduler.core.instants import seconds_before
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import ended_reaching
from scheduler.models import Execution, LateChange, Service
from scheduler.policies import policy_at

# So far before and after a change, the cycles of the runs that it touches are summed up anew. What
# is longer is a row that was told wrong, or forgotten: it must not have years of cycles follow
# every word that comes late.
TAKEN_IN = timedelta(days=7)
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


def note_change(service: Service, start: datetime, end: datetime, *, now: datetime) -> None:
    """Something that lies in ``[start, end]`` has changed; under the service's lock only.

    Kept only where it reaches into a cycle that is over at ``now``: the present one is summed up
    when it ends, with all that was learnt until then. A clock that jumped back may be in a cycle
    that has its summary.
    """
    note_changes(service, [(start, end)], now=now)


def note_changes(
    service: Service, changes: Sequence[tuple[datetime, datetime]], *, now: datetime
) -> None:
    """`note_change` of many intervals; those that are less than a cycle apart are kept as one."""
    if not changes:
        return
    policy = policy_at(service, now)
    over_until = policy.cycle_start(now)
    if service.summarised_until is not None:
        over_until = max(over_until, service.summarised_until)
    # Less than a cycle apart, they most often touch the same ones.
    near = timedelta(seconds=policy.interval_seconds)
    noted: list[LateChange] = []
    for start, end in sorted(changes):
        if start >= over_until:
            # In order: what follows begins no earlier.
            break
        if noted and start <= noted[-1].end + near:
            noted[-1].end = max(noted[-1].end, end)
        else:
            # A clock that jumped back can have ended something before it began.
            noted.append(LateChange(service=service, start=start, end=max(start, end)))
    for change in noted:
        _take_in_runs(service, change, over_until)
    LateChange.objects.bulk_create(noted)


def _take_in_runs(service: Service, change: LateChange, over_until: datetime) -> None:
    """What is said of a run is made from its whole length: where some of that changed, all of its
    cycles tell otherwise. A cycle says of a run that goes on what was so until then: there, those
    that come after tell otherwise."""
    first, last = change.start, change.end
    begun = Execution.objects.filter(service=service, started_at__range=(first, last))
    # What began within, and what began before and reaches into it: two indexes.
    for runs in (begun, ended_reaching(service.pk, first)):
        lives = runs.exclude(status=Status.BLOCKED.value).aggregate(
            first=Min("started_at"), last=Max("ended_at")
        )
        change.start = min(filter(None, (change.start, lives["first"])))
        change.end = max(filter(None, (change.end, lives["last"])))
    running = Execution.objects.filter(service=service, status=Status.RUNNING.value)
    if change.end < over_until and running.filter(started_at__lte=last).exists():
        change.end = over_until
    # Stretched to the runs it touches, but never far: see `TAKEN_IN`.
    change.start = max(change.start, seconds_before(first, TAKEN_IN.total_seconds()))
    change.end = min(change.end, last + min(TAKEN_IN, _LAST_INSTANT - last))
