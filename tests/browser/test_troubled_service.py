"""The demo's troubled service: each trouble is found on the strip, opened, and judged as it was.

Where it is, and what it cost, is what the fleet itself was told (`Truth`); nothing of the
reconstruction is asked.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.text.words import span
from scheduler.cycles.summaries import keep_summaries
from scheduler.db import clock
from scheduler.models import Execution
from scheduler.services import create_service
from scheduler.simulation.demo import troubled
from scheduler.simulation.history import play_history
from scheduler.simulation.scenario import Event, EventKind
from tests.browser.conftest import Server
from tests.browser.figure import intervals, marks, millisecond
from tests.simulation.truth import TrueAnswer, Truth

OpenPage = Callable[..., Page]
LIVE = "/s/stock-sync/"
HOURS = 2
MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=90)
DEAD_AFTER = timedelta(seconds=45)
MARGIN = timedelta(seconds=3)
ONE, TWO, THREE, FOUR = "host-1:806", "host-2:811", "host-3:812", "host-4:97"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What befell the fleet since `start`, and everything that it was told."""

    start: datetime
    events: tuple[Event, ...]
    truth: Truth

    def first(self, kind: EventKind, runner_id: str = "") -> datetime:
        """When this befell the runner first."""
        seconds = next(
            each.at_seconds
            for each in self.events
            if (each.kind, each.runner_id) == (kind, runner_id)
        )
        return self.start + timedelta(seconds=seconds)

    def answers(self, since: datetime, until: datetime) -> list[TrueAnswer]:
        return [each for each in self.truth.answers if since <= each.at < until]

    def run_after(self, kind: EventKind, runner_id: str) -> TrueAnswer:
        """The first start of the runner after this befell it."""
        since = self.first(kind, runner_id)
        return next(
            each
            for each in self.truth.answers
            if each.at >= since and each.runner_id == runner_id and each.answer.started
        )

    def blocked(self, reason: str, since: datetime, until: datetime) -> list[TrueAnswer]:
        return [each for each in self.answers(since, until) if each.answer.blocked == reason]

    def last_beat(self, runner_id: str, *, before: datetime) -> datetime:
        return max(each.at for each in self.truth.beats[runner_id] if each.at < before)

    def heard_first(self, at: datetime) -> str:
        """The runner that was never heard of before `at`."""
        return next(who for who, beats in self.truth.beats.items() if beats[0].at == at)

    def cycle_without_a_word(self, runner_id: str, *, since: datetime) -> datetime:
        """The first whole cycle in which the runner neither started nor was refused."""
        cycle = self.truth.policy_at(since).cycle_end(since)
        while any(
            each.runner_id == runner_id and (each.answer.started or each.answer.blocked)
            for each in self.answers(cycle, cycle + MINUTE)
        ):
            cycle += MINUTE
        return cycle

    def counts(self, cycle: datetime) -> str:
        """How many runs began in the cycle."""
        runs = sum(each.answer.started for each in self.answers(cycle, cycle + MINUTE))
        return f"{runs or 'no'} run{'' if runs < 2 else 's'}"

    def reasons(self, cycle: datetime) -> str:
        """How many starts were refused in the cycle, and why, the most frequent reason first."""
        told = Counter(each.answer.blocked for each in self.answers(cycle, cycle + MINUTE))
        del told[""]
        ordered = sorted(told.items(), key=lambda each: (-each[1], each[0]))
        if len(ordered) == 1:
            return f", {told.total()} blocked ({REASONS[ordered[0][0]]})"
        words = ", ".join(f"{number} {REASONS[reason]}" for reason, number in ordered)
        return f", {told.total()} blocked ({words})"


@pytest.fixture
def story(server: Server) -> Story:
    """Two hours of it, up to now, in the database; all cycles that are over are summed up."""
    scenario = troubled(HOURS * 3_600.0)
    now = clock.now()
    start = scenario.policy.cycle_start(now) - timedelta(hours=HOURS)
    service = create_service("stock-sync", policy=scenario.policy, effective_from=start)
    truth = Truth(scenario.policy, start=start)
    play_history(service, scenario, seed="stock-sync 7", start=start, end=now, truth=truth)
    while keep_summaries(service, now=now).written:
        pass
    return Story(start=start, events=scenario.events, truth=truth)


REASONS = {
    "late_start": "late start",
    "prior_running": "prior run still running",
    "scheduled_runner_in_grace": "scheduled runner in grace",
}


def cycle_of(answer: TrueAnswer) -> datetime:
    assert answer.answer.claim.cycle_start is not None
    return answer.answer.claim.cycle_start


