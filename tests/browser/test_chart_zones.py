"""Charts are right whatever zone the browser lives in: what is drawn, its ticks, the now line, and
what dragging chooses. Over a change of clocks, too."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from bench.chromium import launch_chromium
from dashboard.runners.chart import axis_end
from dashboard.text.words import zone_label
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Execution, Runner, Service
from tests.browser.axis import Axis, axis_of, bars_of, ticks_of
from tests.browser.conftest import OWN_ZONE, Server
from tests.lengths import first_of

OpenPage = Callable[..., Page]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLUG = "/s/service-1/"
ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
# When clocks are set back: by an hour, and by half an hour.
NEW_YORK = datetime(2025, 11, 2, 6, tzinfo=UTC)
LORD_HOWE = datetime(2025, 4, 5, 15, tzinfo=UTC)
TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?\b")
OFFSET = re.compile(r"UTC(?:[+−]\d\d:\d\d)?")


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    """Cycles of four hours, of one runner. Nobody is given up."""
    return make_service(service_interval_minutes=240.0, dead_after_seconds=86_400.0 * 30)


def told(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def run_around(service: Service, change: datetime, hours: range) -> list[Execution]:
    """For each of these hours after an instant, a run of 20 minutes and a refusal after it."""
    runner = Runner.objects.get(service=service)
    starts = [change + hour * HOUR for hour in hours]
    runs = [row(runner, f"run-{at:%d-%H}", at, Status.COMPLETED) for at in starts]
    blocks = [row(runner, f"no-{at:%d-%H}", at + HOUR / 2, Status.BLOCKED) for at in starts]
    Execution.objects.bulk_create([*runs, *blocks])
    return runs


def row(runner: Runner, run_id: str, at: datetime, status: Status) -> Execution:
    is_run = status == Status.COMPLETED
    return Execution(
        service=runner.service,
        runner=runner,
        run_id=run_id,
        status=status,
        origin="claimed",
        reason="" if is_run else "late_start",
        started_at=at,
        ended_at=at + HOUR / 3 if is_run else at,
        first_attempt_at=at,
        last_attempt_at=at,
        attempts=1,
    )


def drag(page: Page, axis: Axis, start: float, end: float) -> None:
    """Along the axis, from one share of it to another."""
    middle, width = (axis.top + axis.bottom) / 2, axis.right - axis.left
    page.mouse.move(axis.left + width * start, middle)
    page.mouse.down()
    page.mouse.move(axis.left + width * end, middle, steps=8)
    page.mouse.up()


def tick_words(page: Page, chart: str = "timeline") -> list[str]:
    return [tick.words for tick in ticks_of(page, chart)]


def expect_true_ticks(page: Page, chart: str, zone: str) -> None:
    """Every tick says what the clocks of the zone show where it stands; where these are changed,
    the offsets before and after are said, too."""
    axis, ticks, clocks = axis_of(page, chart), ticks_of(page, chart), ZoneInfo(zone)
    room = 1.5 * axis.pixel
    assert len(ticks) >= 4
    for tick in ticks:
        near = [tick.at + shift * room for shift in (-1, 0, 1)]
        assert any(shows(at.astimezone(clocks), tick.words, room) for at in near), tick
        offsets = OFFSET.findall(tick.words)
        assert set(offsets) <= {zone_label(clocks, at) for at in near}, tick
    first, last = (zone_label(clocks, at) for at in (axis.start, axis.end))
    if first != last:
        assert last in {each for tick in ticks for each in OFFSET.findall(tick.words)}


def shows(local: datetime, words: str, room: timedelta) -> bool:
    """Whether a clock that shows ``local`` is as near as that to the time the words begin with."""
    said = TIME.match(words)
    assert said is not None, words
    hours, minutes, seconds = (int(part or 0) for part in said.groups())
    apart = local - local.replace(hour=hours, minute=minutes, second=seconds, microsecond=0)
    return abs(apart) <= room


@pytest.mark.parametrize("browser_zone", first_of(1, ZONES))
def test_the_axis_shows_the_zone_of_the_page(
    open_page: OpenPage, make_service: Callable[..., Service], browser_zone: str
) -> None:
    service = make_service(service_interval_minutes=4.0)
    beat(service, Beat(runner_id="a"), now=datetime(2026, 3, 14, 16, 20, tzinfo=UTC))

    page = open_page(f"{SLUG}cycles/2026-03-14T16:24:00Z/", timezone_id=browser_zone)

    assert tick_words(page)[0] == "16:24:00"
    assert "16:26:00" in tick_words(page)


def test_the_zone_of_the_browsers_machine_moves_nothing(
    server: Server, browser: Browser, make_service: Callable[..., Service]
) -> None:
    service = make_service(service_interval_minutes=4.0)
    beat(service, Beat(runner_id="a"), now=datetime(2026, 3, 14, 16, 20, tzinfo=UTC))
    elsewhere = launch_chromium(browser.browser_type, TZ="America/New_York")
    page = elsewhere.new_page()

    page.goto(server.url(f"{SLUG}cycles/2026-03-14T16:24:00Z/"))

    page.wait_for_selector("#timeline .nsewdrag")
    assert page.evaluate(OWN_ZONE) == "America/New_York"
    assert tick_words(page)[0] == "16:24:00"
    elsewhere.close()


def test_on_local_it_shows_that_of_the_browser(
    open_page: OpenPage, make_service: Callable[..., Service]
) -> None:
    service = make_service(service_interval_minutes=4.0)
    beat(service, Beat(runner_id="a"), now=datetime(2025, 11, 14, 16, 20, tzinfo=UTC))
    page = open_page(f"{SLUG}cycles/2025-11-14T16:24:00Z/", timezone_id="America/New_York")

    page.get_by_role("link", name="Local").click()

    expect(page.locator(".zone-label")).to_have_text("UTC−05:00")
    page.wait_for_selector("#timeline .nsewdrag")
    assert tick_words(page)[0] == "11:24:00"


@pytest.mark.parametrize("shown", first_of(1, ["Asia/Kathmandu", "UTC", "America/New_York"]))
@pytest.mark.parametrize("browser_zone", ["America/Los_Angeles", "Australia/Lord_Howe"])
def test_dragging_on_the_history_chooses_what_was_dragged_over(
    open_page: OpenPage, service: Service, browser_zone: str, shown: str
) -> None:
    beat(service, Beat(runner_id="a"), now=datetime(2025, 11, 10, 12, tzinfo=UTC))
    runner = Runner.objects.get(service=service)
    row(runner, "run", datetime(2025, 11, 10, 13, tzinfo=UTC), Status.COMPLETED).save()
    asked = "from=2025-11-10T12:00:00Z&to=2025-11-10T18:00:00Z"
    page = open_page(f"{SLUG}history/?{asked}&tz={shown}", wait=False, timezone_id=browser_zone)
    page.wait_for_selector("#history-chart .nsewdrag")
    axis = axis_of(page, "history-chart")

    drag(page, axis, 0.5, 0.75)
    page.wait_for_url(re.compile("from=2025-11-10T1[45]"))

    query = parse_qs(urlsplit(page.url).query)
    since, until = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
    assert abs(since - datetime(2025, 11, 10, 15, tzinfo=UTC)) <= 2 * axis.pixel
    assert abs(until - datetime(2025, 11, 10, 16, 30, tzinfo=UTC)) <= 2 * axis.pixel


@pytest.mark.parametrize("browser_zone", first_of(1, ZONES))
def test_the_now_line_stays_when_the_chart_is_zoomed(
    open_page: OpenPage, make_service: Callable[..., Service], browser_zone: str
) -> None:
    now = clock.now()
    # In the middle of a cycle, and of what is zoomed into.
    service = make_service(service_interval_minutes=7 * 24 * 60.0)
    start = datetime(1970, 1, 1, tzinfo=UTC) + (now - datetime(1970, 1, 1, tzinfo=UTC)) // (
        168 * HOUR
    ) * (168 * HOUR)
    share = (now - start) / (168 * HOUR)
    beat(service, Beat(runner_id="a"))
    page = open_page(SLUG, timezone_id=browser_zone)
    line = page.locator(".now-line")
    before = axis_of(page, "timeline")
    assert before.start == start

    drag(page, before, max(share - 0.2, 0.001), min(share + 0.2, 0.999))
    page.wait_for_function(
        "(edge) => document.getElementById('timeline').layout.xaxis.range[1] !== edge",
        arg=page.evaluate("document.getElementById('timeline').layout.xaxis.maxallowed"),
    )

    expect(line).to_be_visible()
    page.wait_for_function("() => true")
    axis = axis_of(page, "timeline")
    assert axis.pixel < before.pixel / 2
    box = line.bounding_box()
    assert box is not None
    assert abs(box["x"] + 1 - axis.x(clock.now())) < 2.5


@pytest.fixture
def show(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Page]:
    """Opens a page as it was at an instant, in a browser that lives elsewhere."""

    def open_at(path: str, at: datetime, browser_zone: str) -> Page:
        client = Client()
        with monkeypatch.context() as patched:
            patched.setattr("scheduler.db.clock.now", lambda: at)
            client.force_login(get_user_model().objects.get_or_create(username="viewer")[0])
            answer = client.get(path)
        assert answer.status_code == 200

        def fulfil(route: Route) -> None:
            route.fulfill(body=answer.content, headers=dict(answer.headers))

        return open_page(path, timezone_id=browser_zone, answer=fulfil)

    return open_at


@pytest.mark.parametrize(
    ("browser_zone", "shown", "change"),
    [
        ("America/New_York", "Australia/Lord_Howe", LORD_HOWE),
        pytest.param("Asia/Kolkata", "America/New_York", NEW_YORK, marks=pytest.mark.long),
        pytest.param("Australia/Lord_Howe", "UTC", LORD_HOWE, marks=pytest.mark.long),
    ],
)
def test_every_chart_is_true_over_a_change_of_clocks(
    open_page: OpenPage,
    show: Callable[..., Page],
    service: Service,
    browser_zone: str,
    shown: str,
    change: datetime,
) -> None:
    beat(service, Beat(runner_id="a"), now=change - 12 * HOUR)
    beat(service, Beat(runner_id="a"), now=change)
    runs = run_around(service, change, range(-5, 1))
    cycle = change - timedelta(seconds=change.timestamp() % (4 * 3600))
    now = change + HOUR * 0.9
    day = axis_end(now)
    since, until = change - 18 * HOUR, change + 18 * HOUR
    asked = f"?from={told(since)}&to={told(until)}&tz={shown}"

    live = show(f"{SLUG}?tz={shown}", now, browser_zone)
    expect_true_axis(live, "timeline", (cycle, cycle + 4 * HOUR), shown)
    expect_bars(live, "timeline", "completed", begun(runs, cycle, now))
    expect_now_line(live, now)

    runner = show(f"{SLUG}runners/a/?tz={shown}", now, browser_zone)
    expect_true_axis(runner, "timeline", (day - 24 * HOUR, day), shown)
    expect_bars(runner, "timeline", "completed", begun(runs, day - 24 * HOUR, now))
    expect_now_line(runner, now)

    runs += run_around(service, change, range(1, 6))
    past = open_page(f"{SLUG}cycles/{told(cycle)}/?tz={shown}", timezone_id=browser_zone)
    expect_true_axis(past, "timeline", (cycle, cycle + 4 * HOUR), shown)
    expect_bars(past, "timeline", "completed", begun(runs, cycle, cycle + 4 * HOUR))

    run = begun(runs, cycle, now)[-1]
    one = open_page(f"{SLUG}executions/{run.run_id}/?tz={shown}", timezone_id=browser_zone)
    expect_true_axis(one, "timeline", (cycle, cycle + 4 * HOUR), shown)
    expect_frame(one, run)

    history = open_page(f"{SLUG}history/{asked}", wait=False, timezone_id=browser_zone)
    history.wait_for_selector("#history-chart .nsewdrag")
    expect_true_axis(history, "history-chart", (since, until), shown)
    expect_hours(history, "history-chart", "completed", [run.started_at for run in runs], shown)

    blocked = open_page(f"{SLUG}blocked/{asked}", wait=False, timezone_id=browser_zone)
    blocked.wait_for_selector("#reasons-chart .nsewdrag")
    expect_true_axis(blocked, "reasons-chart", (since, until), shown)
    refused = [run.started_at + HOUR / 2 for run in runs]
    expect_hours(blocked, "reasons-chart", "blocked-late-start", refused, shown)


def begun(runs: list[Execution], since: datetime, until: datetime) -> list[Execution]:
    return [run for run in runs if since <= run.started_at < until]


def expect_true_axis(page: Page, chart: str, whole: tuple[datetime, datetime], zone: str) -> None:
    axis = axis_of(page, chart)
    assert (axis.start, axis.end) == whole
    expect_true_ticks(page, chart, zone)


def expect_now_line(page: Page, now: datetime) -> None:
    """It has gone on since the page was made, for less than a minute."""
    line, axis = page.locator(".now-line").bounding_box(), axis_of(page, "timeline")
    assert line is not None
    assert -1.5 < line["x"] + 1 - axis.x(now) < timedelta(minutes=1) / axis.pixel + 1.5


def expect_frame(page: Page, run: Execution) -> None:
    axis = axis_of(page, "timeline")
    left, right = page.locator("#timeline .shapelayer path").last.evaluate(
        """(path) => {
          const [box, screen] = [path.getBBox(), path.getScreenCTM()];
          return [box.x + screen.e, box.x + box.width + screen.e];
        }"""
    )
    assert run.ended_at is not None
    assert abs(left - axis.x(run.started_at)) < 1.5
    assert abs(right - axis.x(run.ended_at)) < 1.5


def expect_bars(page: Page, chart: str, name: str, runs: list[Execution]) -> None:
    bars, room = bars_of(page, chart, name), 2 * axis_of(page, chart).pixel
    assert len(bars) == len(runs)
    for (left, right), run in zip(bars, runs, strict=True):
        assert abs(left - run.started_at) <= room
        assert abs(right - run.started_at - HOUR / 3) <= room


def expect_hours(page: Page, chart: str, name: str, instants: list[datetime], zone: str) -> None:
    """A bar for each hour of the zone's clock that one of these instants is in, from one time at
    which it shows a full hour to the next."""
    bars, room = bars_of(page, chart, name), 2 * axis_of(page, chart).pixel
    hours = sorted({full_hour(at, ZoneInfo(zone), -1) for at in instants})
    assert len(bars) == len(hours)
    for (left, right), start in zip(bars, hours, strict=True):
        assert abs(left - start) <= room
        assert abs(right - full_hour(start + MINUTE, ZoneInfo(zone), 1)) <= room


def full_hour(at: datetime, zone: ZoneInfo, direction: int) -> datetime:
    while at.astimezone(zone).minute:
        at += direction * MINUTE
    return at
