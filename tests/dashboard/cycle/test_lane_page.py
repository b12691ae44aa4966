"""/s/<slug>/ and past cycles with a choice of lanes: chart, tables and links follow it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.conftest import HTMX
from tests.dashboard.web.reading import figure_of, get, known_of, text_of

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
CYCLE = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]


@pytest.fixture
def fleet(make_service: Callable[..., Service], set_clock: SetClock) -> Service:
    """Sixty runners with slots of a second, 25.5 s into a cycle: r25 is scheduled. r05 has held it
    since its turn, and r06 was refused."""
    service = make_service(dead_after_seconds=600.0)
    beats = [Beat(runner_id=f"r{number:02}", host="web", pid=number) for number in range(60)]
    beat(service, *beats, now=after(-1))
    claim(service, "r05", now=after(5.25))
    claim(service, "r06", now=after(6.5))
    set_clock(after(25.5))
    return service


def lanes_of(html: str) -> list[str]:
    runners: list[str] = figure_of(html)["layout"]["meta"]["runners"]
    return runners


def rows_of(html: str, table: str) -> list[str]:
    found = re.search(rf'<table class="{table}[^"]*">(.*?)</table>', html, re.DOTALL)
    return re.findall(r'data-copy="(r\d\d)"', found[1]) if found else []


def numbered(*numbers: int) -> list[str]:
    return [f"r{number:02}" for number in numbers]


@pytest.mark.parametrize(
    ("query", "lanes"),
    [
        # Trouble up to now, and the lanes around the owner.
        ("", numbered(*range(35))),
        ("?limit=3", numbered(5, 24, 25)),
        ("?lanes=all", numbered(*range(50))),
        ("?lanes=all&page=2", numbered(*range(50, 60))),
        ("?page=2", numbered(*range(50, 60))),
        ("?limit=60", numbered(*range(60))),
        ("?runner_id=WEB:41", numbered(41)),
        ("?runner_id=r07&runner_id=r12", numbered(7, 12)),
        ("?lanes=owner&limit=3", numbered(24, 25, 26)),
    ],
)
def test_chart_and_decisions_show_the_chosen_lanes(
    viewer: Client, fleet: Service, query: str, lanes: list[str]
) -> None:
    page = get(viewer, f"{LIVE}{query}")

    assert lanes_of(page) == lanes
    assert rows_of(page, "decisions") == lanes


def test_the_windows_of_a_past_cycle_are_those_of_the_chosen_lanes(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    set_clock(after(90))

    page = get(viewer, f"{CYCLE}?runner_id=r07&runner_id=r12")

    assert lanes_of(page) == numbered(7, 12)
    assert rows_of(page, "verdicts") == numbered(7, 12)


def test_lanes_with_trouble_are_those_that_were_refused_or_missed_their_window(
    viewer: Client, fleet: Service
) -> None:
    page = get(viewer, f"{LIVE}?lanes=trouble&limit=1000")

    # r00 to r04 did not start, r05 is stuck, and what follows was kept out by it up to now.
    assert lanes_of(page) == numbered(*range(25))


def test_the_ribbon_and_the_status_never_follow_the_choice(viewer: Client, fleet: Service) -> None:
    def ribbon(html: str) -> list[object]:
        return [trace for trace in figure_of(html)["data"] if trace.get("yaxis") == "y2"]

    whole, chosen = get(viewer, LIVE), get(viewer, f"{LIVE}?runner_id=r07")

    assert ribbon(chosen) == ribbon(whole)
    assert "Stuck run. web:5 has held it for" in text_of(chosen)
    assert "60 runners, windows of 1 s." in text_of(chosen)


def test_the_pager_leads_on_and_back_and_keeps_the_rest(viewer: Client, fleet: Service) -> None:
    page = get(viewer, f"{LIVE}?runner_id=r&limit=20&page=2")

    assert "21–40 of 60 lanes" in text_of(page)
    assert f'href="{LIVE}?runner_id=r&amp;limit=20"' in page
    assert f'href="{LIVE}?runner_id=r&amp;limit=20&amp;page=3"' in page


def test_the_steps_to_other_cycles_keep_the_choice(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    set_clock(after(200))

    page = get(viewer, f"{CYCLE}?runner_id=r07")

    for path in ("cycles/2026-03-14T11:59:00Z/", "cycles/2026-03-14T12:01:00Z/", ""):
        assert f'href="{LIVE}{path}?runner_id=r07"' in page


def test_an_instant_inside_a_cycle_leads_to_it_with_the_same_choice(
    viewer: Client, fleet: Service
) -> None:
    response = viewer.get("/s/service-1/cycles/2026-03-14T12:00:24Z/?lanes=trouble&page=2")

    assert response["Location"] == f"{CYCLE}?lanes=trouble&page=2"


def test_nothing_found_says_so_and_how_many_there_are(viewer: Client, fleet: Service) -> None:
    page = get(viewer, f"{LIVE}?runner_id=nobody")

    assert lanes_of(page) == []
    assert text_of(page).count("No lane matches “nobody”. 60 lanes in all.") == 2


def test_a_poll_brings_the_controls_that_change_and_not_the_search(
    viewer: Client, fleet: Service
) -> None:
    fragment = get(viewer, LIVE, headers=HTMX)

    assert 'id="lanes"' in fragment
    assert 'id="lane-search"' not in fragment


@pytest.mark.parametrize(
    ("address", "link"),
    [
        (LIVE, f"{LIVE}?lanes=trouble"),
        (f"{LIVE}?tz=Europe/Paris", f"{LIVE}?lanes=trouble&amp;tz=Europe%2FParis"),
    ],
)
def test_links_name_the_zone_where_the_address_of_the_page_does(
    viewer: Client, fleet: Service, address: str, link: str
) -> None:
    page = get(viewer, address)
    # A poll names the zone in any case.
    headers = HTMX | {"HX-Current-URL": f"http://testserver{address}"}
    fragment = get(viewer, f"{LIVE}?tz=Europe/Paris", headers=headers)

    assert f'href="{link}"' in page
    assert f'href="{link}"' in fragment


def test_around_the_owner_follows_with_the_very_next_owner(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    path = f"{LIVE}?lanes=owner&limit=1"
    page = get(viewer, path)
    assert lanes_of(page) == ["r25"]

    set_clock(after(26))
    fragment = get(viewer, f"{path}&known={known_of(page)}", headers=HTMX)

    assert lanes_of(fragment) == ["r26"]


def test_a_frame_of_a_replay_opens_around_the_owner_that_was(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    set_clock(after(200))

    page = get(viewer, f"{CYCLE}?t=2026-03-14T12:00:08Z&limit=3")

    # r05 held it then, and r08 was the owner.
    assert lanes_of(page) == numbered(5, 7, 8)


def test_a_cycle_that_is_over_opens_on_its_trouble_and_then_its_first_lanes(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    finish(fleet, fleet.executions.get(status="running").run_id, now=after(30))
    set_clock(after(200))

    page = get(viewer, CYCLE)

    # Nobody but r05 started, and overran; of so much trouble, a page shows the worst and the first.
    assert lanes_of(page) == numbered(*range(50))
    assert "50 of 60 lanes, 50 of 60 with trouble" in text_of(page)


def band_of(html: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = figure_of(html)["layout"]["meta"]["band"]
    return found


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "?lanes=all&page=2"),
        ("?lanes=trouble", "?lanes=all&page=2"),
        ("?runner_id=r07", "?lanes=all&page=2"),
        ("?limit=20&tz=UTC", "?lanes=all&limit=20&page=3&tz=UTC"),
    ],
)
def test_lanes_that_are_left_out_are_on_the_band_which_leads_to_them(
    viewer: Client, fleet: Service, query: str, address: str
) -> None:
    page = get(viewer, f"{LIVE}{query}")

    band = band_of(page)
    assert band is not None
    assert (band["label"], len(band["addresses"])) == ("all 60", 60)
    assert band["addresses"][55] == address
    assert "r55" in lanes_of(get(viewer, f"{LIVE}{address}"))


def test_there_is_no_band_where_every_lane_is_shown(viewer: Client, fleet: Service) -> None:
    page = get(viewer, f"{LIVE}?limit=60")

    assert band_of(page) is None
    assert "band" not in {trace["name"] for trace in figure_of(page)["data"]}


def test_a_mark_that_only_the_band_has_is_in_the_legend(viewer: Client, fleet: Service) -> None:
    page = get(viewer, f"{LIVE}?runner_id=r40")

    legend = re.search(r'<ul class="[^"]*legend".*?</ul>', page, re.DOTALL)
    assert legend
    assert "Incident" in text_of(legend[0])


def test_around_the_owner_of_a_cycle_that_is_over_is_its_end(
    viewer: Client, fleet: Service, set_clock: SetClock
) -> None:
    set_clock(after(200))

    assert lanes_of(get(viewer, f"{CYCLE}?lanes=owner&limit=2")) == numbered(58, 59)


@pytest.mark.parametrize("path", [LIVE, CYCLE])
@pytest.mark.parametrize(
    ("query", "what", "then"),
    [
        ("lanes=few", "lanes=few is not a choice of lanes", "lanes=trouble"),
        ("page=0", "page=0 is not a number from 1 on", "page=2"),
        ("limit=2000", "limit=2000 is too many", "from 1 to 1,000"),
    ],
)
def test_a_wrong_choice_is_told_the_right_ones(
    viewer: Client, fleet: Service, path: str, query: str, what: str, then: str
) -> None:
    response = viewer.get(f"{path}?{query}")

    assert response.status_code == 400
    page = text_of(response.content.decode())
    assert what in page
    assert then in page


def test_nobody_chooses_without_signing_in(anonymous: Client, fleet: Service) -> None:
    response = anonymous.get(f"{LIVE}?lanes=trouble")

    assert unquote(response["Location"]) == f"/login/?next={LIVE}?lanes=trouble"


@pytest.mark.both_databases
@pytest.mark.parametrize("query", ["", "?limit=1000", "?lanes=trouble", "?runner_id=r1"])
def test_a_choice_costs_no_query(viewer: Client, fleet: Service, query: str) -> None:
    others = [Beat(runner_id=f"more-{number}") for number in range(200)]
    beat(fleet, *others, now=after(24))

    with CaptureQueriesContext(connection) as queries:
        get(viewer, f"{LIVE}{query}")

    # One of them is for the clocks, and one for what earlier cycles tell of the incidents.
    assert len(queries) <= 17
