"""A fleet in the store of a real pynenc app, and the same in Slotwatch, which reads it from there.

Everything is written through the app's own API, the past at its own time. The cycle is long, so
that it does not end while it is looked at, and half over at the beginning.
"""

import importlib
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import time_machine

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.collectors.pynenc.collector import PynencCollector

EXECUTIONS = 1_000
ABOUT_MINUTES = 200.0
DEAD_AFTER_MINUTES = 600.0
MARGIN_MINUTES = 0.001
# A start later in its slot than this is late.
START_BEFORE = 0.9
# After a minute of silence, both show a runner as silent.
HEARD_EVERY = timedelta(seconds=20)
RUN = timedelta(seconds=0.4)
BLOCKED_OF, ABANDONED_OF = 10, 13
MODULE = """\
from pynenc import PynencBuilder

app = (
    PynencBuilder()
    .app_id({name!r})
    .sqlite({store!r})
    .thread_runner()
    .custom_config(
        atomic_service_interval_minutes={interval!r},
        atomic_service_spread_margin_minutes={margin!r},
        atomic_service_max_start_slot_fraction={start_before!r},
        runner_considered_dead_after_minutes={dead_after!r},
        atomic_service_execution_retention_minutes=0.0,
        atomic_service_execution_max_records={most},
    )
    .build()
)
"""


def interval_minutes(now: datetime) -> float:
    """Of a cycle that is half over at ``now``."""
    minutes = now.timestamp() / 60
    return minutes / (round(minutes / ABOUT_MINUTES) + 0.5)


@dataclass(slots=True)
class Fleet:
    """``size`` runners that are alive since before the cycle, and what they did in it so far."""

    size: int
    directory: Path
    interval: float
    app: Any = field(init=False)
    start: datetime = field(init=False)
    runner_ids: list[str] = field(init=False)
    executions: int = field(default=0, init=False)
    heard_at: datetime = field(init=False)
    collector: "PynencCollector" = field(init=False)

    def __post_init__(self) -> None:
        numbers = random.Random(self.size)
        ids = (UUID(int=numbers.getrandbits(128), version=4) for _ in range(self.size))
        # As the package seats runners that came at once.
        self.runner_ids = sorted(map(str, ids))

    @property
    def name(self) -> str:
        return f"shop{self.size}"

    @property
    def slot(self) -> timedelta:
        return timedelta(minutes=self.interval) / self.size

    def fill(self, now: datetime) -> None:
        """Have the app hold the fleet as of ``now``, and Slotwatch what its collector sees."""
        from scheduler.collectors.pynenc.app import policy_of

        self.app = self._written_app()
        self.start = policy_of(self.app).cycle_start(now)
        with time_machine.travel(self.start - timedelta(minutes=1), tick=False):
            self._come()
        for number in range(EXECUTIONS):
            self._attempt(self.start + number * (now - self.start) / EXECUTIONS)
        self.beat()
        self._watch()
        self.look()

    def beat(self) -> None:
        """All of them are heard."""
        self.app.orchestrator.register_runner_heartbeats(
            self.runner_ids, can_run_atomic_service=True, consumed_queues=("default",)
        )
        self.heard_at = datetime.now(UTC)

    def go_on(self) -> None:
        """One more attempt, seen by both: whoever looks next is the first who does."""
        now = datetime.now(UTC)
        self._attempt(now)
        if now - self.heard_at > HEARD_EVERY:
            self.beat()
        self.look()

    def look(self) -> None:
        """Slotwatch's collector polls the app."""
        sight = self.collector.poll()
        assert len(sight.runners) == self.size, sight
        assert not sight.refused, sight

    def _written_app(self) -> Any:
        """The app, from a module that the monitor's process imports as well."""
        source = MODULE.format(
            name=self.name,
            store=str(self.directory / f"{self.name}.sqlite3"),
            interval=self.interval,
            margin=MARGIN_MINUTES,
            start_before=START_BEFORE,
            dead_after=DEAD_AFTER_MINUTES,
            most=10 * EXECUTIONS,
        )
        (self.directory / f"{self.name}.py").write_text(source)
        if str(self.directory) not in sys.path:
            sys.path.insert(0, str(self.directory))
        return importlib.import_module(self.name).app

    def _come(self) -> None:
        from pynenc.runner.runner_context import RunnerContext

        self.beat()
        for number, runner_id in enumerate(self.runner_ids):
            context = RunnerContext(
                "ThreadRunner", runner_id, pid=1_000 + number, hostname=f"host-{number:04}"
            )
            self.app.state_backend.store_runner_context(context)

    def _attempt(self, at: datetime) -> None:
        """A run, or what blocked it, of the runner whose slot it is, before it is too late."""
        from pynenc.orchestrator.atomic_service import AtomicServiceExecutionStatus as Status
        from pynenc.orchestrator.atomic_service import AtomicServiceRun

        number, self.executions = self.executions, self.executions + 1
        position, into_slot = divmod(at - self.start, self.slot)
        begun = self.start + position * self.slot + START_BEFORE * into_slot
        run = AtomicServiceRun(runner_id=self.runner_ids[position])
        orchestrator = self.app.orchestrator
        if number % BLOCKED_OF == 0:
            orchestrator.record_atomic_service_execution_start(
                run, begun, Status.BLOCKED, "late_start:started_at consumed 95.00% of slot"
            )
            return
        orchestrator.record_atomic_service_execution_start(run, begun)
        is_abandoned = number % ABANDONED_OF == 0
        orchestrator.finalize_atomic_service_execution(
            run,
            begun + RUN,
            Status.ABANDONED if is_abandoned else Status.COMPLETED,
            "exception:ValueError" if is_abandoned else "",
        )

    def _watch(self) -> None:
        """The collector, which has been there all the time."""
        from scheduler.collectors.pynenc.app import policy_of
        from scheduler.collectors.pynenc.collector import PynencCollector
        from scheduler.collectors.pynenc.recording import COLLECTOR
        from scheduler.intake.reports import watched
        from scheduler.models import ServiceMode
        from scheduler.services import create_service

        came = self.start - timedelta(minutes=1)
        good_for = 60 * DEAD_AFTER_MINUTES
        service = create_service(
            self.name,
            mode=ServiceMode.OBSERVED,
            policy=policy_of(self.app),
            effective_from=came,
        )
        watched(service, COLLECTOR, at=came, good_for_seconds=good_for)
        self.collector = PynencCollector(self.app, slug=self.name, good_for_seconds=good_for)
