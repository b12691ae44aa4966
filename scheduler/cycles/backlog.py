"""Cycles of long ago: summed up after those of today, where anything is known of them, and never
where they are older than what is kept.

One row with an old date would otherwise have everything since then summed up before today is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Min

from scheduler.core.cycle.grid import cycle_spans, policy_in_force
from scheduler.core.instants import MICROSECOND
from scheduler.core.rows import PolicyRevision
from scheduler.cycles.first_heard import first_heard_at
from scheduler.cycles.spans import spans_over
from scheduler.db.reaching import ended_reaching
from scheduler.models import CycleSummary, Execution, LateChange, Presence, Service, Watch
from scheduler.retention.limits import summaries_kept_since

# What is summed up first: a day, which is what a strip shows, or so many cycles where they are
# short.
FIRST = timedelta(days=1)
FIRST_CYCLES = 5_000
# Fewer are not worth an order of their own.
LEAST_CYCLES = 60
# So many cycles of which nothing is known are passed over.
PASSED_OVER = 60


def frontier_of(
    service: Service, policies: Sequence[PolicyRevision], now: datetime
) -> datetime | None:
    """Until when every cycle has its summary, or waits for what came after it; None while there is
    no history. Under the service's lock only."""
    until = service.summarised_until
    if until is None:
        # What is left of a pruned past, because it is kept for ever, is not its beginning.
        until = service.pruned_until or first_heard_at(service)
    elif until > now:
        # The clock jumped back: what it comes to again is not over, whatever was thought before.
        until = _moved(service, now)
    return None if until is None else _put_off(service, policies, until, now)


def _moved(service: Service, until: datetime) -> datetime:
    service.summarised_until = until
    # What was read before this must not be written any more.
    service.summary_revision += 1
    service.save(update_fields=("summarised_until", "summary_revision"))
    return until


def _put_off(
    service: Service, policies: Sequence[PolicyRevision], frontier: datetime, now: datetime
) -> datetime:
    """Have what lies far before ``now`` wait for what came after it, noted as a late change; from
    when on there is more to sum up, now."""
    kept_since = summaries_kept_since(service, now)
    cycle = timedelta(seconds=policy_in_force(policies, now).interval_seconds)
    since = next(cycle_spans(policies, max(kept_since, now - min(FIRST, FIRST_CYCLES * cycle))))
    first = since.start
    # What is too old to keep must not be summed up, however near it is.
    is_near = first - frontier < LEAST_CYCLES * cycle and frontier >= kept_since
    if is_near:
        return frontier
    start = max(frontier, kept_since)
    if start < first:
        # A change includes its end; the cycle that begins at `first` is no part of it.
        LateChange.objects.create(service=service, start=start, end=first - MICROSECOND)
    first = max(first, frontier)
    if service.summarised_until is None and (known := _first_known(service, first)):
        # Of a service that is new to us, nothing is said of the time before.
        first = max(first, next(cycle_spans(policies, min(known, now))).start)
    return _moved(service, first)


def drop_what_is_not_kept(service: Service, now: datetime) -> None:
    """What is learnt late of cycles that are not kept changes no summary. Under the service's lock
    only."""
    since = summaries_kept_since(service, now)
    changes = LateChange.objects.filter(service=service, start__lt=since)
    # First those that lie before it as a whole: what is left reaches into what is kept.
    changes.filter(end__lt=since).delete()
    changes.update(start=since)


def pass_over_the_unknown(
    service: Service, policies: Sequence[PolicyRevision], change: LateChange, until: datetime
) -> bool:
    """Have a change begin where something is known; False, and it is gone, where nothing is. In a
    turn only."""
    window = spans_over(policies, change.start, until=until, at_most=PASSED_OVER)
    if not window or change.end < window[-1].end:
        # So short a change is summed up sooner than its unknown part is found.
        return True
    known = _first_known(service, window[0].start)
    if known is None or known > change.end:
        change.delete()
        return False
    # Fewer cycles than that are summed up sooner than the change is written.
    if known >= window[-1].end:
        change.start = known
        change.save(update_fields=("start",))
    return True


def owed_since(service: Service) -> datetime | None:
    """Since when cycles that are over wait to be summed up, or to be summed up anew."""
    changes = LateChange.objects.filter(service=service).order_by("start")
    return changes.values_list("start", flat=True).first()


def _first_known(service: Service, since: datetime) -> datetime | None:
    """The first instant from ``since`` on of which anything is known or was summed up."""
    alive = {"service": service, "started_at__lt": since, "expires_at__gte": since}
    if Presence.objects.filter(**alive).exists() or Watch.objects.filter(**alive).exists():
        return since
    # A run that goes on by itself says nothing of the cycles it lasts through.
    ended = ended_reaching(service.pk, since).filter(ended_at__gte=since)
    return min(
        filter(
            None, [*_beginnings(service, since), ended.aggregate(first=Min("ended_at"))["first"]]
        ),
        default=None,
    )


def _beginnings(service: Service, since: datetime) -> Iterator[datetime]:
    for model, field in (
        (Presence, "started_at"),
        (Watch, "started_at"),
        (Execution, "started_at"),
        (CycleSummary, "cycle_start"),
    ):
        rows = model.objects.filter(service=service, **{f"{field}__gte": since}).order_by(field)
        yield from rows.values_list(field, flat=True)[:1]
