"""/s/<slug>/blocked/: the blocked audit."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.blocked.query import LASTS
from scheduler.cycles.summaries import keep_summaries
from scheduler.history import samples
from scheduler.models import Service
from tests.conftest import T0, after
from tests.dashboard.blocked.blocking import block, derived, rows_of, run, runner
from tests.dashboard.web.reading import figure_of, get, text_of

pytestmark = pytest.mark.django_db
PAGE = "/s/service-1/blocked/"
HOUR = 3_600
EVERY_REASON = (
    "late_start",
    "scheduled_runner_in_grace",
    "slot_window_invalid",
    "prior_running",
    "no_margin",
    "odd one",
)


def list_of(client: Client, href: str) -> int:
    return len(rows_of(get(client, PAGE + href + ("&" if href else "?") + "limit=500")))


def section(html: str, title: str) -> str:
    """The part of the page under a heading."""
    return html.partition(f'aria-labelledby="{title}"')[2].partition("</section>")[0]


def links(html: str) -> list[tuple[str, str]]:
    """Address and text of the links that narrow the filter."""
    found = re.findall(r'<a[^>]*href="(\?[^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return [(unescape(href), text_of(text)) for href, text in found]


def mixed(service: Service, number: int = 40) -> None:
    """Blocks of an hour at random: every reason, some derived, some that come again later."""
    random = Random(7)
    for _ in range(number):
        at, of = random.uniform(0, HOUR - 1), random.choice("abcd")
        if random.random() < 0.3:
            derived(service, at, random.choice(EVERY_REASON[:4]), of=of)
        else:
            again = {
                "attempts": 3,
                "last_attempt_at": after(min(at + random.uniform(0, 240), HOUR)),
            }
            block(service, at, random.choice(EVERY_REASON), of=of, **random.choice(({}, again)))


def test_the_answer_comes_first(viewer: Client, service: Service, at_one: None) -> None:
    for number in range(4):
        block(service, 60 * number, "prior_running", attempts=5, last_attempt_at=after(300))
    block(service, 600)

    page = text_of(get(viewer, PAGE))

    assert "5 blocks in the last 24 h (21 refused attempts). " in page
    assert "4 of them for one reason: prior run still running. None is acknowledged." in page


def test_what_a_block_is_depends_on_who_decides(
    viewer: Client, service: Service, at_one: None
) -> None:
    block(service, 60)

    page = text_of(get(viewer, PAGE))

    assert "A block is what one runner was refused for one reason in one cycle" in page
    assert "a runner that asks again has another" not in page


def test_of_a_fleet_that_decides_for_itself_each_refusal_is_a_block(
    viewer: Client, observed: Service, at_one: None
) -> None:
    for at in (60, 61, 62, 63):
        block(observed, at)

    html = get(viewer, PAGE)

    assert len(rows_of(html)) == 4
    assert "a runner that asks again has another" in text_of(html)
    assert "in one cycle" not in text_of(html)


def test_what_is_derived_is_counted_by_itself(
    viewer: Client, observed: Service, at_one: None
) -> None:
    block(observed, 0, "prior_running")
    derived(observed, 60)
    derived(observed, 120, "scheduled_runner_in_grace")

    page = text_of(get(viewer, PAGE))

    assert "3 blocks in the last 24 h (1 refused attempt, 2 derived)." in page
    assert "Hollow bars are" in page
    assert len(rows_of(get(viewer, PAGE + "?origin=derived"))) == 2


def test_nothing_blocked_says_what_would_fill_the_page(
    viewer: Client, service: Service, at_one: None
) -> None:
    page = text_of(get(viewer, PAGE))

    assert "Nothing was blocked in the last 24 h." in page
    assert "Refused attempts appear here as they happen" in page
    assert "None yet. Who saw to which blocks" in page


def test_an_observed_service_says_where_its_blocks_come_from(
    viewer: Client, observed: Service, at_one: None
) -> None:
    assert "manage.py worker" in text_of(get(viewer, PAGE))


def test_nothing_that_matches_offers_the_way_back(
    viewer: Client, service: Service, at_one: None
) -> None:
    block(service, 0)

    html = get(viewer, PAGE + "?reason=odd")

    assert "Nothing that this filter asks for was blocked in the last 24 h." in text_of(html)
    assert "No block matches this filter." in text_of(html)


def test_every_link_that_narrows_leads_to_what_it_counts(
    viewer: Client, service: Service, at_one: None
) -> None:
    mixed(service)
    # Bars of a minute.
    html = get(viewer, PAGE + "?from=now-1h")

    bars = [
        (href, blocks)
        for trace in figure_of(html)["data"]
        for (_, href), blocks in zip(trace["customdata"], trace["y"], strict=True)
    ]
    assert len(bars) > 20
    for href, blocks in bars[::3]:
        assert list_of(viewer, href) == blocks
    cells = links(section(html, "heat-title"))
    assert len(cells) > 12
    for href, text in cells:
        assert list_of(viewer, href) == int(text)
    worst = links(section(html, "worst-title"))
    assert len(worst) == 5
    for href, text in [*worst, *links(section(html, "streak-title"))]:
        assert list_of(viewer, href) == int(text.split()[0])
    for href, text in links(section(html, "reasons-title")):
        if not text.replace(" derived", "").isdecimal():
            assert list_of(viewer, href) > 0


def test_the_table_of_bars_says_the_same_as_the_chart(
    viewer: Client, service: Service, at_one: None
) -> None:
    mixed(service)
    html = get(viewer, PAGE)

    table = section(html, "reasons-title").partition("<tbody>")[2]
    drawn = {
        (href, blocks)
        for trace in figure_of(html)["data"]
        for (_, href), blocks in zip(trace["customdata"], trace["y"], strict=True)
    }

    assert {(href, int(text.split()[0])) for href, text in links(table)} == drawn


def test_links_keep_the_rest_of_the_filter(viewer: Client, service: Service, at_one: None) -> None:
    for of in "ab":
        block(service, 60, of=of)
        block(service, 120, "odd", of=of)

    html = get(viewer, PAGE + "?runner_id=a&from=now-6h&acknowledged=no&sort=started_at")

    cell = next(href for href, _ in links(section(html, "heat-title")) if "reason=" in href)
    assert cell == "?runner_id=a&reason=late_start&from=now-6h&acknowledged=no&sort=started_at"
    assert list_of(viewer, cell) == 1


def test_the_ranges_to_choose_from_name_the_present_one(
    viewer: Client, service: Service, at_one: None
) -> None:
    ranges = re.compile(r'class="segmented presets".*?</div>', re.DOTALL)
    for query, word in (("", "24 h"), ("?from=now-1h", "1 h"), ("?to=now", "All")):
        found = ranges.search(get(viewer, PAGE + query))
        assert found is not None
        assert re.findall(r'aria-current="true">([^<]+)<', found[0]) == [word]
        assert found[0].count("<a ") == len(LASTS) + 1


def test_all_time_has_what_the_last_day_has_not(
    viewer: Client, service: Service, at_one: None
) -> None:
    block(service, -2 * 24 * HOUR)

    assert rows_of(get(viewer, PAGE)) == []
    page = get(viewer, PAGE + "?to=now")
    assert "1 block so far (1 refused attempt). The reason: late start." in text_of(page)
    assert len(rows_of(page)) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?runner_id=a", "Runner a Remove"),
        ("?reason=prior_running", "Reason prior run still running Remove"),
        ("?origin=derived", "Origin derived Remove"),
        ("?from=2026-03-14T11:00:00Z", "From 11:00:00 UTC Remove"),
        ("?cycle_start=2026-03-14T12:00:00Z", "Cycle from 12:00:00 UTC Remove"),
        ("?run_id=ab", "Run id ab Remove"),
    ],
)
def test_each_part_of_the_filter_is_a_chip_to_remove(
    viewer: Client, service: Service, at_one: None, query: str, expected: str
) -> None:
    runner(service, "a")

    page = text_of(get(viewer, PAGE + query))

    assert f"{expected} Clear all" in page


@pytest.mark.parametrize("query", ["", "?from=now-6h", "?to=now", "?acknowledged=no"])
def test_what_links_say_already_has_no_chip(
    viewer: Client, service: Service, at_one: None, query: str
) -> None:
    assert 'class="chip"' not in get(viewer, PAGE + query)


def test_the_form_of_the_filter_asks_nothing_that_blocks_do_not_have(
    viewer: Client, service: Service, at_one: None
) -> None:
    form = get(viewer, PAGE).partition('class="filter-form"')[2].partition("</details>")[0]

    names = set(re.findall(r'name="(\w+)"', form))
    assert names == {"q", "reason", "from", "to", "cycle_start", "run_id", "origin", "acknowledged"}
    assert re.findall(r'name="origin"\s+value="(\w+)"', form) == ["claimed", "reported", "derived"]


def test_runners_are_found_while_they_are_typed(
    viewer: Client, service: Service, at_one: None
) -> None:
    runner(service, "worker-1", host="host-9", pid=4)

    found = get(viewer, f"{PAGE}runners/?reason=odd&from=now-6h&q=host-9")

    assert text_of(found) == "host-9:4 worker-1"
    assert f'href="{PAGE}?runner_id=worker-1&amp;reason=odd&amp;from=now-6h"' in found


def test_an_address_is_shared_without_what_is_empty_and_in_utc(
    viewer: Client, service: Service, at_one: None
) -> None:
    response = viewer.get(PAGE + "?reason=&from=2026-03-14T13:00:00%2B02:00&to=&reason=odd")

    assert (response.status_code, response["Location"]) == (
        302,
        PAGE + "?reason=odd&from=2026-03-14T11:00:00Z",
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?status=running", "status=running finds no blocks"),
        ("?sort=-duration_seconds", "is not an order of blocks"),
        ("?min_duration_seconds=1", "finds no blocks: they never ran"),
        ("?from=now-1h&from=", "contradict each other"),
        ("?reason=%00", "It has a NUL character in it"),
        ("?runner_id=nobody", "No runner “nobody” is known"),
    ],
)
def test_what_can_not_be_asked_is_told(
    viewer: Client, service: Service, at_one: None, query: str, said: str
) -> None:
    response = viewer.get(PAGE + query)

    assert response.status_code == 400
    assert said in response.content.decode()


def test_the_status_may_be_said(viewer: Client, service: Service, at_one: None) -> None:
    block(service, 0)
    run(service, "r", 10)

    assert viewer.get(PAGE + "?status=blocked")["Location"] == PAGE
    assert len(rows_of(get(viewer, PAGE))) == 1


def test_pages_go_on_where_the_one_before_ended(
    viewer: Client, service: Service, at_one: None
) -> None:
    for number in range(5):
        block(service, number, of=f"runner-{number}")
        derived(service, number + 0.5, of=f"runner-{number}")

    seen: list[str] = []
    address = PAGE + "?limit=4"
    for _ in range(3):
        html = get(viewer, address)
        seen += rows_of(html)
        found = re.search(r'rel="next"\s+href="([^"#]*)#blocks"', html)
        address = PAGE + unescape(found[1]) if found else ""

    assert address == ""
    assert len(seen) == len(set(seen)) == 10
    assert seen == rows_of(get(viewer, PAGE + "?limit=10"))
    assert 'rel="prev"' in html


def test_what_is_left_out_of_the_numbers_is_said(
    viewer: Client, service: Service, at_one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 3)
    for number in range(5):
        block(service, number)

    page = text_of(get(viewer, PAGE))

    assert "3+ blocks in the last 24 h (3+ refused attempts)." in page
    assert "those from 12:00:02 UTC on: older blocks are left out." in page


def test_what_is_older_than_what_is_read_is_counted_and_drawn(
    viewer: Client,
    service: Service,
    set_clock: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 3)
    for number in range(6):
        block(service, number * 60 + 5)
    set_clock(after(600))
    while keep_summaries(service, now=after(600)).written:
        pass

    html = get(viewer, PAGE)

    page = text_of(html)
    assert "6 blocks in the last 24 h (6 refused attempts)." in page
    # Whole cycles are counted: of the three that are read, one began before the last two.
    assert "2 of the newest 2 for one reason" in page
    assert "those from 12:04:00 UTC on; what is older is counted from the summaries" in page
    assert "older, all reasons 4" in page
    (older,) = (href for href, word in links(html) if word == "older, all reasons")
    assert list_of(viewer, older) == 4


def test_the_export_has_what_the_list_has(viewer: Client, observed: Service, at_one: None) -> None:
    block(observed, -2 * 24 * HOUR)
    for number in range(3):
        block(observed, number, "odd one")
        derived(observed, number, of=f"runner-{number}")

    found = re.search(r'href="([^"]*)"\s+data-export="csv"', get(viewer, PAGE + "?limit=2"))
    assert found is not None
    response = viewer.get(unescape(found[1]))

    lines = b"".join(response).decode().splitlines()
    assert len(lines) == 1 + 6


def test_a_reader_sees_no_buttons(viewer: Client, operator: Client, service: Service) -> None:
    block(service, 0, started_at=T0)

    assert "<textarea" not in get(viewer, PAGE + "?to=now")
    assert get(operator, PAGE + "?to=now").count("<textarea") == 2


@pytest.mark.both_databases
@pytest.mark.parametrize("mode", ["service", "observed"])
@pytest.mark.parametrize("rows", [1, 100])
def test_the_page_takes_the_same_queries_however_many_rows(
    operator: Client,
    request: pytest.FixtureRequest,
    at_one: None,
    mode: str,
    rows: int,
) -> None:
    service = request.getfixturevalue(mode)
    for number in range(rows):
        run(service, f"run-{number}", number, of=f"holder-{number}") if mode == "observed" else None
        block(
            service,
            number,
            "prior_running",
            of=f"runner-{number}",
            reason_detail=f"run-{number} runner:holder-{number}",
            assigned_runner_id=f"holder-{number}",
        )
        derived(service, number, of=f"runner-{number}", prior_run_id=f"run-{number}")
    get(operator, PAGE)

    with CaptureQueriesContext(connection) as queries:
        get(operator, PAGE + "?limit=500")

    asked = [each["sql"] for each in queries if "clock_timestamp" not in each["sql"]]
    # Session, user, service; what can be seen (4), the sample, runners, policies; the page, its
    # executions and derived blocks; holders, runners, policies; actions; the services to switch to.
    # Of an observed service, who watches it.
    assert len(asked) == 21 + (mode == "observed"), "\n".join(asked)


def test_nobody_looks_without_signing_in(anonymous: Client, service: Service) -> None:
    response = anonymous.get(PAGE)

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={PAGE}")


def test_everyone_looks_where_that_is_public(
    anonymous: Client, service: Service, settings: Any
) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert anonymous.get(PAGE).status_code == 200


@pytest.mark.parametrize("path", ["", "runners/"])
def test_an_unknown_service_is_told(viewer: Client, path: str) -> None:
    assert viewer.get(f"/s/nothing/blocked/{path}").status_code == 404


def test_the_page_is_only_read(viewer: Client, service: Service) -> None:
    assert viewer.post(PAGE).status_code == 405
