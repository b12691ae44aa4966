"""One outage over many cycles is one thing, wherever it is shown."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.rows.incidents import incident_list
from dashboard.web.chrome import time_words
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle
from scheduler.cycles.summaries import keep_summaries
from scheduler.incidents import told
from scheduler.incidents.merging import ServiceIncident
from scheduler.incidents.whole import incidents_by_service, service_incidents, whole_incidents
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
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


def card_at(service: Service, now: float) -> ServiceIncident:
    (card,) = incidents_by_service(
        [service], since=after(now - 3_600), until=after(now), now=after(now)
    )[service.pk]
    return card


def queries_of(look: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        look()
    return sum("incident_count" in each["sql"] for each in queries)


def test_an_outage_is_read_back_to_its_beginning_once_for_all_who_look(windowless: Service) -> None:
    first = queries_of(lambda: card_at(windowless, OUTAGE + 10))
    again = [queries_of(partial(card_at, windowless, OUTAGE + each)) for each in (15, 20, 25)]

    assert first > 1
    assert again == [1, 1, 1]
    assert card_at(windowless, OUTAGE + 25).incident.seconds == OUTAGE + 25


def test_what_changed_is_read_again(windowless: Service) -> None:
    card_at(windowless, OUTAGE + 10)
    keep_all(windowless, OUTAGE + 60)

    assert card_at(windowless, OUTAGE + 70).cycles == (OUTAGE + 60) // 60
    windowless.summaries.filter(cycle_start=after(600)).update(incidents=[], incident_count=0)
    windowless.summary_revision += 1
    assert card_at(windowless, OUTAGE + 70).incident.start == after(660)


@pytest.mark.parametrize(("followed", "is_cut"), [(150, True), (100_000, False)])
def test_where_looking_back_ends_is_no_beginning(
    windowless: Service, monkeypatch: pytest.MonkeyPatch, followed: int, is_cut: bool
) -> None:
    monkeypatch.setattr(told, "CYCLES_FOLLOWED", followed)

    for each in (card_at(windowless, OUTAGE + 10), *whole(windowless, OUTAGE, OUTAGE + 10)):
        assert each.incident.began_earlier is is_cut
        assert (each.incident.start > T0) is is_cut
        (row,) = incident_list(
            [each], slug="s", names={}, executions=(), words=time_words(after(OUTAGE + 10))
        ).rows
        assert row.line.when.startswith("before ") is is_cut
        assert row.line.lasted.startswith("longer than ") is is_cut
        assert (row.line.since is None) is is_cut


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
    assert {each["reason"] for each in told} == {"past_heartbeat"}
    assert [each["facts"] for each in told] == [{"passed_at": after(50).isoformat()}] * 2
    assert whole(observed, 0, 130)[0].incident.seconds == pytest.approx(13.34, abs=1e-5)
    first, then = (
        [each.incident for each in whole(observed, start, 130) if "run-2" in each.incident.run_ids]
        for start in (0, 60)
    )
    assert first[0].seconds == then[0].seconds == 25.0
