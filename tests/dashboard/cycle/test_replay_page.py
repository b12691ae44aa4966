"""/s/<slug>/cycles/<cycle_start>/?t=: the cycle as its live page showed it at that instant."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.retention.archive import archive
from scheduler.services import change_policy
from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import figure_of, get, text_of

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
CYCLE = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]
MakeService = Callable[..., Service]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows of an instant."""

    state: str
    tables: list[str]
    legend: list[str]
    policy: str
    marks: list[dict[str, Any]]


def shown(html: str) -> Shown:
    figure = figure_of(html)
    return Shown(
        state=text_of(*re.findall(r'<p class="state-line.*?</p>', html, re.DOTALL)),
        tables=[text_of(each) for each in re.findall(r"<tbody>.*?</tbody>", html, re.DOTALL)],
        legend=[text_of(each) for each in re.findall(r"<li[ >].*?</li>", html, re.DOTALL)],
        policy=text_of(*re.findall(r'<section class="panel policy.*?</section>', html, re.DOTALL)),
        # What the present grows into is nothing that was drawn.
        marks=[trace for trace in figure["data"] if trace["name"] != "reach"],
    )


def coordinated(make_service: MakeService) -> Iterator[float]:
    """Two runners and a third from 25 s on; runs, a block, a repeated one, and another policy. At
    each of these seconds somebody looks."""
    service = make_service(
        dead_after_seconds=600.0,
        spread_margin_minutes=0.05,
        max_start_slot_fraction=0.5,
        membership_stabilization_seconds=20.0,
    )
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-100))
    yield 1
    first = claim(service, "a", now=after(2)).execution
    assert first is not None
    yield 4.5
    finish(service, first.run_id, Status.COMPLETED, now=after(9.25))
    yield 9.25
    claim(service, "a", now=after(16))
    claim(service, "a", now=after(19))
    yield 20
    yield 25.499
    beat(service, Beat(runner_id="c"), now=after(25.5))
    yield 26
    second = claim(service, "b", now=after(27)).execution
    assert second is not None
    claim(service, "b", now=after(28))
    claim(service, "b", now=after(28.4))
    yield 32
    change_policy(
        service,
        replace(policy_at(service, after(0)), spread_margin_minutes=0.4),
        changed_by="ops",
        now=after(46),
    )
    yield 47
    finish(service, second.run_id, Status.ABANDONED, reason="exception:Boom", now=after(55))
    yield 57


def observed(make_service: MakeService) -> Iterator[float]:
    """Three runners of a foreign fleet, two runs at once; one runner goes, nobody watches from 26 s
    to 40 s, one is back without being eligible."""
    service = make_service(ServiceMode.OBSERVED, dead_after_seconds=12.0)

    def hear(seconds: float, *runner_ids: str, eligible: bool = True) -> None:
        watched(service, "collector", at=after(seconds), good_for_seconds=10)
        beats = [
            HeartbeatReport(runner_id=each, at=after(seconds), eligible=eligible)
            for each in runner_ids
        ]
        report(service, heartbeats=beats, now=after(seconds))

    def run(run_id: str, runner_id: str, started: float, ended: float | None) -> None:
        execution = ExecutionReport(
            run_id=run_id,
            runner_id=runner_id,
            status=Status.RUNNING if ended is None else Status.COMPLETED,
            started_at=after(started),
            ended_at=None if ended is None else after(ended),
        )
        report(service, executions=[execution], now=after(ended or started))

    hear(-5, "a", "b", "c")
    hear(2, "a", "b", "c")
    yield 5
    run("first", "a", 6, None)
    run("second", "b", 8, None)
    hear(9, "a", "b")
    yield 10
    run("first", "a", 6, 15)
    hear(16, "a", "b")
    yield 17
    yield 27
    yield 33
    hear(40, "a")
    yield 41
    hear(45, "a", eligible=False)
    yield 46


