"""Replay in a browser: at every instant the page looks as the live page looked then."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dashboard.cycle.status import holders_in
from dashboard.rows.decisions import DecisionRow, decision_table
from dashboard.text.words import TimeWords, duration
from dashboard.timeline.figure import timeline_chart
from scheduler.core.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.browser.test_live_page import SHOWN, zoom
from tests.conftest import T0, after

OpenPage = Callable[..., Page]
CYCLE = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
DATA = """() => {
  const chart = document.getElementById("timeline");
  const data = chart.data.map(({name, y, base, x, customdata, text, yaxis}) =>
    ({name, y, base, x, customdata, text, yaxis}));
  const shapes = (chart.layout.shapes ?? []).map((shape) => shape.x0);
  return {data, shapes, runners: chart.layout.meta.runners, range: chart.layout.xaxis.range};
}"""
TABLE = """() => [...document.querySelectorAll("#replay-decisions tbody tr")].map((row) =>
  [...row.children].map((cell) =>
    (cell.querySelector(".runner-name") ?? cell).textContent.trim().replace(/\\s+/g, " ")))"""
NOW_LINE = """() => {
  const chart = document.getElementById("timeline");
  const line = document.querySelector(".now-line").getBoundingClientRect();
  const {margin} = chart.layout;
  const width = chart.clientWidth - margin.l - margin.r;
  return (line.x + 1 - chart.getBoundingClientRect().x - margin.l) / width;
}"""

DETAIL = re.compile(r"<br>started_at [^<]*")
Marks = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What the live page drew and said at one instant of the story."""

    seconds: float
    marks: Marks
    changes: list[float]
    rows: list[list[str]]


@dataclass(slots=True)
class Story:
    """What happens in a cycle of a minute, glimpsed as it happens."""

    service: Service
    glimpses: list[Glimpse] = field(default_factory=list)

    def look(self, seconds: float) -> None:
        instant = after(seconds)
        timeline = load_cycle(self.service, T0, now=instant)
        names = {lane.runner_id: lane.runner_id for lane in timeline.lanes}
        figure = timeline_chart(
            timeline,
            verdicts=judge_cycle(timeline).verdicts,
            names=names,
            zone=UTC,
            revision="r",
        ).figure
        holders = holders_in(timeline)
        table = decision_table(
            timeline.plan,
            at=instant,
            holder_ids=[holder.runner_id for holder in holders],
            names=names,
            words=TimeWords(zone=UTC, now=instant),
            runner_ids=set(names),
        )
        self.glimpses.append(
            Glimpse(
                seconds=seconds,
                marks=marks(figure["data"], figure["layout"]["meta"]["runners"]),
                changes=[shape["x0"] for shape in figure["layout"]["shapes"]],
                rows=[cells(row, instant) for row in table.rows],
            )
        )


def marks(data: list[dict[str, Any]], runners: list[str]) -> Marks:
    """Everything drawn, by name: runner or height on the ribbon, place, hover or text.

    Left out: what the live page lets grow (`reach`), the halves of milliseconds of `aim`, and the
    detail of a late start, of which a row keeps that of its last attempt.
    """
    found: Marks = defaultdict(list)
    for trace in data:
        name = trace["name"]
        if name in ("reach", "aim"):
            continue
        columns = [trace[key] for key in ("y", "base", "x", "customdata", "text") if trace.get(key)]
        for y, *rest in zip(*columns, strict=True):
            is_lane = y is not None and trace.get("yaxis") != "y2" and name != "unwatched"
            name_of = runners[round(y)] if is_lane else ""
            said = [
                DETAIL.sub("", each).replace("<name>", name_of) if isinstance(each, str) else each
                for each in rest
            ]
            found[name].append((name_of, y, *said) if is_lane else (y, *said))
    return {name: sorted(each, key=str) for name, each in found.items()}


def cells(row: DecisionRow, instant: datetime) -> list[str]:
    turn = "never"
    if row.next_turn_at is not None:
        left = (row.next_turn_at - instant).total_seconds()
        turn = "now" if row.is_turn_now else f"in {duration(left // 1)}"
    told = f"{row.signal.word} {row.why}"
    return [str(row.slot), row.name, row.window, row.startable_until, told, turn]


