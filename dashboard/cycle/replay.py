"""A cycle as it was known at an instant of it: which one an address asks for, and what leads on
from there. What is shown of the instant is the live page's own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict

from dashboard.cycle.lane_choice import REPLAY_AT, LaneChoice
from dashboard.web.addresses import cycle_address, cycle_url, instant_of
from dashboard.web.choices import WrongChoice
from scheduler.core.instants import MICROSECOND
from scheduler.core.timeline import CycleSpan, CycleTimeline
from scheduler.cycles.events import event_after, event_before
from scheduler.models import Service

# As far as an arrow key goes (replay.js).
STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayLink:
    """A step of the replay: to an instant (``url`` is empty where there is none to go to)."""

    key: str
    icon: str
    word: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The scrubber of the cycle [start, end). ``at`` is the instant that the page shows, None where
    it shows what is known now; ``leave_url`` is the address of the same page without a replay, and
    an instant makes it that of a frame."""

    at: datetime | None
    start: datetime
    end: datetime
    leave_url: str
    links: tuple[ReplayLink, ...]


def replay_instant(query: QueryDict, span: CycleSpan, now: datetime) -> datetime | None:
    """The instant of the replay that is asked for, if any.

    Raises:
        WrongChoice: it is none of the cycle, or is still to come.
    """
    if REPLAY_AT not in query:
        return None
    asked = str(query[REPLAY_AT])
    at = instant_of(asked)
    if at is None or not span.start <= at < span.end or at > now:
        first = cycle_address(span.start)
        until = (
            f"before {cycle_address(span.end)}"
            if span.end <= now
            # Whole seconds, rounded down: what it says can be typed in and is not in the future.
            else f"up to now ({cycle_address(now.replace(microsecond=0))})"
        )
        raise WrongChoice(
            f"t=“{asked}” is not an instant of this cycle",
            f"Write one from {first} on, {until}: date, T, time, and Z for UTC.",
        )
    return at


def replay_of(
    service: Service,
    span: CycleSpan,
    timeline: CycleTimeline,
    choice: LaneChoice,
    *,
    at: datetime | None,
    now: datetime,
) -> Replay:
    """The scrubber over the cycle of a page, whose ``timeline`` is as of ``at``, if that is set."""
    path = cycle_url(service.slug, span.start)
    # A cycle is half-open: its end is the first instant of the next one.
    last = min(span.end - MICROSECOND, now)

    def url(to: datetime | None) -> str:
        # No link leads to the page itself, to another cycle, or to what is still to come.
        if to is None or not span.start <= to <= last or to == at:
            return ""
        return path + choice.query(page=choice.page, at=cycle_address(to))

    # The links are the whole replay where no script runs; replay.js makes a scrubber beside them.
    steps: list[tuple[str, str, str, datetime | None]]
    if at is None:
        steps = [("first", "history", "Replay from the start", span.start)]
    else:
        steps = [
            # What came before is in the timeline. What comes next was not known then, so that the
            # event after is asked of the tables.
            ("previous", "skip-back", "Previous event", event_before(timeline)),
            ("back", "chevron-left", "1 s back", at - STEP),
            ("forward", "chevron-right", "1 s on", at + STEP),
            ("next", "skip-forward", "Next event", event_after(service, timeline)),
        ]
    return Replay(
        at=at,
        start=span.start,
        end=span.end,
        leave_url=path + choice.query(page=choice.page, at=""),
        links=tuple(
            ReplayLink(key=key, icon=icon, word=word, url=url(to)) for key, icon, word, to in steps
        ),
    )
