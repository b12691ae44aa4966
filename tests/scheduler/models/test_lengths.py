from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.models import Execution, Runner, Service
from scheduler.models.lengths import FIRST_REACH_CLASS, LAST_REACH_CLASS, class_bound_us
from tests.conftest import T0

pytestmark = pytest.mark.django_db

US = timedelta(microseconds=1)
type Make = Callable[..., Execution]


@pytest.fixture
def make(service: Service) -> Make:
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    numbers = iter(range(1_000))

    def execution(length: timedelta | None, *, reach: timedelta | None = None) -> Execution:
        """One that took so long, or goes on; a block whose repeats reached so far."""
        status = "running" if length is None else "completed" if reach is None else "blocked"
        start = T0 + timedelta(microseconds=250_000)
        row = Execution.objects.create(
            service=service,
            runner=runner,
            run_id=f"run-{next(numbers)}",
            status=status,
            origin="reported",
            reason="late_start" if status == "blocked" else "",
            started_at=start,
            ended_at=None if length is None else start + length,
            first_attempt_at=start,
            last_attempt_at=start + (reach or timedelta()),
        )
        return Execution.objects.get(pk=row.pk)

    return execution


@pytest.mark.parametrize(
    "length",
    [
        timedelta(),
        US,
        timedelta(milliseconds=750),  # it ends without a fraction of a second
        timedelta(seconds=90, microseconds=123_457),
        timedelta(days=400, microseconds=1),
    ],
)
def test_a_duration_is_exact_to_the_microsecond(make: Make, length: timedelta) -> None:
    assert make(length).duration_us == length // US


def test_what_runs_has_no_duration_and_no_class(make: Make) -> None:
    running = make(None)
    assert (running.duration_us, running.reach_class) == (None, None)


def test_a_duration_follows_the_end(make: Make) -> None:
    running = make(None)
    running.status, running.ended_at = "completed", running.started_at + timedelta(seconds=2)
    running.save(update_fields=("status", "ended_at"))
    assert Execution.objects.get(pk=running.pk).duration_us == 2_000_000


@pytest.mark.parametrize(
    ("length_us", "expected"),
    [
        (0, None),
        (class_bound_us(7) - 1, None),
        (class_bound_us(7), 8),
        (class_bound_us(8) - 1, 8),
        (class_bound_us(8), 9),
        (class_bound_us(12) - 1, 12),
        (class_bound_us(12), 13),
    ],
)
def test_long_ones_are_put_into_classes(make: Make, length_us: int, expected: int | None) -> None:
    assert make(length_us * US).reach_class == expected


def test_the_repeats_of_a_block_count_for_its_class(make: Make) -> None:
    assert make(timedelta(), reach=class_bound_us(8) * US).reach_class == 9


def test_the_classes_are_those_that_can_be_told() -> None:
    # 16 ** 13 microseconds are 142 years.
    assert (FIRST_REACH_CLASS, LAST_REACH_CLASS) == (8, 13)
