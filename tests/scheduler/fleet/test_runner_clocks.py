"""The clocks of the runners that may start, and those of them that are too far off."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import Certainty, ClockLimit, ClockWarning
from scheduler.core.policy import SchedulingPolicy
from scheduler.fleet.clocks import clock_warnings, seated_clocks, warned_clocks
from scheduler.fleet.runners import fleet
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after

pytestmark = pytest.mark.django_db

Make = Callable[..., Service]


def unsure(offset: float) -> ClockOffset:
    """As a beat at 0 s without a round trip told it."""
    return ClockOffset(offset_seconds=offset, uncertainty_seconds=None, measured_at=after(0))


def test_the_offset_of_a_seated_runner_is_shown_with_its_warning(service: Service) -> None:
    beat(service, Beat(runner_id="a", runner_time=after(9)), now=after(0))

    seated, gone = (fleet(service, now=after(at)).runners[0] for at in (1, 31))

    assert seated.clock == gone.clock == unsure(9.0)
    # One runner has the whole minute to start in.
    assert seated.clock_warning == ClockWarning(
        limit=ClockLimit.STARTABLE, whole_seconds=60.0, certainty=Certainty.CERTAIN
    )
    assert gone.clock_warning is None


POLICY = SchedulingPolicy(
    service_interval_minutes=1.0, spread_margin_minutes=0.05, max_start_slot_fraction=0.5
)


def test_the_clocks_worth_a_warning_in_one_query(
    service: Service, make_service: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = make_service()
    beat(other, Beat(runner_id="elsewhere", runner_time=after(9)), now=after(0))
    beat(
        service,
        Beat(runner_id="near", runner_time=after(0.5)),
        Beat(runner_id="no time"),
        # 1 s ahead ± 1.5 s, and 0.25 s ahead ± 1 s: the estimate alone decides.
        Beat(runner_id="likely", runner_time=after(-0.5), round_trip_seconds=3.0),
        Beat(runner_id="possible", runner_time=after(-0.75), round_trip_seconds=2.0),
        Beat(runner_id="far", host="host-9", pid=77, runner_time=after(2)),
        Beat(runner_id="farther", runner_time=after(-9)),
        Beat(runner_id="not eligible", eligible=False, runner_time=after(9)),
        now=after(0),
    )

    with django_assert_num_queries(1):
        found = clock_warnings(service, POLICY, 5, after(1))

    # Five slots of 12 s, windows of 9 s, startable for 4.5 s: a tenth is 0.45 s, the margin 3 s.
    assert [(one.runner.runner_id, one.warning.limit, one.warning.certainty) for one in found] == [
        ("farther", ClockLimit.MARGIN, Certainty.LIKELY),
        ("far", ClockLimit.STARTABLE, Certainty.CERTAIN),
        ("likely", ClockLimit.STARTABLE, Certainty.LIKELY),
        ("near", ClockLimit.STARTABLE, Certainty.CERTAIN),
    ]
    assert (found[1].runner.host, found[1].runner.pid) == ("host-9", 77)
    assert found[1].runner.clock == unsure(2.0)
    assert clock_warnings(service, POLICY, 5, after(31)) == ()


def test_the_clocks_of_many_services_in_one_query(
    make_service: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    services = [make_service() for _ in range(3)]
    for service in services[:2]:
        beat(service, Beat(runner_id="a", runner_time=after(9)), now=after(0))

    with django_assert_num_queries(1):
        clocks = seated_clocks(services, after(1))

    assert clocks.keys() == {service.pk for service in services[:2]}
    (warned,) = warned_clocks(clocks[services[0].pk], POLICY, 1)
    assert warned.runner.clock == unsure(9.0)
