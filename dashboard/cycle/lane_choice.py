"""Which lanes of a cycle an address asks for: searched by runner, filtered, paged.

What it gets is in chosen_lanes.py, how the choice is offered on the page in lane_bar.py.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.web.choices import WrongChoice, given_once, given_values, is_number
from dashboard.web.requests import ZONE

RUNNER = "runner_id"
LANES = "lanes"
PAGE = "page"
LIMIT = "limit"
# The instant of a replay, which comes along with the lanes that are shown of it.
REPLAY_AT = "t"

# 1,300 pixels of chart. A thousand lanes are 26,000, and nobody reads so far down.
LANES_SHOWN = 50
# Of a large fleet, the few whose turn was just now or is soon: as many as a screen shows.
LANES_AROUND = 20
# All of a large fleet for whoever asks for it: that is what `make bench-timeline` measures.
MOST_LANES = 1_000
# Each search is compared with every runner's id and address, and comes along in every link.
MOST_SEARCHES = 20
# As the field of the form takes (_lane_search.html).
SEARCH_LENGTH = 200


class LaneFilter(StrEnum):
    ALL = "all"
    TROUBLE = "trouble"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChoice:
    """``searches`` are parts of a runner's id or host:pid, any of which will do; ``lanes`` is None
    where nothing is said of them. ``zone`` is that of the address, if it names one, and ``at`` the
    instant of a replay: its links keep them."""

    searches: tuple[str, ...] = ()
    lanes: LaneFilter | None = None
    page: int = 1
    limit: int | None = None
    zone: str = ""
    at: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.searches) or self.lanes not in (None, LaneFilter.ALL)

    @property
    def page_size(self) -> int:
        """How many lanes a page of all of them has."""
        return self.limit or LANES_SHOWN

    @property
    def size(self) -> int:
        """How many lanes are shown at most."""
        return self.limit or (LANES_AROUND if self.lanes is LaneFilter.OWNER else LANES_SHOWN)

    def is_opening(self, total: int) -> bool:
        """Whether nothing is said of which lanes, and one page can't show them all."""
        # Above a page, and not above the few around the owner: of what fits on one page nothing has
        # to be left out.
        return self.lanes is None and not self.searches and total > self.page_size

    def all_lanes(self, total: int) -> "LaneChoice":
        """All of ``total`` lanes, from the first page on: said where it does not go without."""
        is_said = total > self.page_size
        return replace(self, searches=(), lanes=LaneFilter.ALL if is_said else None, page=1)

    def parameters(self) -> list[tuple[str, str]]:
        """The choice as the parameters of an address; what goes without saying is left out."""
        said = [(RUNNER, search) for search in self.searches]
        if self.lanes is not None:
            said.append((LANES, self.lanes.value))
        if self.limit is not None:
            said.append((LIMIT, str(self.limit)))
        if self.page > 1:
            said.append((PAGE, str(self.page)))
        if self.zone:
            said.append((ZONE, self.zone))
        if self.at:
            said.append((REPLAY_AT, self.at))
        return said

    def query(self, **changes: Any) -> str:
        """``?lanes=trouble&page=2``, or nothing; another choice than of the page is its first."""
        # With another filter, page 7 would be other lanes or none. Who means this page says so.
        other = replace(self, **({"page": 1} | changes))
        # Colons may stand in a query, and the instants of a replay are meant to be read.
        said = urlencode(other.parameters(), safe=":")
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
    searches, lanes, page = _searches(query), _filter(query), _number(query, PAGE) or 1
    # Only all lanes, and those that were searched, come in pages.
    if lanes is None and not searches and page > 1:
        lanes = LaneFilter.ALL
    # ``at`` is left out: which instants are right depends on the cycle (replay.py).
    return LaneChoice(
        searches=searches,
        lanes=lanes,
        page=page,
        limit=limit,
        zone=zone,
    )


def _searches(query: QueryDict) -> tuple[str, ...]:
    searches = given_values(query, RUNNER, at_most=MOST_SEARCHES, called="searches")
    for search in searches:
        if len(search) > SEARCH_LENGTH:
            raise WrongChoice(
                f"A search of {len(search):,} characters is too long",
                f"Write at most {SEARCH_LENGTH} characters of the runner's id or host:pid.",
            )
    return searches


def _filter(query: QueryDict) -> LaneFilter | None:
    value = given_once(query, LANES)
    if value is None:
        return None
    try:
        return LaneFilter(value)
    except ValueError:
        known = ", ".join(f"{LANES}={each.value}" for each in LaneFilter)
        raise WrongChoice(f"{LANES}={value} is not a choice of lanes", f"Write {known}.") from None


def _number(query: QueryDict, name: str) -> int | None:
    value = given_once(query, name)
    if value is None:
        return None
    if not is_number(value):
        raise WrongChoice(
            f"{name}={value} is not a number from 1 on", f"Write it in digits: {name}=2."
        )
    return int(value)
