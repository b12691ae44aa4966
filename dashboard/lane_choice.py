"""Which lanes of a cycle are shown: searched by runner, filtered, paged. The address says it all.

How the choice is offered on the page is in lane_bar.py.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.names import Address
from dashboard.requests import ZONE
from scheduler.core.outcomes import JudgedCycle
from scheduler.core.timeline import CycleTimeline, Lane
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import Verdict

RUNNER = "runner_id"
LANES = "lanes"
PAGE = "page"
LIMIT = "limit"

LANES_SHOWN = 50
# Of a large fleet, the few whose turn was just now or is soon.
LANES_AROUND = 20
MOST_LANES = 1_000
MOST_SEARCHES = 20
SEARCH_LENGTH = 200
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class LaneFilter(StrEnum):
    ALL = "all"
    TROUBLE = "trouble"
    OWNER = "owner"


class WrongChoice(ValueError):
    """A part of the address that is no choice: ``what`` is wrong, and ``then`` what is right."""

    def __init__(self, what: str, then: str) -> None:
        super().__init__(what, then)
        self.what = what
        self.then = then


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChoice:
    """``searches`` are parts of a runner's id or host:pid, any of which will do. ``zone`` is that
    of the address, if it names one: its links keep it."""

    searches: tuple[str, ...] = ()
    lanes: LaneFilter = LaneFilter.ALL
    page: int = 1
    limit: int | None = None
    zone: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.searches) or self.lanes is not LaneFilter.ALL

    @property
    def size(self) -> int:
        """How many lanes are shown at most."""
        return self.limit or (LANES_AROUND if self.lanes is LaneFilter.OWNER else LANES_SHOWN)

    def parameters(self) -> list[tuple[str, str]]:
        """The choice as the parameters of an address; what goes without saying is left out."""
        said = [(RUNNER, search) for search in self.searches]
        if self.lanes is not LaneFilter.ALL:
            said.append((LANES, self.lanes.value))
        if self.limit is not None:
            said.append((LIMIT, str(self.limit)))
        if self.page > 1:
            said.append((PAGE, str(self.page)))
        if self.zone:
            said.append((ZONE, self.zone))
        return said

    def query(self, **changes: Any) -> str:
        """``?lanes=trouble&page=2``, or nothing; another choice than of the page is its first."""
        other = replace(self, **({"page": 1} | changes))
        said = urlencode(other.parameters())
        return f"?{said}" if said else ""


def lane_choice(query: QueryDict, zone: str = "") -> LaneChoice:
    """The choice that an address makes, which names this ``zone``, or none.

    Raises:
        WrongChoice: a value is none that could be chosen.
    """
    limit = _number(query, LIMIT)
    if limit is not None and limit > MOST_LANES:
        raise WrongChoice(
            f"{LIMIT}={limit} is too many", f"Write a number from 1 to {MOST_LANES:,}: {LIMIT}=50."
        )
    return LaneChoice(
        searches=_searches(query),
        lanes=_filter(query),
        page=_number(query, PAGE) or 1,
        limit=limit,
        zone=zone,
    )


def _searches(query: QueryDict) -> tuple[str, ...]:
    searches = tuple(dict.fromkeys(filter(None, map(str.strip, query.getlist(RUNNER)))))
    if len(searches) > MOST_SEARCHES:
        raise WrongChoice(
            f"{len(searches):,} searches are too many",
            f"Give {RUNNER} at most {MOST_SEARCHES} times.",
        )
    for search in searches:
        if len(search) > SEARCH_LENGTH:
            raise WrongChoice(
                f"A search of {len(search):,} characters is too long",
                f"Write at most {SEARCH_LENGTH} characters of the runner's id or host:pid.",
            )
    return searches


def _once(query: QueryDict, name: str) -> str | None:
    values = dict.fromkeys(query.getlist(name))
    if len(values) > 1:
        given = " and ".join(f"{name}={value}" for value in values)
        raise WrongChoice(f"{given} contradict each other", f"Give {name} once.")
    return next(iter(values), None)


def _filter(query: QueryDict) -> LaneFilter:
    value = _once(query, LANES)
    if value is None:
        return LaneFilter.ALL
    try:
        return LaneFilter(value)
    except ValueError:
        known = ", ".join(f"{LANES}={each.value}" for each in LaneFilter)
        raise WrongChoice(f"{LANES}={value} is not a choice of lanes", f"Write {known}.") from None


def _number(query: QueryDict, name: str) -> int | None:
    value = _once(query, name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise WrongChoice(
            f"{name}={value} is not a number from 1 on", f"Write it in digits: {name}=2."
        )
    return int(value)


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
    pages = max(1, -(-len(found) // size))
    page = min(choice.page, pages)
    first = (page - 1) * size
    if choice.lanes is LaneFilter.OWNER:
        page = pages = 1
        first = _around(found, every, owner, size)
    return ChosenLanes(
        lanes=tuple(every[index] for index in found[first : first + size]),
        first=first + 1,
        matching=len(found),
        total=len(every),
        troubled=sum(lane.runner_id in troubled for lane in every),
        page=page,
        pages=pages,
    )


def _is_searched(runner_id: str, address: Address | None, searches: Sequence[str]) -> bool:
    if not searches:
        return True
    host, pid = address or ("", None)
    names = (runner_id.casefold(), (host if pid is None else f"{host}:{pid}").casefold())
    return any(search.casefold() in name for search in searches for name in names)


def _around(found: Sequence[int], every: Sequence[Lane], owner: str, size: int) -> int:
    """Where ``size`` lanes begin with the owner's, or where it would be, in their middle."""
    at = next((index for index, lane in enumerate(every) if lane.runner_id == owner), 0)
    return max(0, min(bisect_left(found, at) - size // 2, len(found) - size))


def troubled_runners(timeline: CycleTimeline, judged: JudgedCycle) -> frozenset[str]:
    """The runners with an abandoned run, a block (recorded or derived), an incident that names
    them, or a window without a start that nothing explains."""
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