def another_interval(make_service: MakeService) -> Iterator[float]:
    """Two runners in a cycle of a minute, of which from 40 s on cycles of 6 s are made."""
    service = make_service(
        dead_after_seconds=600.0, spread_margin_minutes=0.01, max_start_slot_fraction=0.5
    )
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-100))
    yield 16
    claim(service, "a", now=after(20))
    yield 22
    yield 39.5
    change_policy(
        service,
        replace(policy_at(service, after(0)), service_interval_minutes=0.1),
        changed_by="ops",
        now=after(40),
    )
    yield 41
    run = claim(service, "b", now=after(45.5)).execution
    assert run is not None
    yield 47
    finish(service, run.run_id, Status.COMPLETED, now=after(50))
    yield 59


@pytest.mark.both_databases
@pytest.mark.parametrize("story", [coordinated, observed, another_interval])
def test_a_frame_shows_what_the_page_showed_at_its_instant(
    viewer: Client,
    make_service: MakeService,
    set_clock: SetClock,
    story: Callable[[MakeService], Iterator[float]],
) -> None:
    live = {}
    for seconds in story(make_service):
        set_clock(after(seconds))
        # The repeats in the second block go on until 28.4 s.
        live[seconds] = shown(get(viewer, CYCLE, headers=HTMX))

    set_clock(after(86_400))

    for seconds, page in live.items():
        address = f"{CYCLE}?t={after(seconds).isoformat().replace('+00:00', 'Z')}"
        assert shown(get(viewer, address, headers=HTMX)) == page, seconds
        assert shown_alone(get(viewer, address)) == page, seconds


def shown_alone(page: str) -> Shown:
    """Of a whole page: what is beside the strip and its incidents."""
    start = page.index('<section id="status"')
    strip, end = page.index('<section id="strip"'), page.index('<div id="lately"')
    return shown(page[start:strip] + page[page.index("</section>", strip) : end])


@pytest.fixture
def over(story: Story, set_clock: SetClock) -> Story:
    """The story, long after its cycle."""
    set_clock(after(200))
    return story


@pytest.mark.parametrize(
    ("asked", "instant"),
    [
        ("2026-03-14T12:00:00Z", "12:00:00 UTC"),
        ("2026-03-14T12:00:24.5Z", "12:00:24.500 UTC"),
        ("2026-03-14T13:00:24%2B01:00", "12:00:24 UTC"),
        ("2026-03-14T12:00:59.999Z", "12:00:59.999 UTC"),
    ],
)
def test_a_frame_says_plainly_that_it_is_none_of_now(
    viewer: Client, over: Story, asked: str, instant: str
) -> None:
    page = text_of(get(viewer, f"{CYCLE}?t={asked}"))

    assert f"Replay: as it was known at {instant} , not as it is now. Leave the replay" in page
    assert f"Decisions at {instant}" in page
    assert f"As it was known at {instant}" in page
    assert "Decisions now" not in page


@pytest.mark.parametrize("at", ["2026-03-14T12:00:22.5Z", "2026-03-14T12:00:25Z"])
def test_a_cycle_that_goes_on_is_replayed_up_to_now(viewer: Client, story: Story, at: str) -> None:
    page = get(viewer, f"{CYCLE}?t={at}")

    assert "Replay: as it was known at 12:00:2" in text_of(page)
    # It stays what it is: nothing is asked for again.
    assert "data-over" in page


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "noon",
        "24.5",
        "2026-03-14T12:00:24",  # of which zone?
        "2026-03-14T11:59:59Z",
        "2026-03-14T12:01:00Z",  # the next cycle's first
    ],
)
def test_an_instant_that_is_none_of_the_cycle_is_told(
    viewer: Client, over: Story, asked: str
) -> None:
    response = viewer.get(CYCLE, {"t": asked})

    assert response.status_code == 400
    page = response.content.decode()
    assert f"t=“{asked}” is not an instant of this cycle" in page
    assert "from 2026-03-14T12:00:00Z on, before 2026-03-14T12:01:00Z" in page


def test_an_instant_that_is_still_to_come_is_told(viewer: Client, story: Story) -> None:
    response = viewer.get(CYCLE, {"t": "2026-03-14T12:00:25.1Z"})

    assert response.status_code == 400
    assert "up to now (2026-03-14T12:00:25Z)" in response.content.decode()