def coordinated(make_service: Callable[..., Service]) -> Story:
    """Two runners and a third from 25 s on; runs, a block, a repeated one, and another policy."""
    service = make_service(
        dead_after_seconds=600.0,
        spread_margin_minutes=0.05,
        max_start_slot_fraction=0.5,
        membership_stabilization_seconds=20.0,
    )
    story = Story(service)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-100))
    story.look(1)
    first = claim(service, "a", now=after(2)).execution
    assert first is not None
    story.look(4.5)
    finish(service, first.run_id, Status.COMPLETED, now=after(9.25))
    story.look(9.25)
    claim(service, "a", now=after(16))
    story.look(16.5)
    claim(service, "a", now=after(19))
    story.look(20)
    story.look(25.499)
    beat(service, Beat(runner_id="c"), now=after(25.5))
    story.look(26)
    second = claim(service, "b", now=after(27)).execution
    assert second is not None
    claim(service, "b", now=after(28))
    claim(service, "b", now=after(28.4))
    story.look(32)
    claim(service, "b", now=after(34))
    story.look(39)
    change_policy(
        service,
        replace(policy_at(service, after(0)), spread_margin_minutes=0.4),
        changed_by="ops",
        effective_from=after(46),
    )
    story.look(47)
    finish(service, second.run_id, Status.ABANDONED, reason="exception:Boom", now=after(55))
    story.look(57)
    return story


def observed(make_service: Callable[..., Service]) -> Story:
    """Three runners of a foreign fleet, two runs at once; one runner goes, nobody watches from 26 s
    to 40 s, one is back without being eligible."""
    service = make_service(ServiceMode.OBSERVED, dead_after_seconds=12.0)
    story = Story(service)

    def hear(seconds: float, *runner_ids: str, eligible: bool = True) -> None:
        watched(service, "collector", at=after(seconds), good_for_seconds=10)
        beats = [
            HeartbeatReport(runner_id=each, at=after(seconds), eligible=eligible)
            for each in runner_ids
        ]
        report(service, heartbeats=beats, now=after(seconds))

    def run(run_id: str, runner_id: str, started: float, ended: float | None, now: float) -> None:
        execution = ExecutionReport(
            run_id=run_id,
            runner_id=runner_id,
            status=Status.RUNNING if ended is None else Status.COMPLETED,
            started_at=after(started),
            ended_at=None if ended is None else after(ended),
        )
        report(service, executions=[execution], now=after(now))

    hear(-5, "a", "b", "c")
    hear(2, "a", "b", "c")
    story.look(5)
    hear(9, "a", "b")
    run("first", "a", 6, None, 9)
    run("second", "b", 8, None, 9)
    story.look(10)
    hear(16, "a", "b")
    run("first", "a", 6, 15, 16)
    for seconds in (17, 27, 33):
        story.look(seconds)
    hear(40, "a")
    story.look(41)
    hear(45, "a", eligible=False)
    story.look(46)
    return story


def another_interval(make_service: Callable[..., Service]) -> Story:
    """Two runners in a cycle of a minute, of which from 40 s on cycles of 6 s are made; a start
    that was too late for its window, and windows that nobody started in."""
    service = make_service(
        dead_after_seconds=600.0, spread_margin_minutes=0.01, max_start_slot_fraction=0.5
    )
    story = Story(service)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-100))
    story.look(14)
    # The first half of the window of a is over: nothing was started.
    story.look(16)
    claim(service, "a", now=after(20))
    story.look(22)
    story.look(39.5)
    change_policy(
        service,
        replace(policy_at(service, after(0)), service_interval_minutes=0.1),
        changed_by="ops",
        effective_from=after(40),
    )
    story.look(41)
    # Turns of 3 s now: of b from 45 s to 48 s.
    run = claim(service, "b", now=after(45.5)).execution
    assert run is not None
    story.look(47)
    finish(service, run.run_id, Status.COMPLETED, now=after(50))
    story.look(52.25)
    story.look(59)
    return story


@pytest.fixture
def story(make_service: Callable[..., Service]) -> Story:
    return coordinated(make_service)


@pytest.fixture(params=[coordinated, observed, another_interval])
def any_story(request: pytest.FixtureRequest, make_service: Callable[..., Service]) -> Story:
    story: Story = request.param(make_service)
    return story


