"""What the tests of acknowledging may ask for: a runner's attempts and derived blocks."""

import pytest

from scheduler.models import DerivedBlock, Execution, Origin, Runner
from tests.conftest import T0, after


@pytest.fixture
def runner(observed):
    return Runner.objects.create(service=observed, runner_id="a", first_seen_at=T0)


@pytest.fixture
def add(observed, runner):
    """Stores attempts of these statuses, one a second from `first` on."""

    def make(*statuses, first=0, service=observed, runner=runner):
        rows = [
            Execution(
                service=service,
                runner=runner,
                run_id=f"run-{second}",
                status=status,
                origin=Origin.REPORTED,
                started_at=after(second),
                ended_at=None if status == "running" else after(second),
                reason="late_start" if status == "blocked" else "",
                first_attempt_at=after(second),
                last_attempt_at=after(second),
            )
            for second, status in enumerate(statuses, start=first)
        ]
        return Execution.objects.bulk_create(rows)

    return make


@pytest.fixture
def derive(observed, runner):
    """Stores so many derived blocks, one a second."""

    def make(number):
        rows = [
            DerivedBlock(
                service=observed,
                runner=runner,
                cycle_start=T0,
                started_at=after(second),
                ended_at=after(second + 1),
                reason="slot_window_invalid",
                runner_position=0,
                stable_runner_count=1,
            )
            for second in range(number)
        ]
        return DerivedBlock.objects.bulk_create(rows)

    return make
