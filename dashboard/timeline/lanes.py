"""The lanes' ground: windows with their late part, grace, and where a runner was not heard.

What ran on the lanes is in runs.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Bars, Called, Points, Trace, gaps_of, hatch, without
from dashboard.text.words import TimeWords, ordinal
from dashboard.timeline.runs import seen_end
from dashboard.timeline.verdicts import WINDOW_HEIGHT, window_line
from scheduler.core.interval import TimeRange
from scheduler.core.judging.graces import Grace, graces
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.timeline import CycleTimeline, Lane, LaneSlot

# About two pixels of a lane.
TRACK_HEIGHT = 0.09


def lane_traces(
    timeline: CycleTimeline,
    scale: TimeScale,
    words: TimeWords,
    names: Mapping[str, str],
    verdicts: Sequence[SlotVerdict],
) -> list[Trace]:
    """The traces under the runs, lowest first."""
    return [
        *_track_traces(timeline, scale),
        *_window_traces(timeline, scale, words, names, verdicts),
        _silence_trace(timeline, scale, words, names),
    ]


def _track_traces(timeline: CycleTimeline, scale: TimeScale) -> list[Trace]:
    """A thin line where the runner was there: broken where its heartbeats were missing."""
    member, bystander = Bars(), Bars()
    for lane, row in enumerate(timeline.lanes):
        for presence in row.presences:
            bars = member if presence.eligible else bystander
            # Who is there now is expected to stay: the future is drawn from present membership.
            alive = presence.expires_at >= timeline.now
            end = timeline.cycle_end if alive else presence.expires_at
            bars.add(scale, lane, presence.started_at, end)
    plain = {"color": "var(--track)", "line": {"width": 0}}
    return [
        member.trace("heartbeats", height=TRACK_HEIGHT, marker=plain),
        bystander.trace(
            "not eligible", height=TRACK_HEIGHT, marker=hatch("var(--track)", "|", solidity=0.4)
        ),
    ]


def _window_traces(
    timeline: CycleTimeline,
    scale: TimeScale,
    words: TimeWords,
    names: Mapping[str, str],
    verdicts: Sequence[SlotVerdict],
) -> list[Trace]:
    # A runner's windows begin at different instants: by these two a verdict finds its window.
    said = {(each.runner_id, each.start): window_line(each, scale) for each in verdicts}
    windows, late, grace = Bars(), Bars(), Bars()
    in_grace, gaps = graces(timeline.epochs), gaps_of(timeline)
    for lane, row in enumerate(timeline.lanes):
        runs = list(_covered(row, timeline.watched_until))
        mine = in_grace.get(row.runner_id, ())
        # Where these have a pattern of their own, the late part has none: two of them make a moiré.
        patterned = [*gaps, *((each.start, each.end) for each in mine)]
        called = Called.on_lane(names[row.runner_id], row.runner_id)
        for slot in row.slots:
            hover = _window_hover(slot, words, called, mine)
            hover += said.get((row.runner_id, slot.start), "")
            # Runs are cut out, or the pointer would meet the window under a run.
            pieces = without((slot.start, slot.end), runs) if runs else [(slot.start, slot.end)]
            for start, end in pieces:
                windows.add(scale, lane, start, end, hover)
            # Without a limit the whole window may be started in: nothing is late.
            if slot.startable_until < slot.end:
                # A window that was laid late may begin after its limit: all of it is late then.
                part = (max(slot.start, slot.startable_until), slot.end)
                for start, end in without(part, patterned):
                    late.add(scale, lane, start, end)
        for each in mine:
            for start, end in without((each.start, each.end), gaps):
                grace.add(scale, lane, start, end)
    pale = {"color": "var(--window)", "line": {"color": "var(--edge)", "width": 0.75}}
    return [
        windows.trace("window", height=WINDOW_HEIGHT, marker=pale, template="%{customdata}"),
        late.trace("late", height=WINDOW_HEIGHT, marker=hatch("var(--late)", "/", size=5)),
        grace.trace(
            "grace", height=WINDOW_HEIGHT, marker=hatch("var(--grace)", ".", size=6, solidity=0.3)
        ),
    ]


def _window_hover(
    slot: LaneSlot, words: TimeWords, called: Called, in_grace: Sequence[Grace]
) -> str:
    lines = [f"{called.name} · slot {ordinal(slot.position)}"]
    if called.runner_id:
        lines.append(called.runner_id)
    lines.append(f"window {words.range(slot.slot_start, slot.slot_end)}")
    # The window as it was planned: what is left of it after a change has the same limit.
    if slot.startable_until < slot.slot_end:
        lines.append(f"may start until {words.bare(slot.startable_until)}")
    lines += [
        f"in grace until {words.bare(each.end)}"
        for each in in_grace
        if each.start < slot.end and slot.start < each.end
    ]
    return "<br>".join(lines)


def _silence_trace(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> Trace:
    """The ends of presences: where a runner was given up, and where it was heard again."""
    ends = Points()
    for lane, row in enumerate(timeline.lanes):
        name = Called.on_lane(names[row.runner_id], row.runner_id).name
        for index, presence in enumerate(row.presences):
            # A runner whose eligibility changes begins a new presence at once: that is no silence.
            followed = index + 1 < len(row.presences)
            if presence.expires_at < timeline.now and not (
                followed
                and row.presences[index + 1].started_at - presence.expires_at
                <= timedelta(milliseconds=1)
            ):
                ends.add(
                    scale,
                    lane,
                    presence.expires_at,
                    f"{name} is gone from {words.full(presence.expires_at)}"
                    f"<br>last heartbeat {words.bare(presence.last_heartbeat_at)}",
                )
            # Whoever was there before the cycle does not begin in it.
            if presence.started_at > timeline.cycle_start and index == 0:
                ends.add(
                    scale,
                    lane,
                    presence.started_at,
                    f"{name} is there from {words.full(presence.started_at)}",
                )
    return ends.trace(
        "silence",
        template="%{customdata}",
        marker={
            "symbol": "line-ns",
            "size": 11,
            "line": {"color": "var(--muted)", "width": 2},
        },
    )


def _covered(lane: Lane, watched_until: datetime | None) -> Iterator[TimeRange]:
    for execution in lane.executions:
        if execution.status != "blocked":
            yield execution.started_at, seen_end(execution, watched_until)
