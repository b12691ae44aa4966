"""A real fleet whose holder falls silent: what pynenc told of it, held against the past cycles.

In the core, and on their pages.
"""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pynenc.orchestrator.atomic_service import AtomicServiceExecution
from pytest_django import DjangoDbBlocker

from dashboard.text.words import duration, span
from dashboard.timeline.figure import cycle_words
from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.outcomes import JudgedCycle, judge_cycle
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.loading import load_cycle
from scheduler.models import Service
from scheduler.words.incidents import incident_sentence
from tests.dashboard.timeline.drawn import instant_of
from tests.dashboard.web.reading import figure_of, get, text_of
from tests.fleet.silence import SERVICE_SECONDS, Held, Story, cycle_start, live_through
from tests.fleet.watched import INTERVAL, Fleet, reading

SECOND = timedelta(seconds=1)
MARGIN = timedelta(seconds=3)
# Between what a runner decides and what it writes down, on a busy machine.
SLOW = SECOND


def check_membership(story: Story, timelines: list[CycleTimeline]) -> datetime:
    """Nobody but the holders came or went; returns when the first one was back."""
    changes = [
        (epoch.start, epoch.joined, epoch.left)
        for timeline in timelines
        for epoch in timeline.epochs
        if epoch.joined or epoch.left
    ]
    first, second = story.first, story.second
    assert [(joined, left) for _, joined, left in changes] == [
        ((), (first.holder,)),
        ((first.holder,), ()),
        ((), (second.holder,)),
    ]
    left_at, back_at, left_again_at = (at for at, _, _ in changes)
    assert (left_at, left_again_at) == (first.left_at, second.left_at)
    ended_at = story.run(first).end_time
    assert ended_at is not None
    # The collector looks once a second, and sees a runner's last heartbeat.
    assert ended_at <= back_at <= story.back_by + timedelta(seconds=10)
    return back_at


def check_windows(story: Story, timelines: list[CycleTimeline], back_at: datetime) -> None:
    """Every window is the one that the package gives to those who are there."""
    for timeline in timelines:
        expected = set()
        for epoch in timeline.epochs:
            away = set()
            if story.first.left_at <= epoch.start < back_at:
                away.add(story.first.holder)
            if story.second.left_at <= epoch.start:
                away.add(story.second.holder)
            there = [one for one in story.members if one.runner_id not in away]
            assert [one.runner_id for one in epoch.plan.runners] == [one.runner_id for one in there]
            for one in there:
                start, end = story.window(one.runner_id, epoch.start, there)
                part = max(start, epoch.start), min(end, epoch.end)
                if part[0] < part[1]:
                    expected.add((one.runner_id, start, end, *part))
        assert expected == {
            (slot.runner_id, slot.slot_start, slot.slot_end, slot.start, slot.end)
            for lane in timeline.lanes
            for slot in lane.slots
        }


def check_attempts(story: Story, timeline: CycleTimeline, judged: JudgedCycle) -> None:
    """Every attempt is there, in a window of its runner, and is that window's verdict."""
    starts = story.within(timeline, blocked=False)
    blocked = story.within(timeline, blocked=True)
    assert judged.counts.started == len(starts)
    assert judged.counts.blocked == {"prior_running": len(blocked)}
    recorded = {one.run_id: one for one in timeline.executions}
    for one in [*starts, *blocked]:
        row = recorded[one.atomic_service_run_id]
        reason = ":".join(part for part in (row.reason, row.reason_detail) if part)
        assert (row.runner_id, row.started_at, row.ended_at, str(row.status), reason) == (
            one.runner_id,
            one.start_time,
            one.end_time,
            str(one.status),
            one.reason,
        )
        (lane,) = (each for each in timeline.lanes if each.runner_id == one.runner_id)
        assert any(
            slot.start <= one.start_time < min(slot.end, slot.startable_until) + SLOW
            for slot in lane.slots
        )
    for one in blocked:
        held = story.holder_at(one.start_time)
        assert one.reason == f"prior_running:{held.run_id} runner:{held.holder}"
    for verdict in judged.verdicts:
        if any(_is_in(verdict, one) for one in starts):
            assert (verdict.verdict, verdict.recorded) == (Verdict.SERVED, True)
        elif any(_is_in(verdict, one) for one in blocked):
            assert (verdict.verdict, verdict.reason, verdict.recorded) == (
                Verdict.BLOCKED,
                "prior_running",
                True,
            )


