"""How the lanes of a cycle are chosen on its page: search, filter, pager, and what they found."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dashboard.cycle.chosen_lanes import ChosenLanes
from dashboard.cycle.lane_choice import LANES_AROUND, LaneChoice, LaneFilter
from dashboard.text.words import count

# A fleet that is seen at a glance needs no search, and a handful no filter.
SEARCHED_ABOVE = 8
FILTERED_ABOVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterLink:
    """``number`` says how many lanes it would show, where that is worth saying."""

    word: str
    href: str
    is_current: bool
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLink:
    """One of several searches; its address does without it."""

    word: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBar:
    """``hidden`` are the parameters that the search keeps, ``searches`` the ones beside the first.

    ``shown`` says which lanes are shown of how many, ``empty`` why there are none; either may have
    nothing to say. ``total`` counts all lanes of the cycle.
    """

    has_search: bool
    search: str
    searches: tuple[SearchLink, ...]
    hidden: tuple[tuple[str, str], ...]
    filters: tuple[FilterLink, ...]
    shown: str
    previous_url: str
    next_url: str
    all_url: str
    unsearched_url: str
    empty: str
    total: int


def lane_bar(choice: LaneChoice, chosen: ChosenLanes, *, path: str, is_over: bool) -> LaneBar:
    """The controls of a page at ``path``; those that would change nothing are left out."""
    # The field of the form holds one search. The others are links that take one back, and hidden
    # parameters, so that a new search does not drop them.
    others = choice.searches[1:]
    query_of_all = choice.all_lanes(chosen.total).query()
    return LaneBar(
        has_search=bool(choice.searches) or chosen.total > SEARCHED_ABOVE,
        search=choice.searches[0] if choice.searches else "",
        searches=tuple(
            SearchLink(word=each, href=path + choice.query(searches=_without(choice, each)))
            for each in others
        ),
        hidden=tuple(replace(choice, searches=others, page=1).parameters()),
        filters=tuple(_filters(choice, chosen, path, is_over=is_over)),
        shown=_opening(chosen) if chosen.is_opening else _shown(chosen),
        previous_url=path + choice.query(page=chosen.page - 1) if chosen.page > 1 else "",
        next_url=path + choice.query(page=chosen.page + 1) if chosen.page < chosen.pages else "",
        all_url=path + query_of_all,
        unsearched_url=path + choice.query(searches=()),
        empty=_empty(choice, chosen),
        total=chosen.total,
    )


def _without(choice: LaneChoice, search: str) -> tuple[str, ...]:
    return tuple(each for each in choice.searches if each != search)


def _filters(
    choice: LaneChoice, chosen: ChosenLanes, path: str, *, is_over: bool
) -> Iterator[FilterLink]:
    is_large = chosen.total > choice.page_size and not choice.searches
    # A filter that is on is always offered, or a fleet that shrank could not be shown whole again.
    if choice.lanes is None and chosen.total <= FILTERED_ABOVE:
        return
    # What goes without saying of a fleet that one page shows, or of a search, is all that there is.
    offered: dict[LaneFilter | None, tuple[str, str]] = {
        LaneFilter.ALL if is_large else None: ("All lanes", ""),
        # Its number is of use before the click: 0 says that there is nothing to look for.
        LaneFilter.TROUBLE: ("With trouble", f"{chosen.troubled:,}"),
    }
    if is_large:
        word = "Trouble first" if is_over else "Owner and trouble"
        offered = {None: (word, ""), **offered}
    # In a cycle that is over nobody is the owner, and all of a small fleet is around it.
    if choice.lanes is LaneFilter.OWNER or (not is_over and chosen.total > LANES_AROUND):
        offered[LaneFilter.OWNER] = ("Around the owner", "")
    # All lanes may be asked for where nothing else would be shown.
    current = choice.lanes if choice.lanes in offered else None
    for lanes, (word, number) in offered.items():
        yield FilterLink(
            word=word,
            href=path + choice.query(lanes=lanes),
            is_current=lanes is current,
            number=number,
        )


def _opening(chosen: ChosenLanes) -> str:
    """How many there are of what nobody chose; which lanes they are, its link says."""
    shown, troubled = chosen.troubled_shown, chosen.troubled
    said = f"{len(chosen.lanes):,} of {count(chosen.total, 'lane')}"
    if not troubled:
        return said
    return f"{said}, {'' if shown == troubled else f'{shown:,} of '}{troubled:,} with trouble"


def _shown(chosen: ChosenLanes) -> str:
    number = len(chosen.lanes)
    # All of them, or none: then there is nothing to say, or _empty says it.
    if number == chosen.total or not number:
        return ""
    total = count(chosen.total, "lane")
    # Filtered, and all that was found is on this page: a range of numbers would say no more.
    if number == chosen.matching:
        return f"{number:,} of {total}"
    last = chosen.first + number - 1
    numbers = f"{chosen.first:,}–{last:,}" if number > 1 else f"{last:,}"
    if chosen.matching == chosen.total:
        return f"{numbers} of {total}"
    return f"{numbers} of {chosen.matching:,} ({total} in all)"


def _empty(choice: LaneChoice, chosen: ChosenLanes) -> str:
    if chosen.lanes or not choice.is_narrowed or not chosen.total:
        return ""
    words = " or ".join(f"“{each}”" for each in choice.searches)
    if choice.lanes is not LaneFilter.TROUBLE:
        what = f"No lane matches {words}."
    elif words:
        what = f"No lane that matches {words} has trouble."
    else:
        what = "No lane has trouble."
    return f"{what} {count(chosen.total, 'lane')} in all."