def window_of(answer: TrueAnswer) -> tuple[datetime, datetime]:
    claim = answer.answer.claim
    assert claim.slot_start is not None
    assert claim.slot_end is not None
    return claim.slot_start, claim.slot_end


def run_id_of(start: TrueAnswer) -> str:
    assert start.answer.claim.atomic_service_run is not None
    return start.answer.claim.atomic_service_run.atomic_service_run_id


def into_window(answer: TrueAnswer) -> str:
    """``4.5 s into its 12 s window``."""
    start, end = window_of(answer)
    return f"{seconds(answer.at - start)} into its {seconds(end - start)} window"


def seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".") + " s"


def written(at: datetime) -> str:
    """As on a page in UTC that knows the day."""
    return f"{at:%H:%M:%S}" + (f".{at.microsecond // 1000:03}" if at.microsecond > 999 else "")


def dated(text: str) -> re.Pattern[str]:
    """The same after its day, too: tests run at midnight as well."""
    return re.compile(rf"^([\d-]+ )?{re.escape(text)}$")


def starts_blocked(number: int) -> str:
    return f"{number} start{'s' if number > 1 else ''} blocked"


def firsts(answers: Iterable[TrueAnswer]) -> list[tuple[str, int]]:
    """The runner and the instant of the first of each runner: these have a mark on the chart."""
    first = {each.runner_id: millisecond(each.at) for each in reversed(list(answers))}
    return sorted(first.items())


def drawn(page: Page, trace: str) -> list[tuple[str, int | None]]:
    return sorted((each.runner, each.start) for each in marks(page, trace))


def open_cell(
    story: Story, page: Page, cycle: datetime, outcome: str, word: str, more: str
) -> None:
    """Find the cycle on the strip, see how it looks and what its hover says, and go there."""
    cell = page.locator("#strip .strip-cells a").filter(has_text=f"{cycle:%H:%M:%S} UTC · ")
    expect(cell.locator("rect")).to_have_attribute("fill", f"url(#strip-{outcome})")
    hover = f"{cycle:%H:%M:%S} UTC · {word}: {story.counts(cycle)}{more}"
    expect(cell.locator("title")).to_have_text(dated(hover))
    cell.click()
    arrive(page, cycle, word)


def arrive(page: Page, cycle: datetime, outcome: str) -> None:
    page.wait_for_url(f"**/cycles/{cycle:%Y-%m-%dT%H:%M:%SZ}/")
    expect(page.locator("#status .state-line")).to_contain_text(f"{outcome}:")
    page.wait_for_selector("#timeline .nsewdrag")


def expect_verdict(
    page: Page, runner_id: str, start: datetime, badge: str, detail: str, *, derived: bool = False
) -> None:
    """The row of the window that begins at `start`; its badge is dashed where it is derived."""
    row = page.locator(".verdicts tbody tr").filter(
        has=page.locator(f"[data-copy='{runner_id}']"), has_text=f"{written(start)} – "
    )
    expect(row.locator(".badge")).to_have_text(badge)
    expect(row.locator(".badge.derived")).to_have_count(1 if derived else 0)
    expect(row.locator("td .muted")).to_have_text(detail + (" (derived)" if derived else ""))


def incidents(page: Page) -> Locator:
    return page.locator("section[aria-labelledby=incidents-title] li")


def expect_incident(
    page: Page, kind: str, at: datetime, lasted: str, sentence: str, cost: str = ""
) -> None:
    """The only incident of the cycle; it tells the same in every cycle that it touches."""
    expect(incidents(page)).to_have_count(1)
    expect(incidents(page).locator("b")).to_have_text(kind)
    expect(incidents(page).locator(".times")).to_have_text(dated(written(at)))
    expect(incidents(page).locator(".muted")).to_have_text([lasted, cost] if cost else [lasted])
    expect(incidents(page).locator("span:not([class])")).to_have_text(sentence)


