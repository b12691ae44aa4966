"""Which lanes are shown: what an address asks for, and what it gets."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.cycle.chosen_lanes import ChosenLanes, choose_lanes
from dashboard.cycle.lane_bar import LaneBar, lane_bar
from dashboard.cycle.lane_choice import LaneChoice, LaneFilter, lane_choice
from dashboard.text.signals import Signal
from dashboard.timeline.lane_states import LaneState, Standing
from dashboard.web.choices import WrongChoice
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.timeline import CycleTimeline
from tests.core.build import T0, at, revision, span

POLICY = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0)


def cycle(runners: int, **rows: Any) -> CycleTimeline:
    """One of `r000`, `r001`, …, which have windows of an hour between them."""
    presences = [span(f"r{number:03}") for number in range(runners)]
    defaults: dict[str, Any] = {"executions": [], "policies": [revision(POLICY)], "now": at(0)}
    return reconstruct(cycle_start=T0, presences=presences, **(defaults | rows))


def chosen(
    timeline: CycleTimeline,
    query: str = "",
    *,
    standings: Mapping[str, Standing] | None = None,
    **more: Any,
) -> ChosenLanes:
    """Of lanes that are idle, but for those of the runners whose standings are told."""
    states = {
        lane.runner_id: LaneState(
            standing=(standings or {}).get(lane.runner_id, Standing.IDLE),
            signal=Signal(key="", word=""),
            word="",
        )
        for lane in timeline.lanes
    }
    defaults: dict[str, Any] = {"states": states, "owner": "r000", "addresses": {}}
    return choose_lanes(timeline, lane_choice(QueryDict(query)), **(defaults | more))


def shown(timeline: CycleTimeline, query: str = "", **more: Any) -> list[str]:
    return [lane.runner_id for lane in chosen(timeline, query, **more).lanes]


def bar(runners: int, query: str = "", *, is_over: bool = False, **more: Any) -> LaneBar:
    choice = lane_choice(QueryDict(query))
    timeline = cycle(runners, now=at(3_600 if is_over else 0))
    return lane_bar(choice, chosen(timeline, query, **more), path="/p/", is_over=is_over)


def numbered(*numbers: int) -> list[str]:
    return [f"r{number:03}" for number in numbers]


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ("", LaneChoice()),
        ("runner_id=", LaneChoice()),  # a form that was sent empty
        ("runner_id=+a+", LaneChoice(searches=("a",))),
        ("runner_id=a&runner_id=b&runner_id=a", LaneChoice(searches=("a", "b"))),
        ("lanes=all", LaneChoice(lanes=LaneFilter.ALL)),
        ("lanes=trouble", LaneChoice(lanes=LaneFilter.TROUBLE)),
        ("lanes=owner&lanes=owner", LaneChoice(lanes=LaneFilter.OWNER)),
        # A page is one of all lanes, or of those that were searched.
        ("page=3&limit=1000", LaneChoice(lanes=LaneFilter.ALL, page=3, limit=1_000)),
        ("page=3&runner_id=a", LaneChoice(searches=("a",), page=3)),
        ("tz=Europe/Berlin&known=7:", LaneChoice()),  # a poll's
    ],
)
def test_an_address_says_which_lanes(query: str, choice: LaneChoice) -> None:
    assert lane_choice(QueryDict(query)) == choice


@pytest.mark.parametrize(
    ("query", "what", "then"),
    [
        ("lanes=some", "lanes=some is not", "lanes=all, lanes=trouble, lanes=owner"),
        ("lanes=", "lanes= is not", "lanes=all"),
        ("lanes=all&lanes=owner", "lanes=all and lanes=owner contradict", "once"),
        ("page=0", "page=0 is not", "page=2"),
        ("page=-1", "page=-1 is not", "page=2"),
        ("page=two", "page=two is not", "page=2"),
        ("page=1&page=2", "page=1 and page=2 contradict", "once"),
        ("limit=0", "limit=0 is not", "limit=2"),
        ("limit=1001", "limit=1001 is too many", "1 to 1,000"),
        ("limit=²", "limit=² is not", "limit=2"),
        ("runner_id=" + "x" * 201, "201 characters is too long", "at most 200"),
        ("&".join(f"runner_id={number}" for number in range(21)), "21 searches", "20 times"),
    ],
)
def test_what_can_not_be_chosen_is_refused_with_what_can(query: str, what: str, then: str) -> None:
    with pytest.raises(WrongChoice) as wrong:
        lane_choice(QueryDict(query))

    assert what in wrong.value.what
    assert then in wrong.value.then


def test_a_choice_is_written_as_it_is_read() -> None:
    query = "runner_id=a+b&runner_id=c&lanes=trouble&limit=20&page=2"

    assert lane_choice(QueryDict(query), "UTC").query(page=2) == f"?{query}&tz=UTC"


def test_another_choice_begins_on_its_first_page() -> None:
    choice = lane_choice(QueryDict("page=4"))

    assert choice.query(lanes=LaneFilter.TROUBLE) == "?lanes=trouble"
    assert choice.query() == "?lanes=all"


@pytest.mark.parametrize(
    ("query", "first", "number"),
    [
        ("lanes=all", "r000", 50),
        ("page=2", "r050", 50),
        ("page=3", "r100", 20),
        ("page=99", "r100", 20),  # of a fleet that was larger: the last one there is
        ("limit=7&page=2", "r007", 7),
        ("limit=1000", "r000", 120),  # on one page, so that nothing is left out
        ("runner_id=r", "r000", 50),  # searched: in pages from the first one on
    ],
)
def test_lanes_come_in_pages(query: str, first: str, number: int) -> None:
    lanes = shown(cycle(120), query)

    assert (lanes[0], len(lanes)) == (first, number)


@pytest.mark.parametrize(
    ("query", "lanes"),
    [
        ("runner_id=r01", ["r010", "r011"]),
        ("runner_id=R011", ["r011"]),
        ("runner_id=r003&runner_id=r007", ["r003", "r007"]),
        ("runner_id=web-1", ["r004"]),
        ("runner_id=WEB-1:41", ["r004"]),
        ("runner_id=nobody", []),
    ],
)
def test_lanes_are_found_by_any_part_of_id_or_address(query: str, lanes: list[str]) -> None:
    addresses = {"r004": ("web-1", 412), "r005": ("db", None)}

    assert shown(cycle(12), query, addresses=addresses) == lanes


def test_only_lanes_with_trouble() -> None:
    standings = {
        "r003": Standing.UNSTABLE,
        "r007": Standing.RUNNING,
        "r009": Standing.RUN_IN_TROUBLE,
    }
    found = chosen(cycle(12), "lanes=trouble", standings=standings)

    assert [lane.runner_id for lane in found.lanes] == ["r003", "r009"]
    assert (found.matching, found.total, found.troubled) == (2, 12, 2)


@pytest.mark.parametrize(
    ("owner", "first"),
    [("r000", "r000"), ("r060", "r050"), ("r119", "r100"), ("", "r000")],
)
def test_the_lanes_around_the_owner(owner: str, first: str) -> None:
    lanes = shown(cycle(120), "lanes=owner", owner=owner)

    assert (lanes[0], len(lanes)) == (first, 20)


def test_around_an_owner_that_is_not_searched_are_the_nearest_that_are() -> None:
    # Of r000, r010, … r110, the owner would be between r060 and r070.
    searches = "&".join(f"runner_id=r{number:02}0" for number in range(12))

    lanes = shown(cycle(120), f"lanes=owner&limit=4&{searches}", owner="r065")

    assert lanes == ["r050", "r060", "r070", "r080"]


def test_a_fleet_that_one_page_shows_is_shown_whole() -> None:
    assert shown(cycle(50), standings={"r040": Standing.BLOCKED}) == numbered(*range(50))


def test_a_large_fleet_opens_around_the_owner_and_on_what_is_in_trouble_or_runs() -> None:
    standings = {
        "r003": Standing.BLOCKED,
        "r031": Standing.UNKNOWN,
        "r055": Standing.ABANDONED,  # is around the owner anyway
        "r117": Standing.RUNNING,
    }

    found = chosen(cycle(120), owner="r060", standings=standings)

    assert [lane.runner_id for lane in found.lanes] == numbered(3, *range(50, 70), 117)
    assert (found.is_opening, found.pages) == (True, 1)
    assert (found.matching, found.total, found.troubled, found.troubled_shown) == (120, 120, 2, 2)


def test_of_more_trouble_than_a_page_has_room_for_the_worst_and_nearest_is_shown() -> None:
    standings = dict.fromkeys(numbered(*range(60)), Standing.NO_START)
    standings["r001"] = Standing.RUN_IN_TROUBLE

    found = chosen(cycle(120), owner="r060", standings=standings)

    # Twenty around the owner, the worst, and what is nearest to them: fifty in all.
    assert [lane.runner_id for lane in found.lanes] == numbered(1, *range(21, 70))
    assert (found.troubled, found.troubled_shown) == (60, 40)


@pytest.mark.parametrize(("limit", "lanes"), [(1, (60,)), (3, (2, 59, 60)), (4, (1, 2, 59, 60))])
def test_a_page_of_few_lanes_has_room_for_trouble(limit: int, lanes: tuple[int, ...]) -> None:
    standings = dict.fromkeys(numbered(1, 2), Standing.BLOCKED)

    found = shown(cycle(120), f"limit={limit}", owner="r060", standings=standings)

    assert found == numbered(*lanes)


@pytest.mark.parametrize(
    ("now", "owner"),
    [
        (3_600, "r119"),  # over: nobody is the owner any more
        (0, ""),  # nobody is a member
    ],
)
def test_without_an_owner_trouble_comes_first_and_then_the_first_lanes(
    now: float, owner: str
) -> None:
    standings = {"r090": Standing.BLOCKED, "r100": Standing.NO_START}

    lanes = shown(cycle(120, now=at(now)), owner=owner, standings=standings)

    assert lanes == numbered(90, 100, *range(48))


@pytest.mark.parametrize(
    ("runners", "query", "said"),
    [
        (3, "", ""),
        (50, "", ""),
        (1_000, "", "20 of 1,000 lanes"),
        (1_000, "lanes=all", "1–50 of 1,000 lanes"),
        (1_000, "page=20", "951–1,000 of 1,000 lanes"),
        (51, "page=2", "51 of 51 lanes"),
        (1_000, "runner_id=r01", "10 of 1,000 lanes"),
        (1_000, "runner_id=r0", "1–50 of 100 (1,000 lanes in all)"),
        (1_000, "lanes=owner", "1–20 of 1,000 lanes"),
    ],
)
def test_the_bar_says_which_lanes_are_shown(runners: int, query: str, said: str) -> None:
    assert bar(runners, query).shown == said


@pytest.mark.parametrize(
    ("troubled", "said"),
    [
        (1, "21 of 1,000 lanes, 1 with trouble"),
        (30, "50 of 1,000 lanes, 30 with trouble"),
        (31, "50 of 1,000 lanes, 30 of 31 with trouble"),
    ],
)
def test_the_bar_says_how_much_of_the_trouble_is_shown(troubled: int, said: str) -> None:
    standings = dict.fromkeys(numbered(*range(900, 900 + troubled)), Standing.BLOCKED)

    assert bar(1_000, standings=standings).shown == said


def offers(made: LaneBar) -> list[tuple[str, str]]:
    return [(each.word, each.href.removeprefix("/p/")) for each in made.filters]


ALL, TROUBLE = ("All lanes", ""), ("With trouble", "?lanes=trouble")
OWNER = ("Around the owner", "?lanes=owner")
OF_MANY = ("All lanes", "?lanes=all")


@pytest.mark.parametrize(
    ("runners", "is_over", "has_search", "filters"),
    [
        (4, False, False, []),
        (5, False, False, [ALL, TROUBLE]),
        (9, False, True, [ALL, TROUBLE]),
        (21, False, True, [ALL, TROUBLE, OWNER]),
        (21, True, True, [ALL, TROUBLE]),
        (50, False, True, [ALL, TROUBLE, OWNER]),
        (51, False, True, [("Owner and trouble", ""), OF_MANY, TROUBLE, OWNER]),
        (51, True, True, [("Trouble first", ""), OF_MANY, TROUBLE]),
    ],
)
def test_controls_appear_where_they_are_of_use(
    runners: int, is_over: bool, has_search: bool, filters: list[tuple[str, str]]
) -> None:
    made = bar(runners, is_over=is_over)

    assert made.has_search == has_search
    assert offers(made) == filters


@pytest.mark.parametrize(
    ("runners", "query", "current"),
    [
        (51, "", "Owner and trouble"),
        (51, "lanes=all", "All lanes"),
        (51, "page=2", "All lanes"),
        (51, "runner_id=r", "All lanes"),
        (51, "runner_id=r&lanes=all", "All lanes"),
        (51, "limit=100", "All lanes"),
        (9, "", "All lanes"),
        (9, "lanes=all", "All lanes"),
        (9, "lanes=trouble", "With trouble"),
    ],
)
def test_the_bar_says_what_was_chosen(runners: int, query: str, current: str) -> None:
    assert [each.word for each in bar(runners, query).filters if each.is_current] == [current]


def test_all_that_a_search_found_is_a_filter_away() -> None:
    made = bar(1_000, "runner_id=r0&lanes=trouble")

    assert offers(made)[0] == ("All lanes", "?runner_id=r0")


def test_the_pages_of_a_large_fleet_are_those_of_all_its_lanes() -> None:
    made = bar(1_000, "page=2")

    assert made.previous_url == "/p/?lanes=all"
    assert made.next_url == "/p/?lanes=all&page=3"


@pytest.mark.parametrize("query", ["runner_id=x", "lanes=trouble", "lanes=owner"])
def test_a_choice_that_was_made_can_be_taken_back(query: str) -> None:
    made = bar(2, query, is_over=True)

    assert made.has_search or made.filters
    assert made.all_url == "/p/"
    assert bar(51, query, is_over=True).all_url == "/p/?lanes=all"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("runner_id=x", "No lane matches “x”. 3 lanes in all."),
        ("runner_id=x&runner_id=y", "No lane matches “x” or “y”. 3 lanes in all."),
        ("lanes=trouble", "No lane has trouble. 3 lanes in all."),
        ("lanes=trouble&runner_id=r0", "No lane that matches “r0” has trouble. 3 lanes in all."),
        ("", ""),
    ],
)
def test_nothing_found_is_said(query: str, said: str) -> None:
    assert bar(3, query).empty == said


def test_the_search_keeps_the_filter_and_the_other_searches() -> None:
    made = bar(3, "runner_id=a&runner_id=b&lanes=trouble&page=3")

    assert made.hidden == (("runner_id", "b"), ("lanes", "trouble"))
    assert [each.href for each in made.searches] == ["/p/?runner_id=a&lanes=trouble"]
