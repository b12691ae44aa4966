"""What became of windows in which nothing was written down: derived blocks, no start, not known.

What was written down is drawn as it is, in runs.py.
"""

from collections.abc import Mapping, Sequence

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import LANE_NAME, Bars, Points, Trace, gaps_of, hatch, without
from dashboard.rows.judgement import VERDICTS, is_derived, verdict_signal
from dashboard.text.signals import Signal
from dashboard.text.words import ordinal
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.timeline import CycleTimeline
from scheduler.words.verdicts import verdict_detail

WINDOW_HEIGHT = 0.76
HOLLOW_PX = 12
# After the name of the mark of what was recorded.
DERIVED = " derived"
UNKNOWN = "unknown"
# Without a window a mark holds from its place on: one in the middle a narrow screen would hide. So
# it is this part of the axis away from where that begins, at most.
WINDOWLESS_AT = 1 / 50
# What a window's own hover says already, or what is not settled.
_UNSAID = (Verdict.OPEN, Verdict.UPCOMING)


def window_line(verdict: SlotVerdict, scale: TimeScale) -> str:
    """What became of a window, as one more line of its hover; empty while that is open, and where
    its mark, which says the same, covers it."""
    if verdict.verdict in _UNSAID:
        return ""
    # The pointer meets the mark there. Said twice, it was 220 kB more for a thousand lanes that
    # one run held up.
    if (is_derived(verdict) or verdict.is_missed) and scale.is_thin(verdict.start, verdict.end):
        return ""
    return "<br>" + verdict_words(verdict)


def verdict_words(verdict: SlotVerdict) -> str:
    """What became of a window, safe in a hover."""
    signal = verdict_signal(verdict)
    text = ": ".join(part for part in (signal.word, verdict_detail(verdict)) if part)
    return escape(text) + (" (derived)" if is_derived(verdict) else "")


def verdict_mark(verdict: SlotVerdict) -> str:
    """The name of the trace that marks a window with this verdict; empty for none."""
    if is_derived(verdict):
        return f"{verdict_signal(verdict).key}{DERIVED}"
    if verdict.is_missed:
        return VERDICTS[Verdict.UNSERVED].key
    return UNKNOWN if verdict.verdict is Verdict.UNKNOWN else ""


def verdict_traces(
    timeline: CycleTimeline, verdicts: Sequence[SlotVerdict], scale: TimeScale
) -> list[Trace]:
    """One trace a kind, on the lanes of the timeline; the first one, of windows that were not
    watched, belongs under the runs. Derived rather than recorded: a hollow mark
    of the same shape and colour, in a dashed outline of its window, if there is one."""
    lanes = {row.runner_id: lane for lane, row in enumerate(timeline.lanes)}
    derived: dict[Signal, Points] = {}
    outlines, missed, unknown = Points(), Points(), Bars()
    gaps = gaps_of(timeline)
    for each in verdicts:
        lane = lanes.get(each.runner_id)
        shown = scale.clip(each.start, each.end)
        if lane is None or shown is None:
            continue
        # Of the part on the axis: a window may reach out of the cycle that is drawn.
        middle = shown[0] + (shown[1] - shown[0]) / 2
        if is_derived(each):
            near = shown[0] + (scale.end - scale.start) * WINDOWLESS_AT
            at = middle if each.slot else min(middle, near)
            marks = derived.setdefault(verdict_signal(each), Points())
            marks.add(scale, lane, at, _hover(each))
            # Where the mark covers its window, there is no outline to see.
            if each.slot and not scale.is_thin(*shown):
                outlines.add_outline(scale, lane, WINDOW_HEIGHT, *shown)
        elif each.is_missed:
            missed.add(scale, lane, middle, _hover(each))
        elif each.verdict is Verdict.UNKNOWN:
            # Gaps are hatched over all lanes: this is the part of the window that was watched.
            for piece in without(shown, gaps):
                unknown.add(scale, lane, *piece)
    dashes = {"color": "var(--muted)", "width": 1, "dash": "3px,2px"}
    return [
        unknown.trace(
            UNKNOWN,
            height=WINDOW_HEIGHT,
            marker=hatch("var(--unwatched)", "x", size=5, ground="var(--window)"),
        ),
        outlines.trace("outlines", mode="lines", line=dashes, connectgaps=False),
        _grounds(derived),
        *(_hollow(signal, marks) for signal, marks in derived.items()),
        missed.trace(
            VERDICTS[Verdict.UNSERVED].key, template="%{customdata}", marker=_missed_marker()
        ),
    ]


def _hover(verdict: SlotVerdict) -> str:
    return f"{LANE_NAME} · slot {ordinal(verdict.position)}<br>{verdict_words(verdict)}"


def _grounds(derived: Mapping[Signal, Points]) -> Trace:
    """What is under the hollow marks: their inside, and dark edges. On white, and on the dots of
    grace, some colours are too light for a mere line."""
    grounds = Points(
        lanes=[lane for marks in derived.values() for lane in marks.lanes],
        instants=[at for marks in derived.values() for at in marks.instants],
    )
    # One trace for all reasons: a shape a point is as good as one a trace, and there are fewer.
    symbols = [signal.symbol for signal, marks in derived.items() for _ in marks.lanes]
    return grounds.trace(
        "grounds",
        marker={
            "symbol": symbols,
            "size": HOLLOW_PX,
            "color": "var(--surface)",
            "line": {"color": "var(--mark-outline)", "width": 3},
        },
    )


def _hollow(signal: Signal, marks: Points) -> Trace:
    return marks.trace(
        f"{signal.key}{DERIVED}",
        template="%{customdata}",
        marker={
            "symbol": f"{signal.symbol}-open",
            "size": HOLLOW_PX,
            "color": signal.colour,
            "line": {"width": 1.6},
        },
    )


def _missed_marker() -> dict[str, object]:
    return {
        "symbol": f"{VERDICTS[Verdict.UNSERVED].symbol}-open",
        "size": 7,
        "color": "var(--muted)",
        "line": {"width": 1.5},
    }
