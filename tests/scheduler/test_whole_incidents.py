"""One outage over many cycles is one thing, wherever it is shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.core.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles import load_cycle
from scheduler.heartbeats import Beat, beat
from scheduler.incidents import (
    ServiceIncident,
    incidents_by_service,
    service_incidents,
    whole_incidents,
)
from scheduler.models import Service
from scheduler.reported_types import ExecutionReport, HeartbeatReport
from scheduler.reports import report, watched
from scheduler.summaries import keep_summaries
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db
OUTAGE = 6 * 3_600 + 360


def keep_all(service: Service, second: float) -> None:
    while keep_summaries(service, now=after(second)).written:
        pass
    service.refresh_from_db()


def whole(service: Service, start: float, now: float) -> tuple[ServiceIncident, ...]:
    timeline = load_cycle(service, after(start), now=after(now))
    return whole_incidents(service, timeline, judge_cycle(timeline).incidents)


@pytest.fixture
def windowless(make_service: Callable[..., Service]) -> Service:
    """Cycles of a minute, in which two runners have no window for six hours and six minutes."""
    service = make_service(spread_margin_minutes=0.5, dead_after_seconds=30_000)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    keep_all(service, OUTAGE)
    return service


def test_a_fleet_without_windows_is_so_for_as_long_everywhere(windowless: Service) -> None:
    now = OUTAGE + 10
    (card,) = incidents_by_service(
        [windowless], since=after(now - 3_600), until=after(now), now=after(now)
    )[windowless.pk]
    (listed,) = service_incidents(
        windowless, since=T0 - timedelta(days=1), until=after(now), now=after(now)
    )
    (live,) = whole(windowless, OUTAGE, now)
    (past,) = whole(windowless, 3_600, now)

    for each in (card, listed, live, past):
        assert (each.incident.start, each.incident.end) == (T0, None)
        assert each.incident.seconds == now


def test_a_late_worker_does_not_cut_it(windowless: Service) -> None:
    now = OUTAGE + 130  # two cycles are over that nobody has summed up

    (live,) = whole(windowless, OUTAGE + 120, now)

    assert (live.incident.start, live.incident.seconds) == (T0, now)


def test_a_run_over_two_cycles_is_said_to_be_one(observed: Service) -> None:
    """a is silent from 34 s on, for its heartbeat is good for 30 s, and back when it is done."""
    for second in (4, 88):
        report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(second))])
    run = ExecutionReport(
        run_id="run-1",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(5),
        ended_at=after(47.34),
    )
    longer = ExecutionReport(
        run_id="run-2",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(50),
        ended_at=after(75),
    )
    report(observed, executions=[run, longer], now=after(90))
    for second in range(0, 130, 5):
        watched(observed, "collector", at=after(second), good_for_seconds=10)
    keep_all(observed, 130)

    told = [
        each
        for row in observed.summaries.order_by("cycle_start")
        for each in row.incidents
        if each["run_ids"] == ["run-2"] and each["kind"] == "stuck_run"
    ]

    assert len(told) == 2
    assert {(each["start"], each["end"], each["seconds"]) for each in told} == {
        (after(50).isoformat(), after(75).isoformat(), 25.0)
    }
    assert {each["sentence"] for each in told} == {
        "The run of a went on for 25 s past its runner's heartbeat."
    }
    assert whole(observed, 0, 130)[0].incident.seconds == pytest.approx(13.34, abs=1e-5)
    first, then = (
        [each.incident for each in whole(observed, start, 130) if "run-2" in each.incident.run_ids]
        for start in (0, 60)
    )
    assert first[0].seconds == then[0].seconds == 25.0
