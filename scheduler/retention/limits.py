"""What a service keeps, and for how long: the numbers, their rules, what they come to at an
instant. What is over is removed by `scheduler.pruning.pruner`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from scheduler import door
from scheduler.core.instants import MICROSECOND, seconds_before
from scheduler.db.service_lock import service_lock
from scheduler.door import EARLIEST, Unacceptable
from scheduler.models import Execution, Service

# A hundred years.
DAYS_AT_MOST = 36_525
EXECUTIONS_AT_MOST = 10**15
_DAY_SECONDS = 86_400.0


class InvalidRetention(Unacceptable):
    """These can't be kept together; the message says what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much is kept of executions, by age and by number, and of cycle summaries, by age. None
    keeps all; where both limits of executions are set, each of them counts."""

    days: float | None
    executions: int | None
    summary_days: float | None

    @classmethod
    def of(cls, service: Service) -> Self:
        """What the service keeps at present."""
        return cls(
            days=service.keep_days,
            executions=service.keep_executions,
            summary_days=service.keep_summary_days,
        )

    @property
    def problem(self) -> str:
        """What is wrong with it and what would be right; empty where nothing is."""
        for word, days in (("executions", self.days), ("summaries", self.summary_days)):
            if days is not None and not _can_be_days(days):
                said = f"{days:g}" if isinstance(days, float) else door.quoted(days)
                return (
                    f"{word.capitalize()} can't be kept for {said} days: "
                    f"say more than 0 and at most {DAYS_AT_MOST:,}, or all."
                )
        if self.executions is not None:
            try:
                door.whole("executions", self.executions, least=1, most=EXECUTIONS_AT_MOST)
            except Unacceptable:
                return (
                    f"{door.quoted(self.executions)} executions can't be kept: "
                    f"say 1 to {EXECUTIONS_AT_MOST:,}, or all."
                )
        return self._shorter_summaries()

    def _shorter_summaries(self) -> str:
        """Once its executions are gone, a summary is all that is known of a cycle."""
        if self.summary_days is None or (self.days is not None and self.days <= self.summary_days):
            return ""
        executions = "all" if self.days is None else f"{self.days:g} days"
        return (
            f"Summaries of cycles can't be kept for {self.summary_days:g} days and executions for "
            f"longer ({executions}): keep summaries for as long at least."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """What is too old at some instant: executions that were over before ``until``, and summaries
    of cycles that were over before ``summaries_until``; None: nothing is.

    ``waits_for`` is until when more would be too old, were its cycles summed up: None where they
    are.
    """

    until: datetime | None
    summaries_until: datetime | None
    waits_for: datetime | None


def change_retention(service: Service, retention: Retention) -> bool:
    """Have the service keep so much from now on; False where it did already.

    Raises:
        InvalidRetention: that can't be kept; nothing is changed.
    """
    if not isinstance(retention, Retention):
        raise InvalidRetention(f"retention must be a Retention, not {door.quoted(retention)}.")
    if retention.problem:
        raise InvalidRetention(retention.problem)
    with service_lock(service, None) as (held, _):
        if Retention.of(held) == retention:
            return False
        held.keep_days = retention.days
        held.keep_executions = retention.executions
        held.keep_summary_days = retention.summary_days
        held.save(update_fields=("keep_days", "keep_executions", "keep_summary_days"))
        held.touch()
    return True


def horizon(
    service: Service,
    now: datetime,
    oldest_kept: datetime | None,
    *,
    owed_since: datetime | None = None,
) -> Horizon:
    """What is too old at ``now``.

    Args:
        oldest_kept: the start of the oldest execution that is kept by number (`start_of_newest`).
        owed_since: since when cycles still wait to be summed up (`backlog.owed_since`).
    """
    limits = [
        limit for limit in (_days_before(now, service.keep_days), oldest_kept) if limit is not None
    ]
    summaries = _days_before(now, service.keep_summary_days)
    wanted = max(limits, default=None)
    if wanted is None:
        return Horizon(until=None, summaries_until=None, waits_for=None)
    summed_up = service.summarised_until
    if summed_up is None:
        return Horizon(until=None, summaries_until=None, waits_for=wanted)
    # Cycles that changed late need their rows once more.
    summed_up = min(filter(None, (summed_up, owed_since)))
    # What is not summed up yet is lost with its executions.
    until = min(wanted, summed_up, now)
    return Horizon(
        until=until,
        # Not before its executions: once they are gone, a summary is all that is known of a cycle.
        summaries_until=None if summaries is None else min(summaries, until),
        waits_for=wanted if wanted > summed_up else None,
    )


def summaries_kept_since(service: Service, now: datetime) -> datetime:
    """Before then no cycle is summed up: its summary would be removed at once."""
    kept = _days_before(now, service.keep_summary_days)
    return max(filter(None, (kept, service.pruned_until, EARLIEST)))


def start_of_newest(service: Service, number: int) -> datetime | None:
    """The start of the oldest of so many newest executions; None where there are fewer.

    One range of the index by start, as long as the number: not for every round.
    """
    newest = Execution.objects.filter(service=service).order_by("-started_at", "-id")
    starts = newest.values_list("started_at", flat=True)[number - 1 : number]
    return next(iter(starts), None)


def is_pruned(service: Service, cycle_start: datetime) -> bool:
    """Whether executions of the cycle that begins then may be gone: its summary is all there is."""
    return service.pruned_until is not None and cycle_start < service.pruned_until


def reaches_past(pruned_until: datetime | None, last: datetime) -> bool:
    """Whether what is known until ``last`` says anything of cycles that are not pruned."""
    # A cycle looks back by a microsecond: who left at its start.
    return pruned_until is None or last >= pruned_until - MICROSECOND


def _can_be_days(days: object) -> bool:
    try:
        return door.number("days", days, least=0, most=DAYS_AT_MOST, example="90") > 0
    except Unacceptable:
        return False


def _days_before(now: datetime, days: float | None) -> datetime | None:
    # A longer one begins before the calendar does, and need not be reckoned exactly.
    return None if days is None else seconds_before(now, min(days, 1e6) * _DAY_SECONDS)
