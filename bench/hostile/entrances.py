"""Every Python way in, called with a value or two that nobody should send."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.hostile import values
from scheduler.blocks.acknowledgements import acknowledge, seen_now
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.intake.sources import SourceAddress, replace_source, require_source, tell_notices
from scheduler.models import Execution, Service, ServiceMode, Source
from scheduler.pruning.removal import mark_deleted
from scheduler.retention.archive import archive, unarchive
from scheduler.retention.limits import Retention, change_retention
from scheduler.services import change_policy, create_service, get_service, rename_service

type Entrance = Callable[[Random], None]
# How often a value stays the good one.
GOOD = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    """The ways in to two services that are there, one coordinated and one observed."""

    coordinated: Service
    observed: Service
    now: datetime

    def all(self) -> dict[str, Entrance]:
        """By name. Each raises what the way in raises."""
        return {
            "claim": self._claim,
            "finish": self._finish,
            "beat": self._beat,
            "report of heartbeats": self._heartbeats,
            "report of executions": self._executions,
            "watched": self._watched,
            "create_service": self._create,
            "change_policy": self._policy,
            "change_retention": self._retention,
            "acknowledge": self._acknowledge,
            "get_service": self._get,
            "rename_service": self._rename,
            "archive": self._archive,
            "mark_deleted": self._mark_deleted,
            "require_source": self._source,
            "replace_source": self._another_source,
            "tell_notices": self._notices,
        }

    def _told(self, random: Random, **good: Any) -> dict[str, Any]:
        """The good values, some of them replaced."""
        return {
            name: value if random.random() < GOOD else _odd(random, value)
            for name, value in good.items()
        }

    def _beat_told(self, random: Random) -> Beat:
        return Beat(
            **self._told(
                random,
                runner_id=f"runner-{random.randrange(5)}",
                eligible=True,
                host="host",
                pid=7,
                runner_time=self.now,
                round_trip_seconds=0.1,
            )
        )

    def _claim(self, random: Random) -> None:
        claim(self.coordinated, self._beat_told(random), **self._told(random, run_id=None))

    def _finish(self, random: Random) -> None:
        # Whoever holds it first ends it, so that the next claim can start.
        running = Execution.objects.filter(service=self.coordinated, status="running").first()
        run_id = running.run_id if running else "none"
        told = self._told(
            random, run_id=run_id, status=Status.ABANDONED, reason="exception:OSError"
        )
        finish(self.coordinated, told.pop("run_id"), told.pop("status"), **told)

    def _beat(self, random: Random) -> None:
        beat(self.coordinated, *(self._beat_told(random) for _ in range(random.randrange(3))))

    def _heartbeats(self, random: Random) -> None:
        told = self._told(
            random,
            runner_id=f"runner-{random.randrange(5)}",
            at=self.now - timedelta(minutes=random.randrange(600)),
            eligible=True,
            creation_time=None,
            host="host",
            pid=7,
            runner_time=None,
            round_trip_seconds=None,
        )
        report(self.observed, heartbeats=[HeartbeatReport(**told)])

    def _executions(self, random: Random) -> None:
        started_at = self.now - timedelta(minutes=random.randrange(600))
        told = self._told(
            random,
            run_id=f"run-{random.randrange(10**6)}",
            runner_id=f"runner-{random.randrange(5)}",
            status=random.choice(list(Status)),
            started_at=started_at,
            ended_at=random.choice((None, started_at, started_at + timedelta(minutes=9))),
            reason="disk full : /dev/sda1",
        )
        report(self.observed, executions=[ExecutionReport(**told)])

    def _watched(self, random: Random) -> None:
        told = self._told(
            random,
            collector="agent@host",
            at=self.now - timedelta(seconds=random.randrange(600)),
            good_for_seconds=10.0,
        )
        watched(self.observed, **told)

    def _create(self, random: Random) -> None:
        told = self._told(
            random,
            slug=f"service-{random.randrange(10**9)}",
            name="A service",
            mode=random.choice(list(ServiceMode)),
            changed_by="ops",
            effective_from=self.now,
        )
        service = create_service(told.pop("slug"), **told)
        # Thousands of services are another check's.
        Service.objects.filter(pk=service.pk).delete()

    def _policy(self, random: Random) -> None:
        numbers = self._told(
            random,
            service_interval_minutes=random.choice((1.0, 5.0, 7.0)),
            spread_margin_minutes=0.0,
            check_interval_seconds=5.0,
            membership_stabilization_seconds=0.0,
            max_start_slot_fraction=1.0,
            dead_after_seconds=30.0,
        )
        told = self._told(random, changed_by="ops", effective_from=None)
        change_policy(self.coordinated, SchedulingPolicy(**numbers), **told)

    def _retention(self, random: Random) -> None:
        told = self._told(random, days=90.0, executions=None, summary_days=400.0)
        change_retention(self.observed, Retention(**told))

    def _acknowledge(self, random: Random) -> None:
        blocked = Execution.objects.filter(service=self.coordinated, status="blocked")
        told = self._told(random, by="ops", note="seen to")
        acknowledge(self.coordinated, executions=blocked, seen=seen_now(self.coordinated), **told)

    def _get(self, random: Random) -> None:
        get_service(**self._told(random, slug=self.observed.slug))

    def _rename(self, random: Random) -> None:
        rename_service(self.observed, **self._told(random, name="Decides for itself"))

    def _archive(self, random: Random) -> None:
        try:
            archive(self.observed, **self._told(random, by="ops", now=self.now))
        finally:
            # The other ways in to it are closed for as long as it is archived.
            unarchive(self.observed)

    def _mark_deleted(self, random: Random) -> None:
        service = create_service(f"gone-{random.randrange(10**9)}")
        try:
            mark_deleted(service, **self._told(random, by="ops", now=self.now))
        finally:
            Service.objects.filter(pk=service.pk).delete()

    def _source(self, random: Random) -> None:
        if random.random() < GOOD:
            # Only the first one is kept.
            Source.objects.filter(service=self.observed).delete()
        require_source(self.observed, self._address(random), **self._told(random, at=self.now))

    def _another_source(self, random: Random) -> None:
        replace_source(self.observed, self._address(random), **self._told(random, at=self.now))

    def _notices(self, random: Random) -> None:
        notices = [self._told(random, notice="restart them")["notice"] for _ in range(3)]
        told = self._told(random, notices=notices, at=self.now)
        tell_notices(self.observed, told.pop("notices"), **told)

    def _address(self, random: Random) -> SourceAddress:
        return SourceAddress(**self._told(random, kind="pynenc", app_id="shop", store="/shop.db"))


def _odd(random: Random, good: Any) -> Any:
    """Mostly one of the same kind, at its edges."""
    match random.randrange(4), good:
        case 0, _:
            return values.anything(random)
        case _, str():
            return values.text(random)
        case _, datetime():
            return values.instant(random)
        case _:
            return random.choice((values.anything, values.instant, values.text))(random)
