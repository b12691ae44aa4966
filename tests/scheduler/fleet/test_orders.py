"""A fleet page by page, in each order, while runners come and go."""

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.fleet.orders import FleetOrder, FleetPlace, WrongPlace
from scheduler.fleet.runners import Fleet, fleet
from scheduler.fleet.states import RunnerState
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import DerivedBlock, Runner, Service
from tests.conftest import after

pytestmark = pytest.mark.django_db

NAMES = [f"r{number:02}" for number in range(12)]


def ids(read: Fleet) -> list[str]:
    return [each.runner_id for each in read.runners]


@pytest.fixture
def large(service: Service) -> Service:
    """Twelve runners: three are silent, two may not run, one is gone; their clocks differ."""
    for number, name in enumerate(NAMES):
        heard_at = 0 if number in (2, 5, 8) else 20 + number / 10
        told = Beat(
            runner_id=name,
            eligible=number not in (3, 4),
            runner_time=after(heard_at + (number - 6)),
        )
        beat(service, told, now=after(heard_at))
    return service


@pytest.mark.parametrize("order", FleetOrder)
@pytest.mark.parametrize("limit", [1, 5, 50])
def test_all_pages_together_are_the_whole_fleet_forwards_and_back(
    large: Service, order: FleetOrder, limit: int
) -> None:
    whole = ids(fleet(large, now=after(25), order=order))
    assert sorted(whole) == NAMES

    forwards, page = list[str](), fleet(large, now=after(25), order=order, limit=limit)
    while True:
        assert page.first == len(forwards) + 1
        forwards += ids(page)
        if page.following is None:
            break
        place = FleetPlace.read(str(page.following))
        page = fleet(large, now=after(25), order=order, limit=limit, after=place)
    back = ids(page)
    while page.before is not None:
        place = FleetPlace.read(str(page.before))
        page = fleet(large, now=after(25), order=order, limit=limit, before=place)
        # Near its beginning, a page is as long as any other and may repeat a runner.
        back = [*(each for each in ids(page) if each not in back), *back]

    assert forwards == back == whole


def test_the_worst_state_comes_first(large: Service) -> None:
    read = fleet(large, now=after(25), order=FleetOrder.STATE)

    assert [each.state for each in read.runners] == [
        *[RunnerState.SILENT] * 3,
        *[RunnerState.INELIGIBLE] * 2,
        *[RunnerState.LIVE] * 7,
    ]


def test_the_oldest_heartbeat_comes_first_and_the_gone_last(large: Service) -> None:
    beat(large, Beat(runner_id="new"), now=after(31))

    read = fleet(large, now=after(31), order=FleetOrder.SILENCE)

    assert ids(read)[:2] == ["r00", "r01"]
    assert ids(read)[-4:] == ["new", "r02", "r05", "r08"]


def test_the_clock_that_is_furthest_off_comes_first(large: Service) -> None:
    read = fleet(large, now=after(25), order=FleetOrder.CLOCK)

    told = [abs(each.clock.offset_seconds) for each in read.runners if each.clock]
    assert len(told) == len(NAMES)
    assert told == sorted(told, reverse=True)
    assert told[0] == 6


def test_who_comes_or_goes_meanwhile_shifts_no_page(large: Service) -> None:
    first = fleet(large, now=after(25), order=FleetOrder.SEAT, limit=4)
    beat(large, Beat(runner_id="new"), now=after(25))

    second = fleet(large, now=after(26), order=FleetOrder.SEAT, limit=4, after=first.following)

    assert not set(ids(second)) & set(ids(first))
    assert second.first == 5


def test_a_page_begins_behind_its_place_though_it_is_short(large: Service) -> None:
    places = [fleet(large, now=after(25), limit=each).following for each in (9, 11)]

    read = [ids(fleet(large, now=after(25), limit=5, after=place)) for place in places]

    assert [len(each) for each in read] == [3, 1]
    assert read[0][2:] == read[1]


def test_behind_the_last_runner_is_the_last_page(large: Service) -> None:
    beyond = FleetPlace(9, 0, "")

    read = fleet(large, now=after(25), limit=5, after=beyond)

    assert (read.first, len(read.runners), read.following) == (11, 2, None)


@pytest.mark.parametrize("text", ["", "x", "1", "1~x~a", "~~"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(WrongPlace, match="cut off or changed"):
        FleetPlace.read(text)


def test_an_id_with_the_separator_is_read_as_it_was() -> None:
    place = FleetPlace(1, -5, "a~b~")

    assert FleetPlace.read(str(place)) == place


def test_starts_lost_to_a_runner_are_counted_by_who_held(service: Service) -> None:
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    held = claim(service, "a", now=after(1)).execution
    assert held is not None
    for second in (31, 36, 41):
        claim(service, "b", now=after(second))
        beat(service, Beat(runner_id="a"), now=after(second))

    read = fleet(service, now=after(45), order=FleetOrder.LOST)

    assert [(each.runner_id, each.lost_starts) for each in read.runners] == [("a", 3), ("b", 0)]


def test_a_runner_that_meets_its_own_run_costs_nobody_a_start(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    claim(service, "a", now=after(1))
    assert claim(service, "a", now=after(2)).blocked is not None

    (only,) = fleet(service, now=after(3)).runners

    assert (only.blocks, only.lost_starts) == (1, 0)


def test_derived_blocks_count_for_the_runner_of_their_run(observed: Service) -> None:
    run = ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(0))
    beats = [HeartbeatReport(runner_id=each, at=after(0)) for each in "ab"]
    report(observed, heartbeats=beats, executions=[run], now=after(1))
    blocked = Runner.objects.get(service=observed, runner_id="b")
    for number in range(2):
        DerivedBlock.objects.create(
            service=observed,
            runner=blocked,
            cycle_start=after(0),
            started_at=after(number),
            ended_at=after(number + 1),
            reason="prior_running",
            prior_run_id="x",
            runner_position=1,
            stable_runner_count=2,
        )

    read = fleet(observed, now=after(5))

    assert {each.runner_id: each.lost_starts for each in read.runners} == {"a": 2, "b": 0}
