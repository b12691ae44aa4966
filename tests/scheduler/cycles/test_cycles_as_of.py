"""A stored cycle as it was known at an instant; that it is what was shown then, whatever happens to
a fleet, is held by tests/simulation/test_replay.py."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.events import event_after, event_before
from scheduler.cycles.loading import load_cycle_as_of
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowded(observed: Service) -> Service:
    """Three runs of five seconds: from 10 s, 20 s and 30 s on."""
    watched(observed, "collector", at=after(-9), good_for_seconds=99)
    runs = [
        ExecutionReport(
            run_id=f"run-{second}",
            runner_id="a",
            status=Status.COMPLETED,
            started_at=after(second),
            ended_at=after(second + 5),
        )
        for second in (10, 20, 30)
    ]
    beats = [HeartbeatReport(runner_id="a", at=after(second)) for second in (-5, 15)]
    report(observed, heartbeats=beats, executions=runs, now=after(90))
    return observed


def test_an_early_frame_has_what_was_newest_then(
    crowded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.cycles.loading.EXECUTIONS_LIMIT", 2)

    frame = load_cycle_as_of(crowded, T0, at=after(22))

    assert [each.run_id for each in frame.executions] == ["run-10", "run-20"]
    assert [each.status for each in frame.executions] == [Status.COMPLETED, Status.RUNNING]


def test_the_past_that_was_corrected_later_is_shown_as_it_was(observed: Service) -> None:
    """A fleet went by other rules since 20 s, and that was told at 300 s."""
    watched(observed, "collector", at=after(-9), good_for_seconds=99)
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(1))], now=after(1))
    before = policy_at(observed, T0)
    wider = replace(before, spread_margin_minutes=0.1)
    change_policy(observed, wider, changed_by="ops", effective_from=after(20), now=after(300))

    assert load_cycle_as_of(observed, T0, at=after(50)).policy == before


def test_a_frame_takes_the_same_few_queries_for_any_fleet(
    make_service: Callable[..., Service],
) -> None:
    def queries(runners: int) -> int:
        service = make_service()
        beat(service, *(Beat(runner_id=f"r{number}") for number in range(runners)), now=after(1))
        with CaptureQueriesContext(connection) as captured:
            load_cycle_as_of(service, T0, at=after(30))
        return len(captured)

    assert queries(2) == queries(40)


def test_events_follow_each_other_from_the_start_to_the_end(crowded: Service) -> None:
    # a dies 30 s after its last beat.
    dies = 45.000001

    def walk() -> Iterator[float]:
        at: datetime | None = T0
        while at is not None:
            following = event_after(crowded, load_cycle_as_of(crowded, T0, at=at))
            if following is not None:
                yield (following - T0).total_seconds()
            at = following

    assert list(walk()) == [10, 15, 20, 25, 30, 35, dies]
    assert event_before(load_cycle_as_of(crowded, T0, at=after(24))) == after(20)
    assert event_before(load_cycle_as_of(crowded, T0, at=after(10))) is None
