"""The lanes of a cycle that a choice comes down to."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.cycle.lane_choice import LANES_AROUND, LaneChoice, LaneFilter
from dashboard.text.names import Address
from dashboard.timeline.lane_states import LaneState, Standing
from scheduler.core.timeline import CycleTimeline, Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLanes:
    """The ``lanes`` to show, from the ``first`` (counted from 1) of those that are ``matching``;
    ``total`` counts all of the cycle, ``troubled`` those of them with trouble, and
    ``troubled_shown`` those of the ones to show. ``is_opening``: nothing was chosen, and one page
    can't show them all."""

    lanes: tuple[Lane, ...]
    first: int
    matching: int
    total: int
    troubled: int
    troubled_shown: int
    page: int
    pages: int
    is_opening: bool

    @property
    def runner_ids(self) -> frozenset[str]:
        return frozenset(lane.runner_id for lane in self.lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Which of the lanes, by their numbers; without pages it is the one there is."""

    shown: Sequence[int]
    first: int = 0
    page: int = 1
    pages: int = 1


def choose_lanes(
    timeline: CycleTimeline,
    choice: LaneChoice,
    *,
    states: Mapping[str, LaneState],
    owner: str,
    addresses: Mapping[str, Address],
) -> ChosenLanes:
    """The chosen of a cycle's lanes, in their order, but for those of a cycle that opens on its
    trouble; a page after the last one is the last one.

    Args:
        states: how each lane stands, see `lane_states`.
        owner: the scheduled runner's id, or empty.
    """
    every = timeline.lanes
    found = [
        index
        for index, lane in enumerate(every)
        if _is_searched(lane.runner_id, addresses.get(lane.runner_id), choice.searches)
        and (choice.lanes is not LaneFilter.TROUBLE or states[lane.runner_id].is_trouble)
    ]
    at = next((index for index, lane in enumerate(every) if lane.runner_id == owner), None)
    is_opening = choice.is_opening(len(every))
    if is_opening:
        if timeline.cycle_end <= timeline.now:
            at = None
        standings = [states[lane.runner_id].standing for lane in every]
        part = _Part(shown=_opening(standings, at, choice.size))
    elif choice.lanes is LaneFilter.OWNER:
        # With no owner (nobody is a member) the first lanes do.
        part = _around(found, at or 0, choice.size)
    else:
        part = _page(found, choice)
    lanes = tuple(every[index] for index in part.shown)
    return ChosenLanes(
        lanes=lanes,
        first=part.first + 1,
        matching=len(found),
        total=len(every),
        # Of all lanes: it says on the filter whether anything is wrong, whatever is searched for.
        troubled=_troubled(every, states),
        troubled_shown=_troubled(lanes, states),
        page=part.page,
        pages=part.pages,
        is_opening=is_opening,
    )


def _is_searched(runner_id: str, address: Address | None, searches: Sequence[str]) -> bool:
    if not searches:
        return True
    # By host and process as well, which is what the label of a lane says.
    host, pid = address or ("", None)
    names = (runner_id.casefold(), (host if pid is None else f"{host}:{pid}").casefold())
    return any(search.casefold() in name for search in searches for name in names)


def _page(found: Sequence[int], choice: LaneChoice) -> _Part:
    size = choice.size
    # Rounded up; a search that finds nothing still has a first page to say so on.
    pages = max(1, -(-len(found) // size))
    # Runners leave while somebody reads page 9, and its address is asked for again every 2 s.
    page = min(choice.page, pages)
    first = (page - 1) * size
    return _Part(shown=found[first : first + size], first=first, page=page, pages=pages)


def _around(found: Sequence[int], at: int, size: int) -> _Part:
    """``size`` lanes with the owner's, or where it would be, in their middle."""
    # Where a search leaves the owner out, the bisection finds the nearest that it leaves in. These
    # lanes follow the owner from poll to poll: no page number could mean anything.
    first = max(0, min(bisect_left(found, at) - size // 2, len(found) - size))
    return _Part(shown=found[first : first + size], first=first)


def _opening(standings: Sequence[Standing], at: int | None, size: int) -> Sequence[int]:
    """The lanes around the owner, and the worst of what is in trouble or runs; the nearest of what
    is alike. Where nobody is the owner, those above, and then the first ones."""
    numbers = range(len(standings))
    # Half at most: a page of few lanes has room for trouble, too.
    around = () if at is None else _around(numbers, at, min(LANES_AROUND, (size + 1) // 2)).shown
    wanted = sorted(
        (number for number in numbers if standings[number] <= Standing.RUNNING),
        key=lambda number: (standings[number], abs(number - (at or 0))),
    )
    if at is None:
        first = sorted(wanted[:size])
        return list(dict.fromkeys([*first, *numbers]))[:size]
    return sorted(list(dict.fromkeys([*around, *wanted]))[:size])


def _troubled(lanes: Sequence[Lane], states: Mapping[str, LaneState]) -> int:
    return sum(states[lane.runner_id].is_trouble for lane in lanes)
