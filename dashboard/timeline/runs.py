"""What happened on the lanes: runs as bars, blocked attempts as markers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Bars, Called, Points, Trace, hatch
from dashboard.text.names import short_run
from dashboard.text.signals import BLOCKED, STATUSES, Signal, blocked_signal
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords, span
from scheduler.core.judging.prior_runs import prior_run
from scheduler.core.timeline import CycleTimeline, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.refusals import late_words

RUN_HEIGHT = 0.76
# The edge keeps a run of a few milliseconds in sight.
RUN_EDGE_PX = 1.5
# As finely as the axis tells instants (TimeScale.x): no length would be no bar.
_SHORTEST = timedelta(milliseconds=1)


def run_traces(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> list[Trace]:
    """The runs, one trace a status, and one of those that are too thin to point at; only
    statuses that are there."""
    wide: dict[Status, Bars] = {}
    narrow: dict[Status, Bars] = {}
    aims = Points()
    reach = Bars()
    for lane, row in enumerate(timeline.lanes):
        for run in row.executions:
            if run.status == Status.BLOCKED:
                continue
            end = seen_end(run, timeline.watched_until)
            called = Called.on_lane(names[row.runner_id], row.runner_id)
            hover = run_hover(run, timeline.now, timeline.watched_until, words, called)
            # What is drawn decides: of a run of an hour, a cycle may have a second.
            left, right = max(run.started_at, scale.start), min(end, scale.end)
            if scale.is_thin(left, right):
                # The point to aim for has its hover: one, and not two that say the same.
                narrow.setdefault(run.status, Bars()).add(scale, lane, run.started_at, end)
                aims.add(scale, lane, left + (right - left) / 2, hover)
            else:
                wide.setdefault(run.status, Bars()).add(scale, lane, run.started_at, end, hover)
            if run.ended_at is None and timeline.watched_until == timeline.now:
                # The browser lets the bar grow; what it grows into has to answer the pointer too.
                # No further than the next refresh is due: that draws it anew.
                until = min(timeline.next_change_at or timeline.now, timeline.cycle_end)
                reach.add(scale, lane, end, until, hover)
    invisible = {"color": "rgba(0,0,0,0)", "line": {"width": 0}}
    traces = [
        bars[status].trace(
            signal.key, height=RUN_HEIGHT, marker=_run_marker(status), template=template
        )
        # Bars without a template let the pointer through.
        for bars, template in ((narrow, ""), (wide, "%{customdata}"))
        for status, signal in STATUSES.items()
        if status in bars
    ]
    if reach.lanes:
        traces.append(
            reach.trace("reach", height=RUN_HEIGHT, marker=invisible, template="%{customdata}")
        )
    if aims.lanes:
        traces.append(
            aims.trace("aim", template="%{customdata}", marker={"size": 10, "opacity": 0})
        )
    return traces


def _run_marker(status: Status) -> dict[str, object]:
    colour = STATUSES[status].colour
    if status == Status.ABANDONED:
        marker = hatch(colour, "\\", size=7, solidity=0.45, ground="var(--surface)")
        return marker | {"line": {"color": colour, "width": RUN_EDGE_PX}}
    return {"color": colour, "line": {"color": colour, "width": RUN_EDGE_PX}}


def seen_end(run: RecordedExecution, watched_until: datetime | None) -> datetime:
    """Up to when a run is drawn: of one that goes on, no more than was watched, and of any as much
    as its edge needs to be in sight."""
    return max(run.ended_at or watched_until or run.started_at, run.started_at + _SHORTEST)


def run_hover(
    run: RecordedExecution,
    now: datetime,
    watched_until: datetime | None,
    words: TimeWords,
    called: Called,
) -> str:
    """Everything about a run, in lines; how long it goes on is known only while somebody
    watches."""
    lines = [f"{STATUSES[run.status].word} · {called.name}"]
    if run.ended_at is not None:
        lines.append(words.range(run.started_at, run.ended_at))
    elif watched_until == now:
        lines.append(f"since {words.full(run.started_at)}, {span(now - run.started_at)} so far")
    else:
        lines.append(f"since {words.full(run.started_at)}")
        lines.append(unwatched_words(watched_until, words).rstrip("."))
    code = ": ".join(part for part in (run.reason, run.reason_detail) if part)
    lines += _facts(run, words, called, escape(_short(code)))
    return "<br>".join(lines)


def blocked_traces(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> list[Trace]:
    """The blocked attempts: one trace a reason, one for how long they repeat, one for how often."""
    points: dict[Signal, Points] = {}
    repeats, counts = Points(), Points()
    # Repeats within a millisecond have one place on the axis: a line would have no length.
    tight = timedelta(milliseconds=1)
    for lane, row in enumerate(timeline.lanes):
        for block in row.executions:
            if block.status != Status.BLOCKED:
                continue
            # A reason we don't know shares one trace with all such: its own name is in the hover.
            signal = blocked_signal(block.reason if block.reason in BLOCKED else "")
            # Of one whose repeats began before the cycle, the mark is at its edge.
            first = max(block.first_attempt_at, scale.start)
            called = Called.on_lane(names[row.runner_id], row.runner_id)
            hover = blocked_hover(block, words, called, names)
            points.setdefault(signal, Points()).add(scale, lane, first, hover)
            if block.attempts > 1:
                last = min(max(block.last_attempt_at, first), scale.end)
                if last - first > tight:
                    repeats.add_line(scale, lane, first, last)
                counts.add(scale, lane, last, text=f"×{block.attempts:,}")
    traces = []
    if repeats.lanes:
        # Under the marks, which say what was repeated.
        line = {"color": "var(--muted)", "width": 1.5}
        traces.append(repeats.trace("repeats", mode="lines", line=line, connectgaps=False))
    traces += [
        points[signal].trace(signal.key, template="%{customdata}", marker=blocked_marker(signal))
        for signal in points
    ]
    if counts.lanes:
        font = {"size": 11, "color": "var(--text)"}
        traces.append(counts.trace("counts", mode="text", textposition="top right", textfont=font))
    return traces


def blocked_marker(signal: Signal, *, size: int = 11, edge: float = 1.5) -> dict[str, object]:
    """The mark of a blocked attempt, as large as there is room for."""
    line = {"color": "var(--mark-outline)", "width": edge}
    return {"symbol": signal.symbol, "size": size, "color": signal.colour, "line": line}


def blocked_hover(
    block: RecordedExecution, words: TimeWords, called: Called, names: Mapping[str, str]
) -> str:
    """Everything about a blocked attempt, in lines."""
    lines = [f"{escape(blocked_signal(block.reason).word)} · {called.name}"]
    if block.attempts > 1:
        lines.append(
            f"{block.attempts:,} attempts, "
            f"{words.range(block.first_attempt_at, block.last_attempt_at)}"
        )
    else:
        lines.append(words.full(block.first_attempt_at))
    if block.late_start_fraction is not None:
        lines.append(late_words(block.late_start_fraction, attempts=block.attempts))
    lines += _facts(block, words, called, _refusal(block, names))
    return "<br>".join(lines)


def _refusal(block: RecordedExecution, names: Mapping[str, str]) -> str:
    """What is known beside the reason, which the first line says. (The holder's run in full is in
    the log: in a cycle of a thousand refusals, it would be a tenth of the figure.)"""
    prior = prior_run(block)
    if prior is not None and prior.runner_id:
        holder = names.get(prior.runner_id) or escape(prior.runner_id)
        return f"held by {holder}, run {escape(short_run(prior.run_id))}"
    said = (
        # A reason that we know is in the first line already, in our words.
        (block.reason_detail,) if block.reason in BLOCKED else (block.reason, block.reason_detail)
    )
    told = escape(_short(": ".join(part for part in said if part)))
    return f"last attempt: {told}" if told and block.attempts > 1 else told


def _facts(execution: RecordedExecution, words: TimeWords, called: Called, why: str) -> list[str]:
    lines = []
    if called.runner_id:
        lines.append(f"runner {called.runner_id}")
    if execution.slot_start is not None and execution.slot_end is not None:
        start, end = words.bare(execution.slot_start), words.bare(execution.slot_end)
        lines.append(f"window {start} – {end}")
    # In its own turn, a runner is scheduled itself: that needs no line.
    if execution.assigned_runner_id not in (None, execution.runner_id):
        lines.append(f"scheduled: {escape(execution.assigned_runner_id or '')}")
    if why:
        lines.append(why)
    lines.append(f"run {escape(execution.run_id)}")
    return lines


# A hover is as wide as its longest line; the page of the run has the whole text.
def _short(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