def test_an_instant_inside_a_cycle_leads_to_it_with_its_query(viewer: Client, over: Story) -> None:
    response = viewer.get("/s/service-1/cycles/2026-03-14T12:00:24Z/?t=2026-03-14T12:00:30Z")

    assert (response.status_code, response["Location"]) == (302, f"{CYCLE}?t=2026-03-14T12:00:30Z")


def links(page: str) -> dict[str, str]:
    """Where each step of the replay leads, by its words."""
    found = re.findall(r'<a id="replay-.*?</a>', page, re.DOTALL)
    addresses = (re.search(r'href="([^"]*)"', each) for each in found)
    return {
        text_of(each): address[1] if address else ""
        for each, address in zip(found, addresses, strict=True)
    }


def test_without_scripts_links_lead_from_instant_to_instant(viewer: Client, over: Story) -> None:
    # b starts at 21 s and is refused at 22 s.
    assert links(get(viewer, f"{CYCLE}?t=2026-03-14T12:00:21.5Z")) == {
        "Previous event": f"{CYCLE}?t=2026-03-14T12:00:21Z",
        "1 s back": f"{CYCLE}?t=2026-03-14T12:00:20.500000Z",
        "1 s on": f"{CYCLE}?t=2026-03-14T12:00:22.500000Z",
        "Next event": f"{CYCLE}?t=2026-03-14T12:00:22Z",
    }


def test_from_event_to_event_one_comes_through_the_cycle_and_back(
    viewer: Client, make_service: MakeService, set_clock: SetClock
) -> None:
    for _ in coordinated(make_service):
        pass
    set_clock(after(86_400))
    # A start, its end, a refusal, c, a start, a refusal, the policy, the end.
    events = [2, 9.25, 16, 25.5, 27, 28, 46, 55]

    def walk(address: str, step: str) -> Iterator[float]:
        while address := links(get(viewer, address))[step]:
            at = datetime.fromisoformat(address.partition("?t=")[2])
            yield (at - after(0)).total_seconds()

    assert list(walk(f"{CYCLE}?t=2026-03-14T12:00:00Z", "Next event")) == events
    assert list(walk(f"{CYCLE}?t=2026-03-14T12:00:59Z", "Previous event")) == events[::-1]


def test_at_the_ends_of_a_cycle_there_is_nowhere_to_go(viewer: Client, over: Story) -> None:
    first = links(get(viewer, f"{CYCLE}?t=2026-03-14T12:00:00Z"))
    last = links(get(viewer, f"{CYCLE}?t=2026-03-14T12:00:59.5Z"))

    assert (first["Previous event"], first["1 s back"]) == ("", "")
    assert (last["1 s on"], last["Next event"]) == ("", "")


def test_the_finished_page_and_the_live_one_lead_to_the_replay(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    assert f'href="{CYCLE}?t=2026-03-14T12:00:25Z"' in get(viewer, LIVE)

    set_clock(after(200))

    assert links(get(viewer, CYCLE)) == {"Replay from the start": f"{CYCLE}?t=2026-03-14T12:00:00Z"}


def test_the_lanes_keep_the_instant_and_other_cycles_do_not(viewer: Client, over: Story) -> None:
    page = get(viewer, f"{CYCLE}?lanes=trouble&t=2026-03-14T12:00:24Z")

    assert f'href="{CYCLE}?t=2026-03-14T12:00:24Z"' in page  # all lanes
    assert f'href="{CYCLE}?lanes=trouble"' in page  # without the replay
    assert 'href="/s/service-1/cycles/2026-03-14T12:01:00Z/?lanes=trouble"' in page


def test_a_frame_of_an_archived_service_tells_how_it_stood(viewer: Client, over: Story) -> None:
    archive(over.service, by="ops")

    page = text_of(get(viewer, f"{CYCLE}?t=2026-03-14T12:00:24Z", headers=HTMX))

    assert "Running: b holds for 3 s" in page


def test_before_anything_is_known_of_a_service_no_instant_is(viewer: Client, over: Story) -> None:
    response = viewer.get("/s/service-1/cycles/2026-03-14T11:00:00Z/?t=2026-03-14T11:00:01Z")

    assert response.status_code == 200
    assert "Replay: as it was" not in text_of(response.content.decode())