def _is_in(verdict: SlotVerdict, one: AtomicServiceExecution) -> bool:
    return verdict.runner_id == one.runner_id and bool(
        verdict.start <= one.start_time < verdict.end
    )


def incidents_of(judged: JudgedCycle, held: Held) -> list[Incident]:
    return [each for each in judged.incidents if held.run_id in each.run_ids]


def check_stuck_run(story: Story, timeline: CycleTimeline, judged: JudgedCycle) -> None:
    """The first run: past its slot, past its runner's heartbeat, and then over."""
    held, run = story.first, story.run(story.first)
    (incident,) = incidents_of(judged, held)
    _, window_end = story.window(held.holder, held.started_at, list(story.members))
    assert run.end_time is not None
    assert run.duration_seconds >= SERVICE_SECONDS
    assert (incident.kind, incident.reason) == (IncidentKind.STUCK_RUN, RunLimit.PAST_HEARTBEAT)
    assert (incident.start, incident.end) == (window_end + MARGIN, run.end_time)
    assert incident.runner_ids == (held.holder,)
    assert incident.blocked_attempts == sum(
        window_end + MARGIN <= one.start_time <= run.end_time
        for one in story.within(timeline, blocked=True)
    )
    assert incident.reason == "past_heartbeat"


def check_dead_holder(story: Story, timeline: CycleTimeline, judged: JudgedCycle) -> None:
    """The second run: silent since it began, and still the holder."""
    held = story.second
    (incident,) = incidents_of(judged, held)
    assert incident.kind is IncidentKind.DEAD_HOLDER
    assert (incident.start, incident.end) == (held.started_at, None)
    assert incident.seconds == (story.read_at - held.started_at).total_seconds()
    assert incident.runner_ids == (held.holder,)
    assert incident.blocked_attempts == sum(
        held.started_at <= one.start_time for one in story.within(timeline, blocked=True)
    )


def check_words(story: Story, html: str, timeline: CycleTimeline, judged: JudgedCycle) -> None:
    """The page's tables and lines."""
    text, words = unescape(text_of(html)), cycle_words(timeline, UTC)
    refused = "Blocked: prior run still running"
    expected, changes = ["Stuck:"], []
    for one in story.within(timeline, blocked=True):
        held = story.holder_at(one.start_time)
        held_it = f"{held.holder[:8]} held it, run {held.run_id[:8]}"
        expected.append(f"{words.bare(one.start_time)} {one.runner_id[:8]} {refused} {held_it}")
    for epoch in timeline.epochs:
        for who, verb in ((epoch.joined, "joined"), (epoch.left, "left")):
            # When it came back is known as well as the collector looked.
            when = rf"; between \S+ and {words.bare(epoch.start)}" if verb == "joined" else ""
            changes += [
                rf"{words.bare(epoch.start)} {runner_id[:8]} Membership {verb}{when}"
                rf" new slots for {len(epoch.plan.runners)} runners"
                for runner_id in who
            ]
    for each in judged.verdicts:
        window = f"{words.bare(each.start)} – {words.bare(each.end)} {each.runner_id[:8]}"
        if each.verdict is Verdict.BLOCKED and each.recorded:
            expected.append(f"{window} {refused} refused")
        elif each.verdict is Verdict.SERVED:
            expected.append(f"{window} Served")  # and what it overran by, if so
    for incident in judged.incidents:
        lasted = (
            duration(incident.seconds)
            if incident.end
            else f"{span((story.read_at - incident.start) // SECOND * SECOND)} so far"
        )
        expected += [f"{words.bare(incident.start)} {lasted}", incident_sentence(incident)]
    assert [each for each in expected if each not in text] == []
    assert [each for each in changes if not re.search(each, text)] == []


