"""The offsets of runners' clocks, as beats, claims and reports tell them."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction

from scheduler.core.clocks.offset import ClockOffset
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, InvalidBeat, beat
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import InvalidReport, report
from scheduler.models import Execution, Presence, Runner, Service, ServiceMode
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

Make = Callable[..., Service]
TOO_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:12Z")
NAIVE = datetime.fromisoformat("2026-03-14T12:00:00")


def measured(offset: float, uncertainty: float | None, seconds: float) -> ClockOffset:
    return ClockOffset(
        offset_seconds=offset, uncertainty_seconds=uncertainty, measured_at=after(seconds)
    )


def kept(service: Service, runner_id: str = "a") -> ClockOffset | None:
    return Runner.objects.get(service=service, runner_id=runner_id).clock


def test_a_beat_tells_its_runners_clock(service: Service) -> None:
    beat(
        service,
        Beat(runner_id="a", runner_time=after(11.25), round_trip_seconds=0.5),
        Beat(runner_id="b", runner_time=after(7.5)),
        Beat(runner_id="c"),
        now=after(10),
    )

    # Between 1.25 s and 1.75 s ahead.
    assert kept(service, "a") == measured(1.5, 0.25, 10)
    assert kept(service, "b") == measured(-2.5, None, 10)
    assert kept(service, "c") is None


def test_a_claim_tells_its_runners_clock(service: Service) -> None:
    asker = Beat(runner_id="a", runner_time=after(11.25), round_trip_seconds=0.5)
    claim(service, asker, now=after(10))

    assert kept(service) == measured(1.5, 0.25, 10)


def test_a_round_trip_without_a_time_tells_nothing(service: Service) -> None:
    beat(service, Beat(runner_id="a", round_trip_seconds=0.5), now=after(10))

    assert kept(service) is None


def test_a_blunter_measurement_leaves_the_kept_one(service: Service) -> None:
    for second, told, round_trip in (
        (0, 0.875, 0.25),
        (5, 5.75, 0.5),
        (10, 10.875, None),
        (15, 15, 9.0),
    ):
        one = Beat(runner_id="a", runner_time=after(told), round_trip_seconds=round_trip)
        beat(service, one, now=after(second))

    assert kept(service) == measured(1.0, 0.125, 0)


def test_a_clock_that_was_set_is_measured_anew(service: Service) -> None:
    beat(service, Beat(runner_id="a", runner_time=after(9), round_trip_seconds=0.5), now=after(0))
    beat(service, Beat(runner_id="a", runner_time=after(5), round_trip_seconds=2.0), now=after(5))

    assert kept(service) == measured(1.0, 1.0, 5)


def test_our_own_clock_may_jump_back(service: Service) -> None:
    for second, told in ((100, 100), (40, 100.5)):
        one = Beat(runner_id="a", runner_time=after(told), round_trip_seconds=0.5)
        beat(service, one, now=after(second))

    assert kept(service) == measured(60.75, 0.25, 40)


def test_a_wait_for_the_services_turn_is_not_taken_for_a_slow_clock(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = iter((after(0), after(8)))
    monkeypatch.setattr("scheduler.db.clock.now", lambda: next(instants))

    beat(service, Beat(runner_id="a", runner_time=after(0)))

    assert kept(service) == measured(0.0, None, 0)
    assert Presence.objects.get(service=service).started_at == after(8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            Beat(runner_id="b", runner_time=NAIVE),
            "runner_time 2026-03-14T12:00:00 has no time zone",
        ),
        (Beat(runner_id="b", runner_time=TOO_LONG_AGO), "is 20,526 days before the 2026-03-14"),
        (Beat(runner_id="b", round_trip_seconds=-1.0), "must be from 0 to 86400 seconds, not -1.0"),
        (Beat(runner_id="b", round_trip_seconds=float("nan")), "86400 seconds, not nan"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_stored(
    service: Service, wrong: Beat, message: str
) -> None:
    told = partial(beat, service, Beat(runner_id="a"), wrong), partial(claim, service, wrong)
    for tell in told:
        with pytest.raises(InvalidBeat, match=r"Nothing was stored\. Beat of 'b': ") as error:
            tell(now=T0)
        assert message in str(error.value)

    assert not Runner.objects.exists()
    assert not Presence.objects.exists()
    assert not Execution.objects.exists()


def reported(second: float, told: float, round_trip: float | None = None) -> HeartbeatReport:
    return HeartbeatReport(
        runner_id="a",
        at=after(second),
        runner_time=after(second + told),
        round_trip_seconds=round_trip,
    )


def test_the_latest_reported_beat_with_a_time_counts_whatever_the_order(make_service: Make) -> None:
    beats = [
        reported(0, 0.5, 0.0),
        reported(10, 1.25, 0.5),
        reported(10, 4.0),
        HeartbeatReport(runner_id="a", at=after(20)),
    ]
    for order in permutations(beats):
        observed = make_service(ServiceMode.OBSERVED)
        for one in order:
            report(observed, heartbeats=[one, beats[0]])

        assert kept(observed) == measured(1.5, 0.25, 10)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            HeartbeatReport(runner_id="b", at=T0, runner_time=NAIVE),
            "heartbeat 1: runner_time 2026-03-14T12:00:00 has no time zone; send UTC, such as",
        ),
        (reported(0, 40_000_000), "heartbeat 1: runner_time 2027-06-20T11:06:40+00:00 is 462 days"),
        (reported(0, 0, -0.5), "heartbeat 1: round_trip_seconds must be from 0 to 86400 seconds"),
    ],
)
def test_a_reported_time_that_cannot_be_is_named_and_nothing_is_stored(
    observed: Service, wrong: HeartbeatReport, message: str
) -> None:
    with pytest.raises(InvalidReport, match="Nothing was stored") as error:
        report(observed, heartbeats=[reported(0, 0), wrong])

    assert message in str(error.value)
    assert not Runner.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_measured_at": None},
        {"clock_offset_seconds": None},
        {"clock_offset_seconds": None, "clock_measured_at": None},
        {"clock_uncertainty_seconds": -0.1},
    ],
)
def test_the_database_refuses_a_clock_that_was_not_measured(
    service: Service, changes: dict[str, object]
) -> None:
    fields = {
        "clock_offset_seconds": 1.0,
        "clock_uncertainty_seconds": 0.1,
        "clock_measured_at": T0,
    }

    with pytest.raises(IntegrityError, match="runner_clock_is_measured"), transaction.atomic():
        Runner.objects.create(
            service=service, runner_id="a", first_seen_at=T0, **(fields | changes)
        )
