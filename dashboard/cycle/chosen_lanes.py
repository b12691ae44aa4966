"""The lanes of a cycle that a choice comes down to, and which of them have trouble."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboard.cycle.lane_choice import LaneChoice, LaneFilter
from dashboard.text.names import Address
from scheduler.core.judging.outcomes import JudgedCycle
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.timeline import CycleTimeline, Lane
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLanes:
    """The ``lanes`` to show, from the ``first`` (counted from 1) of those that are ``matching``;
    ``total`` counts all of the cycle, ``troubled`` those with trouble."""

    lanes: tuple[Lane, ...]
    first: int
    matching: int
    total: int
    troubled: int
    page: int
    pages: int

    @property
    def runner_ids(self) -> frozenset[str]:
        return frozenset(lane.runner_id for lane in self.lanes)


def choose_lanes(
    timeline: CycleTimeline,
    choice: LaneChoice,
    *,
    troubled: Collection[str],
    owner: str,
    addresses: Mapping[str, Address],
) -> ChosenLanes:
    """The chosen of a cycle's lanes, in their order; a page after the last one is the last one.

    Args:
        troubled: the runners whose lanes have trouble, see `troubled_runners`.
        owner: the scheduled runner's id, or empty.
    """
    every = timeline.lanes
    found = [
        index
        for index, lane in enumerate(every)
        if _is_searched(lane.runner_id, addresses.get(lane.runner_id), choice.searches)
        and (choice.lanes is not LaneFilter.TROUBLE or lane.runner_id in troubled)
    ]
    size = choice.size
    # Rounded up; a search that finds nothing still has a first page to say so on.
    pages = max(1, -(-len(found) // size))
    # Runners leave while somebody reads page 9, and its address is asked for again every 2 s.
    page = min(choice.page, pages)
    first = (page - 1) * size
    if choice.lanes is LaneFilter.OWNER:
        # These lanes follow the owner from poll to poll: no page number could mean anything.
        page = pages = 1
        first = _around(found, every, owner, size)
    return ChosenLanes(
        lanes=tuple(every[index] for index in found[first : first + size]),
        first=first + 1,
        matching=len(found),
        total=len(every),
        # Of all lanes: it says on the filter whether anything is wrong, whatever is searched for.
        troubled=sum(lane.runner_id in troubled for lane in every),
        page=page,
        pages=pages,
    )


def _is_searched(runner_id: str, address: Address | None, searches: Sequence[str]) -> bool:
    if not searches:
        return True
    # By host and process as well, which is what the label of a lane says.
    host, pid = address or ("", None)
    names = (runner_id.casefold(), (host if pid is None else f"{host}:{pid}").casefold())
    return any(search.casefold() in name for search in searches for name in names)


def _around(found: Sequence[int], every: Sequence[Lane], owner: str, size: int) -> int:
    """Where ``size`` lanes begin with the owner's, or where it would be, in their middle."""
    # With no owner (nobody is a member) the first lanes do. Where a search leaves the owner out,
    # the bisection finds the nearest that it leaves in.
    at = next((index for index, lane in enumerate(every) if lane.runner_id == owner), 0)
    return max(0, min(bisect_left(found, at) - size // 2, len(found) - size))


def troubled_runners(timeline: CycleTimeline, judged: JudgedCycle) -> frozenset[str]:
    """The runners with an abandoned run, a block (recorded or derived), an incident that names
    them, or a window without a start that nothing explains."""
    # Each of these has a mark on its lane. Refusals that were written down outside of any window
    # are in no verdict, so that the rows are asked as well.
    return frozenset(
        [
            *(
                each.runner_id
                for each in timeline.executions
                if each.status in (Status.ABANDONED, Status.BLOCKED)
            ),
            *(
                each.runner_id
                for each in judged.verdicts
                if each.verdict in (Verdict.ABANDONED, Verdict.BLOCKED) or each.is_missed
            ),
            *(runner_id for each in judged.incidents for runner_id in each.runner_ids),
        ]
    )