def test_the_crash_is_found_with_who_was_silent_since_when_and_given_up(
    story: Story, open_page: OpenPage
) -> None:
    run = story.run_after(EventKind.CRASH_HOLDING, FOUR)
    cycle, following = cycle_of(run), cycle_of(run) + MINUTE
    heard = story.last_beat(FOUR, before=story.first(EventKind.JOIN, FOUR))
    given_up = heard + DEAD_AFTER
    fell_silent = f"{FOUR} fell silent while it held the service, and was given up after 45 s"
    blocked = story.blocked("prior_running", following, given_up)
    page = open_page(LIVE)

    # Its turn was the cycle's last: what it cost came in the next one.
    open_cell(story, page, cycle, "partial", "Partly served", ", 1 abandoned, 1 incident")

    ran = f"started {into_window(run)}, ran for {seconds(given_up - run.at)}"
    expect_verdict(page, FOUR, window_of(run)[0], "Abandoned", ran)
    cost = starts_blocked(len(blocked))
    expect_incident(page, "Dead holder", heard, "45 s", f"{fell_silent}.", cost)
    held = (FOUR, millisecond(run.at), millisecond(following))
    assert intervals(page, "abandoned") == [held]

    page.keyboard.press("ArrowRight")
    arrive(page, following, "Stuck")
    expect_incident(page, "Dead holder", heard, "45 s", f"{fell_silent}.", cost)
    held = (FOUR, millisecond(following), millisecond(given_up))
    assert intervals(page, "abandoned") == [held]
    assert drawn(page, "blocked-prior-running") == firsts(blocked)
    assert (FOUR, millisecond(given_up)) in drawn(page, "silence")


@pytest.mark.long
def test_the_joiner_in_grace_is_found_with_whom_it_blocked(
    story: Story, open_page: OpenPage
) -> None:
    joined = story.first(EventKind.NEWCOMER)
    newcomer = story.heard_first(joined)
    refused = story.blocked("scheduled_runner_in_grace", joined, joined + GRACE)
    cycle = cycle_of(refused[0])
    here = [each for each in refused if each.at < cycle + MINUTE]
    own = [each for each in here if each.runner_id == newcomer]
    page = open_page(LIVE)

    open_cell(story, page, cycle, "partial", "Partly served", story.reasons(cycle))

    # Of its repeats the first and the last are stored, and the last came after its window.
    assert own[-1].at > window_of(own[0])[1]
    expect_verdict(
        page,
        newcomer,
        window_of(own[0])[0],
        "Blocked: scheduled runner in grace",
        f"refused {into_window(own[0])}, {len(own)} times in the cycle",
    )
    expect(incidents(page)).to_have_count(0)
    assert drawn(page, "blocked-in-grace") == firsts(here)
    end = millisecond(cycle + MINUTE)
    assert intervals(page, "grace") == [
        ("", millisecond(window_of(own[0])[0]), end),  # its turn, on the ribbon
        (newcomer, millisecond(joined), end),
    ]


@pytest.mark.long
def test_grace_that_nobody_ran_into_is_derived(story: Story, open_page: OpenPage) -> None:
    page = open_page(LIVE)

    # The first cycle: the whole fleet is new, and only the first runner asked in its own window.
    open_cell(story, page, story.start, "blocked", "Blocked", story.reasons(story.start))

    # Four runners since 3 s: turns of 15 s, the second from 15 s to 27 s, its middle at 21 s.
    start = story.start + timedelta(seconds=15)
    reason = "Blocked: scheduled runner in grace"
    refused = "refused throughout, startable for 6 s of its 12 s window"
    expect_verdict(page, TWO, start, reason, refused, derived=True)
    hollow = (TWO, millisecond(start + timedelta(seconds=6)))
    assert hollow in drawn(page, "blocked-in-grace derived")


@pytest.mark.long
def test_the_overrun_is_found_with_those_that_it_blocked(story: Story, open_page: OpenPage) -> None:
    run = story.run_after(EventKind.LONG_RUN, TWO)
    cycle, following = cycle_of(run), cycle_of(run) + MINUTE
    ended = run.at + timedelta(seconds=95)
    overdue = window_of(run)[1] + MARGIN
    blocked = story.blocked("prior_running", overdue, following)
    later = story.blocked("prior_running", following, ended)
    past = f"The run of {TWO} went on for {seconds(ended - following)} past the end of its cycle"
    page = open_page(LIVE)

    open_cell(story, page, cycle, "stuck", "Stuck", f"{story.reasons(cycle)}, 1 incident")

    cost = starts_blocked(len(blocked) + len(later))
    expect_incident(page, "Stuck run", overdue, span(ended - overdue), f"{past}.", cost)
    expect_verdict(
        page,
        TWO,
        window_of(run)[0],
        "Served, overran",
        f"started {into_window(run)}, ran for 95 s, "
        f"overran by {seconds(ended - window_of(run)[1])}",
    )
    for each in blocked:
        expect_verdict(
            page,
            each.runner_id,
            window_of(each)[0],
            "Blocked: prior run still running",
            f"refused {into_window(each)}",
        )
    assert drawn(page, "blocked-prior-running") == firsts(blocked)
    assert (TWO, millisecond(run.at), millisecond(following)) in intervals(page, "completed")

    page.keyboard.press("ArrowRight")
    arrive(page, following, "Stuck")
    expect_incident(page, "Stuck run", overdue, span(ended - overdue), f"{past}.", cost)
    # It did not ask while it ran itself: that its window was lost to its own run is derived.
    start = following + timedelta(seconds=15)
    refused = "refused throughout, startable for 6 s of its 12 s window"
    expect_verdict(page, TWO, start, "Blocked: prior run still running", refused, derived=True)
    assert drawn(page, "blocked-prior-running derived") == [
        (TWO, millisecond(start + timedelta(seconds=6)))
    ]
    (rest,) = marks(page, "completed")
    assert (rest.runner, rest.start, rest.end) == (TWO, millisecond(following), millisecond(ended))
    assert "(1 m 35 s)" in rest.hover