def go(page: Page, seconds: float) -> None:
    """Move the scrubber, and wait until the page follows."""
    page.locator("#replay-range").evaluate(
        """(range, at) => {
          range.value = at;
          range.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        round(seconds * 1000),
    )
    shows(page, seconds)


def shows(page: Page, seconds: float) -> None:
    text = after(seconds).time().isoformat("milliseconds")
    expect(page.locator("#replay-instant")).to_have_text(f"{text} UTC")
    expect(page.locator("#replay")).to_have_attribute("aria-busy", "false")


def test_every_instant_looks_as_the_live_page_did_and_asks_for_nothing(
    open_page: OpenPage, any_story: Story
) -> None:
    story = any_story
    page = open_page(CYCLE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # Chromium looks for the page's icon when its address changes.
    icon = re.compile(r"/favicon\S*\.svg$")

    # Backwards too: nothing of a later instant stays behind.
    for glimpse in (*story.glimpses, *reversed(story.glimpses)):
        go(page, glimpse.seconds)
        shown = page.evaluate(DATA)
        drawn = marks(shown["data"], shown["runners"])
        for name in sorted(drawn.keys() | glimpse.marks.keys()):
            assert drawn.get(name, []) == glimpse.marks.get(name, []), (glimpse.seconds, name)
        assert shown["shapes"] == glimpse.changes
        assert page.evaluate(TABLE) == glimpse.rows, glimpse.seconds
        assert page.evaluate(NOW_LINE) == pytest.approx(glimpse.seconds / 60, abs=0.005)

    assert [url for url in asked if not icon.search(url)] == []


@pytest.mark.django_db
def test_the_stories_have_every_mark_of_a_window(make_service: Callable[..., Service]) -> None:
    stories = [tell(make_service) for tell in (coordinated, observed, another_interval)]

    drawn = {name for story in stories for each in story.glimpses for name in each.marks}

    derived = {"blocked-no-window derived", "blocked-prior-running derived"}
    assert {"no-start", "unknown", "outlines", "grounds", *derived} <= drawn


def test_a_mark_that_a_later_row_made_untrue_is_left_out(
    open_page: OpenPage, make_service: Callable[..., Service]
) -> None:
    # A fleet that decides for itself starts when it likes: 20 s into a window startable for 15 s.
    service = make_service(
        ServiceMode.OBSERVED, dead_after_seconds=600.0, max_start_slot_fraction=0.5
    )
    watched(service, "collector", at=after(0), good_for_seconds=90)
    beats = [HeartbeatReport(runner_id=each, at=after(-1), eligible=True) for each in "ab"]
    report(service, heartbeats=beats, now=after(0))
    story = Story(service)
    story.look(17)
    late = ExecutionReport(
        run_id="late", runner_id="a", status=Status.RUNNING, started_at=after(20), ended_at=None
    )
    report(service, executions=[late], now=after(21))
    story.look(21)
    before, since = story.glimpses
    page = open_page(CYCLE)

    def drawn() -> Marks:
        shown = page.evaluate(DATA)
        return marks(shown["data"], shown["runners"])

    go(page, 17)
    assert [each[0] for each in before.marks["no-start"]] == ["a"]
    assert "no-start" not in drawn()
    go(page, 21)
    assert drawn()["window"] == since.marks["window"]


def test_decisions_and_marks_are_of_the_lanes_that_are_shown(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(f"{CYCLE}?runner_id=b")

    for glimpse in story.glimpses:
        go(page, glimpse.seconds)
        assert page.evaluate(TABLE) == [row for row in glimpse.rows if row[1] == "b"]
        shown = page.evaluate(DATA)
        drawn = marks(shown["data"], shown["runners"])
        # Beside the place of the lane, b's windows are what they were on the whole page.
        windows = [each[2:] for each in glimpse.marks["window"] if each[0] == "b"]
        assert [each[2:] for each in drawn["window"]] == windows


def test_lanes_without_a_slot_then_are_told(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?runner_id=c")

    go(page, 20)

    empty = page.locator("#replay-decisions .empty:visible")
    expect(empty).to_have_text("None of the lanes shown had a slot then.")
    go(page, 26)
    expect(empty).to_have_count(0)


def test_a_refresh_of_the_page_leaves_the_replay_where_it_is(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(f"{CYCLE}?lanes=trouble&t=2026-03-14T12:00:39Z")
    shows(page, 39)
    drawn, rows, log = page.evaluate(DATA), page.evaluate(TABLE), page.locator(".log").inner_text()

    with page.expect_response(lambda response: "strip=" in response.url or "past" in response.url):
        page.evaluate("htmx.trigger('#strip', 'slotwatch:past')")
    page.evaluate("document.dispatchEvent(new CustomEvent('slotwatch:refreshed'))")
    shows(page, 39)

    assert page.evaluate(DATA) == drawn
    assert page.evaluate(TABLE) == rows
    assert page.locator(".log").inner_text() == log
    go(page, 26)
    assert page.evaluate("document.getElementById('timeline').data.length") > 0


def test_before_anything_happened_the_log_says_so(open_page: OpenPage, story: Story) -> None:
    page = open_page(CYCLE)

    go(page, 1)

    expect(page.locator("#replay-log")).to_have_text("Nothing yet.")
    expect(page.locator(".log")).to_be_hidden()
    go(page, 4.5)
    expect(page.locator(".log tbody tr:visible")).to_have_count(1)
    expect(page.locator("#replay-log")).to_be_hidden()


def test_the_scrubber_says_the_instant_to_a_screen_reader(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(CYCLE)
    scrubber = page.get_by_role("slider", name="Instant of the replay")
    expect(scrubber).to_have_attribute("aria-valuetext", "The whole cycle")

    go(page, 4.5)

    expect(scrubber).to_have_attribute("aria-valuetext", "12:00:04.500 UTC")
    page.get_by_role("button", name="Leave replay").click()
    expect(scrubber).to_have_attribute("aria-valuetext", "The whole cycle")


def test_what_is_known_in_the_end_is_called_so_in_a_replay(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(CYCLE)
    said = """getComputedStyle(document.querySelector("#status .standing strong"), "::before")
      .content"""
    assert page.evaluate(said) == "none"

    go(page, 4.5)

    assert page.evaluate(said) == '"In the end: "'


def test_a_chart_that_takes_long_waits_until_the_scrubber_rests(
    open_page: OpenPage, make_service: Callable[..., Service]
) -> None:
    service = make_service(dead_after_seconds=600.0)
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(9)), now=after(-9))
    page = open_page(CYCLE)
    # From now on the chart takes a second.
    page.evaluate(
        """() => {
          const {react} = window.Plotly;
          window.drawn = 0;
          window.Plotly.react = async (...all) => {
            window.drawn += 1;
            await new Promise((done) => setTimeout(done, 1_000));
            return react(...all);
          };
        }"""
    )
    go(page, 5)

    moved = page.evaluate(
        """async () => {
          const range = document.getElementById("replay-range");
          const line = document.querySelector(".now-line");
          const before = window.drawn;
          const seen = new Set();
          for (let at = 10_000; at < 50_000; at += 4_000) {
            range.value = at;
            range.dispatchEvent(new Event("input", {bubbles: true}));
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            seen.add(line.style.transform);
          }
          return [seen.size, window.drawn - before];
        }"""
    )

    # Ten places of the line; where frames come slowly, the chart may be drawn between two of them.
    assert moved[0] == 10
    assert moved[1] < 5
    shows(page, 46)
    (owner,) = page.evaluate(
        """document.getElementById("timeline").data
          .find((trace) => trace.name === "present owner").customdata"""
    )
    assert owner.startswith("r006 is scheduled")  # 46 s in, of nine turns of 6⅔ s


def test_the_standing_tells_who_held_who_was_scheduled_and_who_was_next(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(CYCLE)
    line = page.locator("#replay-standing")

    go(page, 4.5)
    expect(line).to_have_text(
        "Running: a holds for 2 s. a is scheduled. Next: b in 25 s. 2 runners, windows of 27 s."
    )
    go(page, 12)
    expect(line).to_have_text(
        "Waiting: nobody holds it. a is scheduled. Next: b in 18 s. 2 runners, windows of 27 s."
    )
    # Its window, of three by now, is over.
    go(page, 42)
    expect(line).to_have_text(
        "Stuck run. b has held it for 15 s, longer than it may; nobody else can start. "
        "c is scheduled. Next: a in 18 s. 3 runners, windows of 17 s."
    )
    go(page, 56)
    expect(line).to_have_text(
        "Stopped. No slot has a window: nobody can start. c is scheduled. 3 runners, no windows."
    )


def test_the_log_tells_no_more_than_was_known(open_page: OpenPage, story: Story) -> None:
    page = open_page(CYCLE)
    rows = page.locator(".log tbody tr:visible")

    go(page, 4.5)
    expect(rows).to_have_text([re.compile(r"12:00:02\s+a\s+Running 2 s so far")])
    go(page, 17)
    expect(rows).to_have_text(
        [
            re.compile(r"12:00:16\s+a\s+Blocked: late start\s+59 % of its window was over"),
            re.compile(r"12:00:02\s+a\s+Completed after 7\.25 s"),
        ]
    )
    go(page, 19)
    expect(rows.first).to_contain_text("×2 until 12:00:19")


def test_the_address_opens_the_page_at_the_instant_and_follows_the_scrubber(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:04.5Z")
    shows(page, 4.5)

    go(page, 39)

    page.wait_for_url(f"**{CYCLE}?t=2026-03-14T12:00:39Z")
    page.get_by_role("button", name="Leave replay").click()
    page.wait_for_url(f"**{CYCLE}")


def test_leaving_the_replay_brings_the_finished_picture_back(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(CYCLE)
    whole, log = page.evaluate(DATA), page.locator(".log").inner_text()
    go(page, 17)
    expect(page.locator("#decisions-title")).to_be_hidden()

    page.get_by_role("button", name="Leave replay").click()

    expect(page.locator("#decisions-title")).to_have_text("Windows of this cycle")
    expect(page.locator("#replay-decisions")).to_be_hidden()
    expect(page.locator(".now-line")).to_be_hidden()
    assert page.locator(".log").inner_text() == log
    assert page.evaluate(DATA) == whole


def test_keys_move_by_a_second_a_slot_and_to_the_ends(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:10Z")
    shows(page, 10)
    page.locator("#replay-range").focus()

    for key, seconds in [
        ("ArrowRight", 11),
        ("ArrowLeft", 10),
        ("PageUp", 40),  # a slot of 30 s
        ("PageDown", 20),  # of 20 s, since there are three
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 59.999),
    ]:
        page.keyboard.press(key)
        shows(page, seconds)


def test_jumps_lead_from_one_happening_to_the_next(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:20Z")
    shows(page, 20)

    for name, seconds in [
        ("Next event", 25.5),  # c joined
        ("Next event", 27),  # b started
        ("Next event", 28),  # b was blocked
        ("Previous event", 27),
        ("Previous event", 25.5),
        ("Previous event", 16),
    ]:
        page.get_by_role("button", name=name).click()
        shows(page, seconds)


def test_playing_runs_to_the_end_and_stops_there(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:30Z")
    shows(page, 30)
    page.get_by_role("button", name="60×").click()
    play = page.get_by_role("button", name="Play", exact=True)

    play.click()

    expect(play).to_have_attribute("aria-pressed", "true")
    shows(page, 59.999)
    expect(play).to_have_attribute("aria-pressed", "false")


def test_where_less_motion_is_asked_for_it_plays_in_steps_of_a_second(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:30Z", clock=True, reduced_motion="reduce")
    page.clock.run_for(100)
    shows(page, 30)
    page.get_by_role("button", name="1×", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()

    page.clock.run_for(900)
    shows(page, 30)

    page.clock.run_for(400)
    expect(page.locator("#replay-instant")).to_contain_text("12:00:31.")


def test_nothing_plays_by_itself(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:30Z", clock=True)
    page.clock.fast_forward(1_000)
    shows(page, 30)

    page.clock.fast_forward(10_000)

    shows(page, 30)


def test_scrubbing_keeps_the_zoom(open_page: OpenPage, story: Story) -> None:
    page = open_page(CYCLE)
    zoomed = zoom(page)

    go(page, 26)
    go(page, 39)

    assert page.evaluate(SHOWN) == zoomed


def test_a_replay_follows_the_theme_and_stays_where_it_is(
    open_page: OpenPage, story: Story
) -> None:
    page = open_page(CYCLE, color_scheme="light")
    go(page, 39)
    colour = """document.getElementById("timeline").data
      .find((trace) => trace.name === "running").marker.color"""
    light, drawn = page.evaluate(colour), page.evaluate(DATA)

    page.get_by_role("button", name="Dark theme").click()

    page.wait_for_function(f"(light) => {colour} !== light", arg=light)
    assert page.evaluate(DATA) == drawn


def test_times_are_in_the_zone_of_the_page(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:26Z&tz=Asia/Kathmandu")

    expect(page.locator("#replay-instant")).to_have_text("17:45:26.000 UTC+05:45")
    expect(page.locator("#replay-decisions #runner-1")).to_contain_text("17:45:20 – 17:45:37")


def test_the_scrubber_stays_in_sight(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:26Z", viewport={"width": 1280, "height": 420})
    expect(page.locator("#replay-decisions")).to_be_visible()

    page.evaluate("scrollTo(0, document.body.scrollHeight)")

    expect(page.locator("#replay-range")).to_be_in_viewport()


def test_a_replay_fits_a_narrow_screen(open_page: OpenPage, story: Story) -> None:
    page = open_page(f"{CYCLE}?t=2026-03-14T12:00:50Z", viewport={"width": 360, "height": 740})

    expect(page.locator("#replay-decisions")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    line = page.locator(".now-line").bounding_box()
    assert line is not None
    assert 0 < line["x"] < 360
