"""/s/<slug>/runners/: the fleet."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import dashboard
from dashboard.runners.fleet_page import RunnersPage
from dashboard.runners.legend import LEGEND
from dashboard.runners.words import STATES
from scheduler.fleet.states import RunnerState
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get, known_of, text_of
from tests.dashboard.web.test_contexts import KNOWN, SHARED, declared, named

pytestmark = pytest.mark.django_db

RUNNERS = "/s/service-1/runners/"
SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def test_each_runner_is_a_row(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, RUNNERS))

    assert "A runner is silent after 10 s without a heartbeat, gone after 10 m." in page
    # The last beats are those of the claims: at 2 s, 24 s and -1 s. c's was 26 s ago.
    assert "Silent host-1:412 23 s ago 1 in 35 s 1 0" in page
    assert "Live b 1 s ago 2 now 4 s 1 3" in page
    assert "Silent c 26 s ago 3 in 15 s 0 0" in page


def test_the_states_are_counted(viewer: Client, story: Story) -> None:
    assert "Runners 1 live 2 silent" in text_of(get(viewer, RUNNERS))


def test_a_gone_runner_comes_last(viewer: Client, story: Story, set_clock: SetClock) -> None:
    set_clock(after(600))
    beat(story.service, Beat(runner_id="a"), now=after(600))

    page = text_of(get(viewer, RUNNERS))

    assert re.findall(r"(\w+) (?:host-1:412|b|c) \d", page) == ["Live", "Silent", "Gone"]


def test_the_full_id_can_be_copied(viewer: Client, story: Story) -> None:
    assert 'data-copy="a"' in get(viewer, RUNNERS)


def test_a_clock_that_is_far_off_is_warned_about(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    one = Beat(runner_id="a", runner_time=after(-7.1), round_trip_seconds=0.2)
    beat(make_service(), one, now=after(0))
    set_clock(after(12))

    page = get(viewer, RUNNERS)

    assert (
        "7 s behind ± 100 ms , more than a tenth of the 1 m to start in, measured 12 s ago"
        in text_of(page)
    )
    assert 'class="clock clock-warning"' in page
    assert 'title="More than a tenth of the 1 m to start in. From the runner' in page


def test_a_clock_that_may_be_far_off_says_so_and_is_not_warned_about(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    # 5.5 s ahead, give or take 1 s: a tenth of the minute to start in lies within.
    one = Beat(runner_id="a", runner_time=after(4.5), round_trip_seconds=2.0)
    beat(make_service(), one, now=after(0))
    set_clock(after(1))

    page = get(viewer, RUNNERS)

    assert "5.5 s ahead ± 1 s , perhaps more than a tenth of the 1 m to start in" in text_of(page)
    assert "clock-warning" not in page


@pytest.mark.parametrize(("search", "found"), [("HOST-1", ["a"]), ("c", ["c"]), (" b ", ["b"])])
def test_runners_are_searched(viewer: Client, story: Story, search: str, found: list[str]) -> None:
    page = get(viewer, RUNNERS, data={"runner_id": search})

    assert re.findall(r'data-copy="(\w+)"', page) == found
    assert f"1 of 3 runners contain “{search.strip()}”." in text_of(page)
    assert f'value="{search.strip()}"' in page


def test_a_refresh_keeps_the_search(viewer: Client, story: Story) -> None:
    page = get(viewer, RUNNERS, data={"runner_id": "c&d"})

    assert 'hx-get="/s/service-1/runners/?runner_id=c%26d"' in page


def test_nothing_found_says_where_to_look(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, RUNNERS, data={"runner_id": "<x>"}))

    assert "No runner's id or host contains “&lt;x&gt;”." in page


def test_no_runners_says_what_would_fill_the_page(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    set_clock(after(0))

    assert "A runner appears with its first heartbeat or claim." in text_of(get(viewer, RUNNERS))


def test_no_runners_of_an_observed_fleet_say_what_to_run(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    set_clock(after(0))

    page = text_of(get(viewer, RUNNERS))

    assert "Runners appear when the collector sees their heartbeats" in page
    assert "No runners yet" not in page
    assert "Never watched: what runs now is not known." in page


def test_a_fleet_without_windows_never_has_a_turn(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    service = make_service(spread_margin_minutes=1.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    set_clock(after(1))

    assert text_of(get(viewer, RUNNERS)).count("never: no window") == 2


def test_a_fragment_is_the_part_that_changes(viewer: Client, story: Story) -> None:
    fragment = get(viewer, RUNNERS, headers=HTMX)

    assert "<html" not in fragment
    assert 'id="fleet-head"' in fragment
    assert 'id="fleet"' in fragment
    assert "<form" not in fragment


def test_a_poll_with_nothing_new_gets_nothing(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    known = known_of(get(viewer, RUNNERS))
    set_clock(after(30))

    response = viewer.get(RUNNERS, {"known": known}, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")


def test_a_poll_after_a_beat_gets_the_fragment(viewer: Client, story: Story) -> None:
    known = known_of(get(viewer, RUNNERS))
    beat(story.service, Beat(runner_id="c"), now=after(25))

    assert "Live c" in text_of(get(viewer, RUNNERS, data={"known": known}, headers=HTMX))


def test_a_poll_after_a_runner_fell_silent_gets_the_fragment(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    known = known_of(get(viewer, RUNNERS))
    set_clock(after(34.001))

    assert "Silent b" in text_of(get(viewer, RUNNERS, data={"known": known}, headers=HTMX))


@pytest.mark.both_databases
@pytest.mark.parametrize("runners", [1, 60])
def test_the_page_costs_the_same_queries_however_many_runners(
    viewer: Client, service: Service, set_clock: SetClock, runners: int
) -> None:
    beat(service, *(Beat(runner_id=f"r{number}") for number in range(runners)), now=after(0))
    claim(service, "r0", now=after(0.1))
    set_clock(after(1))

    with CaptureQueriesContext(connection) as queries:
        get(viewer, RUNNERS)

    # Session, user, service, heard, live, gone, running, policy, where the day's cycles begin and
    # their slots, starts lost to recorded and to derived blocks, activity, services to switch to.
    assert len(queries) == 15


def test_a_refresh_of_a_page_is_small(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    beats = [
        Beat(
            runner_id=str(UUID(int=number)),
            host=f"worker-{number}",
            pid=4_000 + number,
            runner_time=after(0),
            round_trip_seconds=0.01,
        )
        for number in range(60)
    ]
    beat(service, *beats, now=after(0))
    set_clock(after(1))

    fragment = get(viewer, RUNNERS, headers=HTMX)

    assert fragment.count('<tr id="runner-') == 50
    assert len(fragment.encode()) < 100_000


def test_nobody_looks_without_signing_in(anonymous: Client, service: Service) -> None:
    response = anonymous.get(RUNNERS)

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={RUNNERS}")


def test_an_unknown_service_is_told_in_words(viewer: Client) -> None:
    response = viewer.get("/s/nothing/runners/")

    assert response.status_code == 404
    assert "No service is called “nothing”" in text_of(response.content.decode())


def test_the_page_is_only_read(viewer: Client, service: Service) -> None:
    assert viewer.post(RUNNERS).status_code == 405


def test_its_tab_is_the_present_one(viewer: Client, story: Story) -> None:
    page = get(viewer, RUNNERS)

    assert re.search(r'href="/s/service-1/runners/"\s+aria-current="page">Runners<', page)
    assert re.search(r'href="/s/service-1/"\s+>Live<', page)


def test_the_template_shows_what_is_declared_and_nothing_else() -> None:
    shown = named("page", *SHARED, KNOWN, "dashboard/runners/runners.html")

    assert shown - declared(RunnersPage) == set()
    assert {name for name in RunnersPage.__slots__ if name not in shown} == set()


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(RunnerState)


def test_every_mark_is_drawn() -> None:
    marks = Path(dashboard.__file__).parent / "static/dashboard/text/marks.svg"
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', marks.read_text()))

    used = {each.mark for each in STATES.values()} | {
        each.mark for lane in LEGEND.values() for each in lane.values()
    }
    assert used - drawn == set()


def runners_of(html: str) -> list[str]:
    return re.findall(r'<tr id="runner-([^"]*)"', html)


def test_a_large_fleet_is_paged_and_every_link_keeps_what_was_asked(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(120)), now=after(0))
    set_clock(after(1))

    page, seen = get(viewer, f"{RUNNERS}?runner_id=r&sort=silence"), list[str]()
    while True:
        seen += runners_of(page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        if following is None:
            break
        assert "51–100 of 120" in page or "1–50 of 120" in page
        page = get(viewer, unescape(following[1]))
        assert "contain “r”" in text_of(page)
        assert 'value="silence"' in page
        assert f'href="{RUNNERS}?sort=silence">Show all' in page

    assert seen == [f"r{number:03}" for number in range(120)]
    assert "101–120 of 120" in page
    previous = re.search(r'href="([^"]*)" rel="prev"', page)
    assert previous is not None
    assert runners_of(get(viewer, unescape(previous[1])))[-1] == "r099"


def test_a_fleet_of_one_page_has_no_pager(viewer: Client, service: Service) -> None:
    beat(service, Beat(runner_id="a"))

    assert "Pages of runners" not in get(viewer, RUNNERS)


@pytest.mark.parametrize("sort", ["state", "silence", "served", "lost", "clock"])
def test_the_order_that_is_shown_is_told(viewer: Client, service: Service, sort: str) -> None:
    beat(service, Beat(runner_id="a"))

    (current,) = re.findall(
        r'<a class="sort" href="([^"]*)" aria-current', get(viewer, f"{RUNNERS}?sort={sort}")
    )

    assert current == f"{RUNNERS}?sort={sort}"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("?sort=size", "Write sort=seat, sort=state, sort=silence, sort=served, sort=lost or"),
        ("?after=x", "This after leads nowhere"),
        ("?after=1~2~a&before=1~2~b", "contradict each other"),
    ],
)
def test_what_is_no_order_and_no_place_is_said(
    viewer: Client, service: Service, asked: str, said: str
) -> None:
    response = viewer.get(f"{RUNNERS}{asked}")

    assert response.status_code == 400
    assert said in text_of(response.content.decode())
