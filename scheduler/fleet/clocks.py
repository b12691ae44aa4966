"""The clocks of the runners that may start now, and which of them are too far off."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import ClockWarning, clock_warning
from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Presence, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerClock:
    """A runner and the offset of its clock."""

    runner_id: str
    host: str
    pid: int | None
    clock: ClockOffset


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnedClock:
    """A runner whose clock is too far off, and for what."""

    runner: RunnerClock
    warning: ClockWarning


def clock_warnings(
    service: Service, policy: SchedulingPolicy, runner_count: int, now: datetime
) -> tuple[WarnedClock, ...]:
    """The clocks worth a warning in one service at ``now``, by one query; the farthest off first.

    Args:
        runner_count: how many runners have a seat.
    """
    clocks = seated_clocks([service], now).get(service.pk, [])
    return warned_clocks(clocks, policy, runner_count)


def seated_clocks(services: Sequence[Service], now: datetime) -> dict[int, list[RunnerClock]]:
    """The known clocks of the live eligible runners, by the service's key, by one query for all.

    A clock that times no start is nobody's worry.
    """
    rows = Presence.objects.filter(
        service__in=services,
        expires_at__gte=now,
        started_at__lte=now,
        eligible=True,
        runner__clock_offset_seconds__isnull=False,
    ).select_related("runner")
    clocks: dict[int, list[RunnerClock]] = defaultdict(list)
    for row in rows:
        runner = row.runner
        if runner.clock is not None:
            clocks[row.service_id].append(
                RunnerClock(
                    runner_id=runner.runner_id,
                    host=runner.host,
                    pid=runner.pid,
                    clock=runner.clock,
                )
            )
    return dict(clocks)


def warned_clocks(
    clocks: Iterable[RunnerClock], policy: SchedulingPolicy, runner_count: int
) -> tuple[WarnedClock, ...]:
    """Those of the clocks that are worth a warning, the farthest off first."""
    found = (
        WarnedClock(runner=each, warning=warning)
        for each in clocks
        if (warning := clock_warning(policy, runner_count=runner_count, clock=each.clock))
        and warning.is_due
    )
    return tuple(
        # By id where equally far off, so that lines keep their places.
        sorted(found, key=lambda one: (-abs(one.runner.clock.offset_seconds), one.runner.runner_id))
    )