def on_axis(at: datetime) -> int:
    return int(at.timestamp() * 1000 + 0.5)


def check_drawing(story: Story, figure: dict[str, Any], timeline: CycleTimeline) -> None:
    """The page's chart: runs as far as the cycle goes, and in their hover as they really were."""
    words = cycle_words(timeline, UTC)
    lanes = [lane.runner_id for lane in timeline.lanes]
    bars: dict[tuple[str, int], tuple[int, str]] = {}
    points: set[int] = set()
    for trace in figure["data"]:
        if trace["type"] == "scatter":
            points.update(on_axis(instant_of(each)) for each in trace["x"] if each is not None)
        elif trace["name"] in ("running", "completed"):
            drawn = zip(trace["y"], trace["base"], trace["x"], trace["customdata"], strict=True)
            for lane, base, length, hover in drawn:
                start = on_axis(instant_of(base))
                bars[lanes[lane], start] = start + length, hover
    expected = {}
    for run in story.executions:
        seen_until = run.end_time or story.read_at
        start, end = max(run.start_time, timeline.cycle_start), min(seen_until, timeline.cycle_end)
        if run.status != "blocked" and start < end:
            lasted = span(seen_until - run.start_time)
            expected[run.runner_id, on_axis(start)] = (
                on_axis(end),
                words.range(run.start_time, run.end_time)
                if run.end_time
                else f"since {words.full(run.start_time)}, {lasted} so far",
            )
    assert bars.keys() == expected.keys()
    for bar, (ends_at, said) in expected.items():
        drawn_until, hover = bars[bar]
        assert abs(drawn_until - ends_at) <= 1  # both ends are rounded
        assert said in hover
    for one in story.within(timeline, blocked=True):
        assert on_axis(one.start_time) in points
    for epoch in timeline.epochs:
        if epoch.joined or epoch.left:
            assert on_axis(epoch.start) in points


def check_cycles(story: Story, client: Client) -> None:
    """Everything, in the database that is the default one now."""
    service = Service.objects.get(slug="shop")
    start, end = cycle_start(story.first.started_at), cycle_start(story.second.started_at)
    timelines = [
        load_cycle(service, start + number * INTERVAL, now=story.read_at)
        for number in range(round((end - start) / INTERVAL) + 2)
    ]
    judged = [judge_cycle(timeline) for timeline in timelines]
    back_at = check_membership(story, timelines)
    check_windows(story, timelines, back_at)
    check_stuck_run(story, timelines[0], judged[0])
    for timeline, judgement in zip(timelines[-2:], judged[-2:], strict=True):
        check_dead_holder(story, timeline, judgement)
    assert {
        slot.slot_end - slot.slot_start for lane in timelines[-2].lanes for slot in lane.slots
    } == {timedelta(seconds=7), timedelta(seconds=12)}  # 30 / 3 - 3 before, 30 / 2 - 3 after
    assert timelines[-1].cycle_start > story.second.expires_at
    for timeline, judgement in zip(timelines, judged, strict=True):
        assert judgement.outcome is Outcome.STUCK
        check_attempts(story, timeline, judgement)
        html = get(client, f"/s/shop/cycles/{timeline.cycle_start:%Y-%m-%dT%H:%M:%SZ}/")
        check_words(story, html, timeline, judgement)
        check_drawing(story, figure_of(html), timeline)


@pytest.mark.long
def test_past_cycles_show_a_holder_that_falls_silent(
    fleet: Fleet, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock():
        story = live_through(fleet)
        monkeypatch.setattr("scheduler.db.clock.now", lambda: story.read_at)
        for url in fleet.urls:
            with reading(url):
                client = Client()
                client.force_login(get_user_model().objects.create_user("viewer"))
                check_cycles(story, client)
    for log in fleet.logs:
        changes = re.findall(r"Runners: (joined|gone): (\S+?)\.", log.read_text())
        assert changes[-3:] == [
            ("gone", story.first.holder),
            ("joined", story.first.holder),
            ("gone", story.second.holder),
        ]
