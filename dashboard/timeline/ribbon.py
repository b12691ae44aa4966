"""The band on top of the timeline: who owned each instant, what changed, when nobody watched."""

from collections.abc import Mapping
from itertools import batched, groupby, pairwise

from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Bars, Points, Trace, gaps_of, hatch, without
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords
from scheduler.core.interval import TimeRange
from scheduler.core.timeline import CycleTimeline, Epoch, Ownership

# Above so many segments no name fits anyway, and measuring each costs the browser time.
NAMED_SEGMENTS = 120
# Two or three pixels each: thinner, owners are told together, for no pointer meets one of them.
MOST_SEGMENTS = 500
NAMES_LISTED = 5
_TOP = 0.5
# A strip along the lower edge: dots behind a name would make it unreadable.
_GRACE_HEIGHT = 0.26
GRACE_AT = -_TOP + _GRACE_HEIGHT / 2


def ribbon_traces(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> list[Trace]:
    """The ribbon's traces, on the axis ``y2``, where the band is from -0.5 to 0.5."""
    return [
        *_owner_traces(timeline, scale, words, names),
        _change_trace(timeline, scale, words, names),
    ]


def _owner_traces(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> list[Trace]:
    even, odd, present, nobody, grace = Bars(), Bars(), Bars(), Bars(), Bars()
    named = len(timeline.ownership) <= NAMED_SEGMENTS
    gaps = gaps_of(timeline)
    for index, piece in enumerate(_pieces(timeline)):
        first, last = piece[0], piece[-1]
        whole = (first.start, last.end)
        # Nobody was a member: that is no owner whose name is not known.
        if first.runner_id is None or last.runner_id is None:
            for start, end in without(whole, _unseen(timeline)):
                nobody.add(scale, 0, start, end, f"no runners<br>{words.range(start, end)}")
            continue
        name = names[first.runner_id]
        who = f"{name} is" if len(piece) == 1 else f"{name} – {names[last.runner_id]} are"
        hover = f"{who} scheduled<br>{words.range(*whole)}"
        seen = without(whole, gaps)
        if first.in_grace:
            hover += "<br>in grace: nobody may start meanwhile"
            for start, end in seen:
                grace.add(scale, GRACE_AT, start, end)
        is_present = first.start <= timeline.now < last.end
        # Neighbours are of two shades: without edges they can be told apart, too.
        bars = present if is_present else (odd if index % 2 else even)
        for start, end in seen:
            bars.add(scale, 0, start, end, hover, name if named else "")
    # Edges of many would cover them: they are as thin as that.
    surface = {"color": "var(--surface)", "width": 1 if named else 0}
    shown = [
        _band(even, "owner", {"color": "var(--owner-even)", "line": surface}),
        _band(odd, "owner", {"color": "var(--owner-odd)", "line": surface}),
        _band(nobody, "nobody", {"color": "var(--surface)", "line": surface}),
        _band(
            present,
            "present owner",
            {"color": "var(--accent-tint)", "line": {"color": "var(--accent)", "width": 2}},
        ),
    ]
    dots = hatch("var(--grace)", ".", size=6, solidity=0.3)
    return [*shown, grace.trace("grace", height=_GRACE_HEIGHT, marker=dots, yaxis="y2")]


def _pieces(timeline: CycleTimeline) -> list[tuple[Ownership, ...]]:
    """The owners in order, each by itself; of very many, some that are alike together, and never
    the present one."""
    size = max(1, -(-len(timeline.ownership) // MOST_SEGMENTS))

    def likeness(owned: Ownership) -> tuple[bool, bool, bool]:
        is_present = owned.start <= timeline.now < owned.end
        return owned.runner_id is None, owned.in_grace, is_present

    return [
        piece
        for _, alike in groupby(timeline.ownership, key=likeness)
        for piece in batched(alike, size)
    ]


def _unseen(timeline: CycleTimeline) -> list[TimeRange]:
    """When others may have been there, or may come: nobody looked, or looks now."""
    gaps = gaps_of(timeline)
    if timeline.watched_until != timeline.now:
        gaps.append((timeline.now, max(timeline.now, timeline.cycle_end)))
    return gaps


def _band(bars: Bars, name: str, marker: dict[str, object]) -> Trace:
    band = bars.trace(name, height=1.0, marker=marker, template="%{customdata}", yaxis="y2")
    # Without a name there is nothing for the browser to measure.
    if not any(bars.texts):
        return band
    return band | {
        "text": bars.texts,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 12, "color": "var(--text)"},
    }


def _change_trace(
    timeline: CycleTimeline, scale: TimeScale, words: TimeWords, names: Mapping[str, str]
) -> Trace:
    """A marker on the band's upper edge at every change of membership or policy, and where a
    shorter interval begins its cycles."""
    changes = Points()
    for before, epoch in pairwise(timeline.epochs):
        changes.add(scale, _TOP, epoch.start, _change_hover(before, epoch, words, names))
    return changes.trace(
        "change",
        template="%{customdata}",
        yaxis="y2",
        marker={
            "symbol": "triangle-down",
            "size": 10,
            "color": "var(--text)",
            "line": {"color": "var(--surface)", "width": 1},
        },
    )


def _change_hover(before: Epoch, epoch: Epoch, words: TimeWords, names: Mapping[str, str]) -> str:
    parts = [
        f"{verb} {_listed([names.get(each, each) for each in who])}"
        for verb, who in (("joined", epoch.joined), ("left", epoch.left))
        if who
    ]
    # Where a shorter interval came into force, cycles of it begin within the drawn one.
    is_same = epoch.plan.policy == before.plan.policy
    what = "; ".join(parts) or ("a cycle begins" if is_same else "policy changed")
    # A slot is the interval divided by it: it is why windows move with the membership.
    total = len(epoch.plan.runners)
    return f"{what}<br>{words.full(epoch.start)}<br>{total:,} in the plan from here"


def _listed(names: list[str]) -> str:
    more = len(names) - NAMES_LISTED
    return ", ".join(names[:NAMES_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def unwatched_traces(timeline: CycleTimeline, scale: TimeScale, words: TimeWords) -> list[Trace]:
    """Cross-hatch over everything where no collector was watching: what is missing is not calm."""
    if not timeline.unwatched:
        return []
    band, ground = Bars(), Bars()
    # One bar over all lanes, as high as they are: a bar a lane would be a thousand.
    lanes = max(len(timeline.lanes), 1)
    for gap in timeline.unwatched:
        hover = f"not watched<br>{words.range(gap.started_at, gap.ended_at)}"
        # Nobody watches yet, and so the gap has no end that a range could tell.
        if gap.ended_at == timeline.now:
            hover = unwatched_words(timeline.watched_until, words).rstrip(".")
        band.add(scale, 0, gap.started_at, gap.ended_at, hover, "not watched")
        ground.add(scale, (lanes - 1) / 2, gap.started_at, gap.ended_at)
    marker = hatch("var(--unwatched)", "x", size=9, solidity=0.12)
    return [
        ground.trace("unwatched", height=lanes, marker=marker),
        _band(band, "unwatched", marker),
    ]
