"""The scrubber, the player and the keys of a replay, in a browser. What a frame shows is held by
tests/dashboard/cycle/test_replay_page.py; here, that the page shows the one that was asked for."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.browser.test_live_page import SHOWN, zoom
from tests.conftest import after

OpenPage = Callable[..., Page]
CYCLE = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
DRAWN = """() => document.getElementById("timeline").data
  .map(({name, y, base, x, customdata, text}) =>
    ({name, y, base: base ?? null, x, customdata: customdata ?? null, text: text ?? null}))"""
# Since the page came, how many frames were asked for at once at the most.
COUNT = """() => {
  const {open, send} = XMLHttpRequest.prototype;
  let current = 0;
  window.most = 0;
  XMLHttpRequest.prototype.open = function (verb, url, ...more) {
    this.isFrame = /[?&]t=/.test(url);
    return open.call(this, verb, url, ...more);
  };
  XMLHttpRequest.prototype.send = function (...all) {
    if (this.isFrame) {
      current += 1;
      window.most = Math.max(window.most, current);
      this.addEventListener("readystatechange", () => {
        current -= this.readyState === XMLHttpRequest.DONE ? 1 : 0;
      });
    }
    return send.call(this, ...all);
  };
}"""
NOW_LINE = """() => {
  const chart = document.getElementById("timeline");
  const line = document.querySelector(".now-line").getBoundingClientRect();
  const {margin} = chart.layout;
  const width = chart.clientWidth - margin.l - margin.r;
  return (line.x + 1 - chart.getBoundingClientRect().x - margin.l) / width;
}"""


@pytest.fixture
def story(make_service: Callable[..., Service]) -> Service:
    """Two runners and a third from 25.5 s on, in a cycle of a minute: a run of a from 2 s to
    9.25 s, one of b from 31 s on, which ends at 50 s, and a refusal of b at 33 s."""
    service = make_service(dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-100))
    first = claim(service, "a", now=after(2)).execution
    assert first is not None
    finish(service, first.run_id, Status.COMPLETED, now=after(9.25))
    beat(service, Beat(runner_id="c"), now=after(25.5))
    second = claim(service, "b", now=after(31)).execution
    assert second is not None
    claim(service, "b", now=after(33))
    finish(service, second.run_id, Status.COMPLETED, now=after(50))
    return service


def drag(page: Page, seconds: float) -> None:
    """Move the scrubber; what follows is not waited for."""
    page.locator("#replay-range").evaluate(
        """(range, at) => {
          range.value = at;
          range.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        round(seconds * 1000),
    )


def go(page: Page, seconds: float) -> None:
    drag(page, seconds)
    shows(page, seconds)


def written(seconds: float) -> str:
    milliseconds = round(seconds * 1000) % 1000
    return after(seconds).time().isoformat("milliseconds" if milliseconds else "seconds")


def shows(page: Page, seconds: float) -> None:
    """The page and its chart are as of that second."""
    text = f"{written(seconds)} UTC"
    expect(page.locator("#replay-state .replay-instant")).to_have_text(text)
    expect(page.locator(".replayed")).to_contain_text(f"as it was known at {text}")
    expect(page.locator("#freshness")).to_have_text(f"As it was known at {text}")
    expect(page.locator("#replay-range")).to_have_attribute("aria-valuetext", text)
    assert page.evaluate(NOW_LINE) == pytest.approx(seconds / 60, abs=0.005)


def drawn_alone(open_page: OpenPage, seconds: float) -> Any:
    """What the address of that instant draws by itself."""
    page = open_page(f"{CYCLE}?t={after(seconds).isoformat().replace('+00:00', 'Z')}")
    return page.evaluate(DRAWN)


