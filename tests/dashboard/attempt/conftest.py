"""What the tests of an attempt's page may ask for."""

from collections.abc import Callable
from datetime import datetime

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from tests.conftest import after

SetClock = Callable[[datetime], None]


@pytest.fixture
def told(observed: Service, set_clock: SetClock) -> Service:
    """An observed fleet of two, watched from 0 to 100 s; it is 65 s: `long` of a goes from 5 to
    50 s, `over` of b from 35 to 40 s, and c, who is no member, met it at 45 s."""
    beats = [HeartbeatReport(runner_id=each, at=after(at)) for at in (0, 25, 50) for each in "ab"]
    runs = [
        ("long", "a", Status.COMPLETED, 5, 50, ""),
        ("over", "b", Status.COMPLETED, 35, 40, ""),
        ("met", "c", Status.BLOCKED, 45, 45, "prior_running:long runner:a"),
        ("own", "b", Status.BLOCKED, 46, 46, "no_margin"),
    ]
    report(
        observed,
        heartbeats=beats,
        executions=[
            ExecutionReport(
                run_id=run_id,
                runner_id=runner_id,
                status=status,
                started_at=after(start),
                ended_at=after(end),
                reason=reason,
            )
            for run_id, runner_id, status, start, end, reason in runs
        ],
        now=after(60),
    )
    watched(observed, "collector", at=after(0), good_for_seconds=100)
    set_clock(after(65))
    return observed