@pytest.mark.long
def test_the_late_start_is_found_with_how_late_it_was(story: Story, open_page: OpenPage) -> None:
    late = next(
        each
        for each in story.answers(story.first(EventKind.SLOW, TWO), clock.now())
        if (each.runner_id, each.answer.blocked) == (TWO, "late_start")
    )
    cycle, (start, end) = cycle_of(late), window_of(late)
    page = open_page(LIVE)

    open_cell(story, page, cycle, "partial", "Partly served", ", 1 blocked (late start)")

    expect_verdict(page, TWO, start, "Blocked: late start", f"refused {into_window(late)}")
    expect(incidents(page)).to_have_count(0)
    (mark,) = marks(page, "blocked-late-start")
    assert (mark.runner, mark.start) == (TWO, millisecond(late.at))
    assert f"{(late.at - start) / (end - start) * 100:.2f} % of its window was over" in mark.hover


@pytest.mark.long
def test_the_slot_that_passed_without_a_start_is_found(story: Story, open_page: OpenPage) -> None:
    cycle = story.cycle_without_a_word(FOUR, since=story.first(EventKind.SLOW, FOUR))
    page = open_page(LIVE)

    open_cell(story, page, cycle, "partial", "Partly served", ", 1 incident")

    # The last of four turns: from 45 s to 57 s, its middle at 51 s.
    start = cycle + timedelta(seconds=45)
    expect_verdict(page, FOUR, start, "No start", "startable for 6 s of its 12 s window")
    expect_incident(
        page,
        "Slots with no start",
        start,
        "12 s",
        f"1 slot of {FOUR} passed without a start, and nothing explains it."
        " See whether its runner checks.",
    )
    assert drawn(page, "no-start") == [(FOUR, millisecond(start + timedelta(seconds=6)))]


@pytest.mark.long
def test_the_failure_is_found_with_its_exception(story: Story, open_page: OpenPage) -> None:
    run = story.run_after(EventKind.FAILURE, THREE)
    stored = Execution.objects.get(run_id=run_id_of(run))
    assert stored.ended_at is not None
    page = open_page(LIVE)

    open_cell(story, page, cycle_of(run), "partial", "Partly served", ", 1 abandoned")

    ran = f"started {into_window(run)}, ran for {seconds(stored.ended_at - run.at)}"
    expect_verdict(page, THREE, window_of(run)[0], "Abandoned", ran)
    expect(page.locator(f"tr[data-run='{stored.run_id}']")).to_contain_text("exception: ValueError")
    assert intervals(page, "abandoned") == [
        (THREE, millisecond(run.at), millisecond(stored.ended_at))
    ]


def test_the_list_of_incidents_leads_to_the_cycle_the_runner_and_the_run(
    story: Story, open_page: OpenPage
) -> None:
    run = story.run_after(EventKind.CRASH_HOLDING, FOUR)
    given_up = story.last_beat(FOUR, before=story.first(EventKind.JOIN, FOUR)) + DEAD_AFTER
    blocked = story.blocked("prior_running", run.at, given_up)
    page = open_page(LIVE)
    row = page.locator("#lately tbody tr").filter(has_text="Dead holder").filter(has_text=FOUR)

    expect(row.locator("[data-label='How long']")).to_have_text("45 s")
    expect(row.locator("[data-label=Cost]")).to_have_text(f"{len(blocked)} starts blocked")
    row.locator("[data-label=Since] a").click()
    arrive(page, cycle_of(run), "Partly served")
    row.get_by_role("link", name=FOUR).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FOUR)
    page.go_back()
    row.get_by_role("link", name=f"run {run_id_of(run)[:8]}").click()
    expect(page.locator("#execution .state-line")).to_contain_text(
        f"Abandoned: {FOUR} was no longer"
    )
    page.get_by_role("link", name="Open the cycle").click()
    expect(page.locator("tr:target")).to_have_attribute("data-run", run_id_of(run))