def test_the_chart_and_the_tables_follow_the_scrubber_there_and_back(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(CYCLE)
    rows = page.locator(".log tbody tr")
    expected = {seconds: drawn_alone(open_page, seconds) for seconds in (4.5, 26.0, 40.0)}

    for seconds in (4.5, 26.0, 40.0, 26.0, 4.5):
        go(page, seconds)
        page.wait_for_function(
            f"(expected) => JSON.stringify(({DRAWN})()) === JSON.stringify(expected)",
            arg=expected[seconds],
        )

    expect(page.locator(".state-line")).to_contain_text("Running: a holds for 2 s")
    expect(rows).to_have_count(1)
    expect(page.locator("#decisions-title")).to_have_text("Decisions at 12:00:04.500 UTC")


def test_one_frame_is_asked_for_at_a_time_and_the_newest_wanted_is_shown(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(CYCLE)
    page.evaluate(COUNT)

    for tenths in range(20, 500, 10):
        drag(page, tenths / 10)

    shows(page, 49)
    assert page.evaluate("window.most") == 1


@pytest.mark.long
def test_a_frame_that_was_shown_or_fetched_ahead_is_not_asked_for_again(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:20Z")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go(page, 30)
    # Its neighbours: a second before and after it, and two after it.
    page.wait_for_function(
        "() => performance.getEntriesByType('resource')"
        ".filter(({name}) => /t=.*:(30|31|29|32)Z/.test(name)).length === 4"
    )
    asked.clear()

    page.keyboard.press("ArrowRight")

    shows(page, 31)
    assert not [url for url in asked if "12:00:31Z" in url]


def test_the_now_line_does_not_wait_for_the_frame(open_page: OpenPage, story: Service) -> None:
    page = open_page(CYCLE)
    waiting: list[Route] = []
    page.route("**/*t=2026*", lambda route: waiting.append(route))

    with page.expect_request("**/*t=2026*"):
        drag(page, 30)

    assert page.evaluate(NOW_LINE) == pytest.approx(0.5, abs=0.005)
    expect(page.locator(".replayed")).to_have_count(0)
    # The request is known before its route is.
    while not waiting:
        page.wait_for_timeout(10)
    waiting.pop().continue_()
    shows(page, 30)
    page.unroute_all(behavior="ignoreErrors")


def test_the_address_is_that_of_the_instant_and_can_be_passed_on(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:04.5Z")
    shows(page, 4.5)

    go(page, 39)

    page.wait_for_url(f"**{CYCLE}?t=2026-03-14T12:00:39Z")
    shows(open_page(f"{CYCLE}?t=2026-03-14T12:00:39Z"), 39)


@pytest.mark.long
def test_leaving_the_replay_brings_the_finished_cycle_back(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(CYCLE)
    whole = page.evaluate(DRAWN)
    go(page, 17)

    page.get_by_role("link", name="Leave the replay").click()

    page.wait_for_url(f"**{CYCLE}")
    expect(page.locator("#decisions-title")).to_have_text("Windows of this cycle")
    page.wait_for_selector("#timeline .nsewdrag")
    page.wait_for_function(
        f"(whole) => JSON.stringify(({DRAWN})()) === JSON.stringify(whole)", arg=whole
    )
    expect(page.locator(".now-line")).to_be_hidden()


def test_keys_of_the_scrubber_move_by_a_second_a_tenth_and_to_the_ends(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:10Z")
    shows(page, 10)
    page.locator("#replay-range").focus()

    for key, seconds in [
        ("ArrowRight", 11),
        ("ArrowDown", 10),
        ("PageUp", 16),
        ("PageDown", 10),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 59.999),
    ]:
        page.keyboard.press(key)
        shows(page, seconds)


@pytest.mark.long
def test_in_a_replay_the_arrows_lead_through_the_cycle_and_not_out_of_it(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:10Z")
    shows(page, 10)

    page.keyboard.press("ArrowRight")
    shows(page, 11)
    page.get_by_role("link", name="Leave the replay").click()
    page.wait_for_url(f"**{CYCLE}")
    page.keyboard.press("ArrowRight")

    page.wait_for_url("**/cycles/2026-03-14T12:01:00Z/")


def test_what_is_typed_moves_nothing(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:10Z")
    shows(page, 10)
    field = page.get_by_role("textbox").first
    field.focus()

    page.keyboard.type("a b")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")

    shows(page, 10)
    expect(field).to_have_value("a b")


@pytest.mark.long
def test_links_lead_from_one_event_to_the_next_without_leaving_the_page(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:20Z")
    shows(page, 20)
    page.evaluate("window.isSame = true")

    for name, seconds in [
        ("Next event", 25.5),  # c joined
        ("Next event", 31),  # b started
        ("Next event", 33),  # b was blocked
        ("Previous event", 31),
        ("1 s on", 32),
        ("1 s back", 31),
    ]:
        page.get_by_role("link", name=name).click()
        shows(page, seconds)

    assert page.evaluate("window.isSame")


def test_playing_runs_to_the_end_and_stops_there(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:20Z")
    shows(page, 20)
    page.get_by_role("button", name="60×").click()
    play = page.get_by_role("button", name="Play", exact=True)

    page.locator("#replay-range").press("Space")

    expect(play).to_have_attribute("aria-pressed", "true")
    shows(page, 59.999)
    expect(play).to_have_attribute("aria-pressed", "false")


@pytest.mark.long
def test_where_less_motion_is_asked_for_a_frame_a_second_is_played(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:30Z", clock=True, reduced_motion="reduce")
    page.clock.run_for(100)
    shows(page, 30)
    page.get_by_role("button", name="1×", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()

    page.clock.run_for(900)
    shows(page, 30)

    page.clock.run_for(200)
    shows(page, 31)


def test_nothing_plays_by_itself(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:30Z", clock=True)
    page.clock.fast_forward(1_000)
    shows(page, 30)

    page.clock.fast_forward(10_000)

    shows(page, 30)


def test_scrubbing_keeps_the_zoom(open_page: OpenPage, story: Service) -> None:
    page = open_page(CYCLE)
    zoomed = zoom(page)

    drag(page, 26)
    expect(page.locator("#freshness")).to_contain_text("12:00:26")
    drag(page, 39)
    expect(page.locator("#freshness")).to_contain_text("12:00:39")

    assert page.evaluate(SHOWN) == zoomed


def test_a_frame_that_can_not_be_had_is_told_and_the_next_one_is_shown(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:10Z")
    shows(page, 10)
    trouble = page.locator(".replay-trouble")
    page.route("**/*t=2026*", lambda route: route.abort())

    drag(page, 30)

    expect(trouble).to_be_visible()
    expect(page.locator(".replayed")).to_contain_text("12:00:10 UTC")
    page.unroute_all(behavior="wait")
    go(page, 31)
    expect(trouble).to_be_hidden()


def test_without_scripts_links_lead_through_the_cycle(open_page: OpenPage, story: Service) -> None:
    page = open_page(CYCLE, wait=False, java_script_enabled=False)
    expect(page.locator("#replay-range")).to_be_hidden()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_hidden()

    page.get_by_role("link", name="Replay from the start").click()
    for _ in range(2):
        page.get_by_role("link", name="Next event").click()

    expect(page.locator(".replayed")).to_contain_text("as it was known at 12:00:09.250 UTC")
    expect(page.locator(".log tbody tr")).to_have_text(
        re.compile(r"12:00:02\s*a\s*Completed\s+after 7\.25 s")
    )
    page.get_by_role("link", name="Leave the replay").click()
    expect(page.locator("#decisions-title")).to_have_text("Windows of this cycle")


def test_frames_are_in_the_zone_of_the_page(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:26Z&tz=Asia/Kathmandu")
    instant = page.locator("#replay-state .replay-instant")
    expect(instant).to_have_text("17:45:26 UTC+05:45")

    drag(page, 30)

    expect(instant).to_have_text("17:45:30 UTC+05:45")
    expect(page.locator("#runner-1")).to_contain_text("17:45:20 – 17:45:40")
    page.wait_for_url(re.compile(r"tz=Asia/Kathmandu|tz=Asia%2FKathmandu"))


def test_a_cycle_that_goes_on_is_replayed_without_being_refreshed(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    page = open_page(f"/s/{fleet.slug}/")
    page.get_by_role("link", name="Replay", exact=True).click()
    page.wait_for_selector("#replay-range:not([hidden])")
    expect(page.locator(".replayed")).to_be_visible()
    expect(page.locator(".state-line")).to_contain_text("Waiting")
    page.get_by_role("link", name="1 s back").click()

    owner_starts()
    page.get_by_role("link", name="1 s on").click()

    # It started after that instant.
    expect(page.locator(".state-line")).to_contain_text("Waiting")
    page.get_by_role("link", name="Leave the replay").click()
    expect(page.locator(".state-line")).to_contain_text("Running")


@pytest.mark.long
def test_a_replay_follows_the_theme_and_stays_where_it_is(
    open_page: OpenPage, story: Service
) -> None:
    page = open_page(CYCLE, color_scheme="light")
    go(page, 39)
    colour = """document.getElementById("timeline").data
      .find((trace) => trace.name === "running").marker.color"""
    light, drawn = page.evaluate(colour), page.evaluate(DRAWN)

    page.get_by_role("button", name="Dark theme").click()

    page.wait_for_function(f"(light) => {colour} !== light", arg=light)
    assert page.evaluate(DRAWN) == drawn


@pytest.mark.long
def test_the_scrubber_stays_in_sight(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:26Z", viewport={"width": 1280, "height": 420})

    page.evaluate("scrollTo(0, document.body.scrollHeight)")

    expect(page.locator("#replay-range")).to_be_in_viewport()


def test_a_replay_fits_a_narrow_screen(open_page: OpenPage, story: Service) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:50Z", viewport={"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    line = page.locator(".now-line").bounding_box()
    assert line is not None
    assert 0 < line["x"] < 360
