"""A cycle whose fleet and policy change in the middle, as it is really drawn in a browser.

What Plotly holds, and what is on the screen, is read back and compared with the core, to the
millisecond and to the pixel; where the core itself puts the windows is written out once, by hand.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from scheduler.core.judging.graces import graces
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.loading import load_cycle
from scheduler.cycles.spans import cycle_start_at
from scheduler.db import clock
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.browser.axis import instant_of
from tests.browser.conftest import TWO_WEEKS, Server, long_interval_minutes
from tests.browser.figure import intervals, marks, millisecond, milliseconds_a_pixel, seen_bars
from tests.conftest import T0, after

OpenPage = Callable[..., Page]
Bar = tuple[str, int, int]
LIVE = "/s/service-1/"
PAST = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
POLICY = {
    "service_interval_minutes": 5.0,
    "spread_margin_minutes": 0.1,
    "membership_stabilization_seconds": 30.0,
    "max_start_slot_fraction": 0.5,
    "dead_after_seconds": 600.0,
}


def bar_of(runner_id: str, start: datetime, end: datetime) -> Bar:
    return runner_id, millisecond(start), millisecond(end)


def windows(timeline: CycleTimeline) -> list[Bar]:
    return [
        bar_of(slot.runner_id, slot.start, slot.end)
        for lane in timeline.lanes
        for slot in lane.slots
    ]


def late_parts(timeline: CycleTimeline) -> list[Bar]:
    """In grace nobody may start anyway, which has a pattern of its own."""
    in_grace = graces(timeline.epochs)
    return [
        bar_of(slot.runner_id, max(slot.start, slot.startable_until, *ends), slot.end)
        for lane in timeline.lanes
        for slot in lane.slots
        if slot.startable_until < slot.end
        # Here no grace begins in a late part.
        for ends in [[each.end for each in in_grace.get(slot.runner_id, ()) if each.end < slot.end]]
    ]


def owned(timeline: CycleTimeline) -> list[Bar]:
    """Who owned the service: the runners here are called by their ids."""
    return [bar_of(each.runner_id or "", each.start, each.end) for each in timeline.ownership]


def changes(timeline: CycleTimeline) -> list[int]:
    return [millisecond(epoch.start) for epoch in timeline.epochs[1:]]


def drawn_turns(page: Page) -> list[tuple[str, int | None, int | None]]:
    found = [each for name in ("owner", "present owner") for each in marks(page, name)]
    assert all(each.hover.startswith(f"{each.text} is scheduled\n") for each in found)
    return sorted(
        ((each.text, each.start, each.end) for each in found), key=lambda each: each[1] or 0
    )


def drawn_lines(page: Page) -> list[int]:
    shapes, ahead = page.evaluate(
        """() => {
          const { shapes, meta } = document.getElementById("timeline").layout;
          return [shapes.map(({ x0 }) => x0), meta.clock.ahead];
        }"""
    )
    return [millisecond(instant_of(x0, ahead)) for x0 in shapes]


def expect_on_screen(page: Page, trace: str, intervals: list[Bar]) -> None:
    """The bars cover these intervals, on the lanes of these runners, to the pixel."""
    seen, pixel = seen_bars(page, trace), milliseconds_a_pixel(page)
    assert [runner for runner, _, _ in seen] == [runner for runner, _, _ in intervals]
    for (_, left, right), (_, start, end) in zip(seen, intervals, strict=True):
        # Half of an edge, and Plotly's own rounding to whole pixels.
        assert (left, right) == pytest.approx((start, end), abs=1.5 * pixel)


@pytest.fixture
def changed(server: Server, make_service: Callable[..., Service]) -> Service:
    """Three runners, a fourth from 100.25 s on, another margin, fraction and grace from 180.5 s on,
    and the first runner gone from 240 s on."""
    service = make_service(**POLICY)
    beat(service, *(Beat(runner_id=each) for each in "abc"), now=after(-60))
    beat(service, Beat(runner_id="d"), now=after(100.25))
    policy = replace(
        policy_at(service, T0),
        spread_margin_minutes=0.2,
        membership_stabilization_seconds=150.0,
        max_start_slot_fraction=0.25,
    )
    change_policy(service, policy, changed_by="ops", effective_from=after(180.5))
    beat(service, Beat(runner_id="a", eligible=False), now=after(240))
    return service


def core(service: Service) -> CycleTimeline:
    return load_cycle(service, T0, now=clock.now())


def test_the_windows_are_where_the_rules_put_them(changed: Service, open_page: OpenPage) -> None:
    page = open_page(PAST)

    at = {
        runner: [
            (round(start / 1000 - T0.timestamp(), 3), round(end / 1000 - T0.timestamp(), 3))
            for who, start, end in intervals(page, "window")
            if who == runner and start is not None and end is not None
        ]
        for runner in "abcd"
    }
    assert at == {
        # 3 owned of 100 s, 6 s of margin. Gone before its next one.
        "a": [(0.0, 94.0)],
        # Cut by the joiner; then the second of 4 owned of 75 s, of which 25 s are over.
        "b": [(100.0, 100.25), (100.25, 144.0)],
        # Until 219 s, and with 12 s of margin until 213 s.
        "c": [(150.0, 180.5), (180.5, 213.0)],
        # The fourth turn, from 225 s, and since the first runner has gone, the third of 100 s.
        "d": [(225.0, 240.0), (240.0, 288.0)],
    }


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_a_past_cycle_is_drawn_as_the_core_has_it(
    changed: Service, open_page: OpenPage, zone: str
) -> None:
    timeline = core(changed)

    page = open_page(f"{PAST}?tz={zone}")

    assert intervals(page, "window") == windows(timeline)
    assert drawn_turns(page) == owned(timeline)
    assert [each.start for each in marks(page, "change")] == changes(timeline)
    assert drawn_lines(page) == changes(timeline)
    expect_on_screen(page, "window", windows(timeline))


def test_the_late_part_of_each_window_is_that_of_its_policy(
    changed: Service, open_page: OpenPage
) -> None:
    page = open_page(PAST)

    assert intervals(page, "late") == late_parts(core(changed))


def test_grace_is_that_of_the_policy_in_force(changed: Service, open_page: OpenPage) -> None:
    page = open_page(PAST)

    # The joiner's: 30 s from 100.25 s on, and since 180.5 s, 150 s; its turn began at 225 s.
    assert intervals(page, "grace") == [
        bar_of("", after(225), after(250.25)),
        bar_of("d", after(100.25), after(130.25)),
        bar_of("d", after(180.5), after(250.25)),
    ]


def test_the_changes_say_what_they_were(changed: Service, open_page: OpenPage) -> None:
    page = open_page(PAST)

    assert [each.hover for each in marks(page, "change")] == [
        "joined d\n12:01:40.250 UTC\n4 in the plan from here",
        "policy changed\n12:03:00.500 UTC\n4 in the plan from here",
        "left a\n12:04:00 UTC\n3 in the plan from here",
    ]


def test_the_log_tells_every_change_on_one_line(changed: Service, open_page: OpenPage) -> None:
    page = open_page(PAST)

    badges = page.locator(".log .badge")
    expect(badges).to_have_text(["Membership", "Policy changed", "Membership"])
    heights = badges.evaluate_all(
        "(badges) => badges.map((badge) => badge.getBoundingClientRect().height)"
    )
    assert len(set(heights)) == 1


def test_the_table_has_the_same_windows(changed: Service, open_page: OpenPage) -> None:
    page = open_page(PAST)

    expect(page.locator(".verdicts tbody [data-label=Window]")).to_have_text(
        [
            "12:00:00 – 12:01:34",
            "12:01:40 – 12:01:40.250",
            "12:01:40.250 – 12:02:24",
            "12:02:30 – 12:03:00.500",
            "12:03:00.500 – 12:03:33",
            "12:03:45 – 12:04:00",
            "12:04:00 – 12:04:48",
        ]
    )


def test_another_interval_cuts_the_rest_of_the_cycle_into_cycles_of_its_own(
    server: Server, make_service: Callable[..., Service], open_page: OpenPage
) -> None:
    service = make_service(**POLICY)
    beat(service, *(Beat(runner_id=each) for each in "ab"), now=after(-60))
    minute = replace(policy_at(service, T0), service_interval_minutes=1.0)
    change_policy(service, minute, changed_by="ops", effective_from=after(150))
    timeline = core(service)

    page = open_page(PAST)

    assert intervals(page, "window") == windows(timeline)
    assert drawn_turns(page) == owned(timeline)
    # The change in the third minute, and the two cycles of a minute that begin after it.
    assert [each.start for each in marks(page, "change")] == [
        millisecond(after(second)) for second in (150, 180, 240)
    ]
    expect_on_screen(page, "window", windows(timeline))


def present(service: Service, page: Page, number: int) -> CycleTimeline:
    """The present cycle, when the open page has drawn so many changes of it."""
    page.wait_for_function(
        """(number) => {
          const { data } = document.getElementById("timeline");
          return data.find((each) => each.name === "change")?.x.length === number;
        }""",
        arg=number,
    )
    return present_cycle(service)


def present_cycle(service: Service) -> CycleTimeline:
    now = clock.now()
    return load_cycle(service, cycle_start_at(service, now), now=now)


def just_now() -> datetime:
    """On a whole millisecond: half of one could be rounded either way."""
    now = clock.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def test_changes_in_the_present_cycle_are_drawn_as_they_come(
    server: Server, make_service: Callable[..., Service], open_page: OpenPage
) -> None:
    service = make_service(
        service_interval_minutes=long_interval_minutes(),
        spread_margin_minutes=60.0,
        max_start_slot_fraction=0.5,
        dead_after_seconds=TWO_WEEKS.total_seconds(),
    )
    beat(service, *(Beat(runner_id=each) for each in "abc"), now=clock.now() - TWO_WEEKS / 2)
    page = open_page(LIVE)
    before = present_cycle(service)
    assert intervals(page, "window") == windows(before)
    assert marks(page, "change") == []

    beat(service, Beat(runner_id="d"), now=just_now())
    joined = present(service, page, 1)
    assert intervals(page, "window") == windows(joined)

    wider = replace(policy_at(service, clock.now()), spread_margin_minutes=120.0)
    change_policy(service, wider, changed_by="ops", effective_from=just_now())
    both = present(service, page, 2)
    assert windows(joined) != windows(both) != windows(before)
    assert intervals(page, "window") == windows(both)
    assert drawn_turns(page) == owned(both)
    assert drawn_lines(page) == changes(both)
    assert [each.hover.partition("\n")[0] for each in marks(page, "change")] == [
        "joined d",
        "policy changed",
    ]
    expect_on_screen(page, "window", windows(both))
