"""A run that has gone on for longer than it may: every page that tells how a service stands says
so, with its mark, its words and its colour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service, ServiceMode
from tests.conftest import after
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]
PAGES = ("/", "/s/service-1/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`a` holds since 1 s: of two runners with windows of 27 s and a margin of 3 s."""

    service: Service
    run_id: str


@pytest.fixture(params=list(ServiceMode))
def held(request: pytest.FixtureRequest, make_service: Make) -> Held:
    service = make_service(request.param, spread_margin_minutes=0.05, dead_after_seconds=600.0)
    if request.param == ServiceMode.COORDINATED:
        beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
        run = claim(service, "a", now=after(1)).execution
        assert run is not None
        return Held(service=service, run_id=run.run_id)
    watched(service, at=after(0), good_for_seconds=600.0, collector="c")
    report(
        service,
        heartbeats=[HeartbeatReport(runner_id=each, at=after(0)) for each in "ab"],
        executions=[
            ExecutionReport(run_id="it", runner_id="a", status=Status.RUNNING, started_at=after(1))
        ],
        now=after(1),
    )
    return Held(service=service, run_id="it")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (29, "Running: a holds for 28 s ( its run )."),
        (
            30,
            "Stuck run. a has held it for 29 s ( its run ), 0 s past its slot; nobody else",
        ),
        (
            45,
            "Stuck run. a has held it for 44 s ( its run ), 15 s past its slot; nobody else",
        ),
        (75, "a has held it for 1 m 14 s ( its run ), 15 s past the end of its cycle; nobody else"),
    ],
)
def test_who_holds_for_too_long_is_said_at_the_top(
    viewer: Client, held: Held, set_clock: SetClock, path: str, seconds: float, said: str
) -> None:
    set_clock(after(seconds))

    assert said in text_of(get(viewer, path))


@pytest.mark.parametrize("path", PAGES)
def test_a_stuck_run_has_the_mark_and_the_colour_of_trouble(
    viewer: Client, held: Held, set_clock: SetClock, path: str
) -> None:
    set_clock(after(45))

    page = get(viewer, path)

    assert '<p class="state-line abandoned trouble">' in page
    assert '<p class="state-line running' not in page


def test_the_runners_page_says_that_its_run_is_overdue(
    viewer: Client, held: Held, set_clock: SetClock
) -> None:
    set_clock(after(45))

    assert "44 s , past its slot" in text_of(get(viewer, "/s/service-1/runners/"))
    assert (
        "Stuck: it has held the service for 44 s , 15 s past its slot; nobody else can start."
        in text_of(get(viewer, "/s/service-1/runners/a/"))
    )


def test_a_service_with_a_stuck_run_is_in_trouble(
    viewer: Client, held: Held, set_clock: SetClock
) -> None:
    set_clock(after(45))

    assert "1 service · 1 in trouble" in text_of(get(viewer, "/"))


def test_a_runner_that_is_alone_has_no_margin_to_run_into(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    service = make_service(spread_margin_minutes=0.05, dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a"), now=after(0))
    claim(service, "a", now=after(1))
    set_clock(after(61))

    for path in PAGES:
        assert "1 s past the end of its cycle" in text_of(get(viewer, path))
