"""Which lanes are shown: what an address asks for, and what it gets."""

from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.cycle.chosen_lanes import ChosenLanes, choose_lanes, troubled_runners
from dashboard.cycle.lane_bar import LaneBar, lane_bar
from dashboard.cycle.lane_choice import LaneChoice, LaneFilter, lane_choice
from dashboard.web.choices import WrongChoice
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, execution, revision, span

POLICY = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0)


def cycle(runners: int, **rows: Any) -> CycleTimeline:
    """One of `r000`, `r001`, …, which have windows of an hour between them."""
    presences = [span(f"r{number:03}") for number in range(runners)]
    defaults: dict[str, Any] = {"executions": [], "policies": [revision(POLICY)], "now": at(0)}
    return reconstruct(cycle_start=T0, presences=presences, **(defaults | rows))


def chosen(timeline: CycleTimeline, query: str = "", **more: Any) -> ChosenLanes:
    defaults: dict[str, Any] = {"troubled": (), "owner": "r000", "addresses": {}}
    return choose_lanes(timeline, lane_choice(QueryDict(query)), **(defaults | more))


def shown(timeline: CycleTimeline, query: str = "", **more: Any) -> list[str]:
    return [lane.runner_id for lane in chosen(timeline, query, **more).lanes]


def bar(runners: int, query: str = "", *, is_over: bool = False) -> LaneBar:
    choice = lane_choice(QueryDict(query))
    return lane_bar(choice, chosen(cycle(runners), query), path="/p/", is_over=is_over)


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ("", LaneChoice()),
        ("runner_id=", LaneChoice()),  # a form that was sent empty
        ("runner_id=+a+", LaneChoice(searches=("a",))),
        ("runner_id=a&runner_id=b&runner_id=a", LaneChoice(searches=("a", "b"))),
        ("lanes=all", LaneChoice()),
        ("lanes=trouble", LaneChoice(lanes=LaneFilter.TROUBLE)),
        ("lanes=owner&lanes=owner", LaneChoice(lanes=LaneFilter.OWNER)),
        ("page=3&limit=1000", LaneChoice(page=3, limit=1_000)),
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
    assert choice.query() == ""


@pytest.mark.parametrize(
    ("query", "first", "number"),
    [
        ("", "r000", 50),
        ("page=2", "r050", 50),
        ("page=3", "r100", 20),
        ("page=99", "r100", 20),  # of a fleet that was larger: the last one there is
        ("limit=7&page=2", "r007", 7),
        ("limit=1000", "r000", 120),
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
    found = chosen(cycle(12), "lanes=trouble", troubled={"r003", "r009"})

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


def ended(runner_id: str, status: Status) -> RecordedExecution:
    return replace(execution(runner_id, 0, 0), status=status)


@pytest.mark.parametrize(
    ("now", "executions", "troubled"),
    [
        # Windows of 900 s; at 0 s none has passed.
        (0, [], set()),
        # r000's has, without a start.
        (901, [], {"r000"}),
        (901, [execution("r000", 5, 9)], set()),
        (0, [ended("r001", Status.ABANDONED)], {"r001"}),
        (0, [ended("r002", Status.BLOCKED)], {"r002"}),
        # r000 holds it still, past its slot, and did at every instant of r001's.
        (1_900, [execution("r000", 5)], {"r000", "r001"}),
    ],
)
def test_what_is_trouble(
    now: float, executions: list[RecordedExecution], troubled: set[str]
) -> None:
    timeline = cycle(4, now=at(now), executions=executions)

    assert troubled_runners(timeline, judge_cycle(timeline)) == troubled


@pytest.mark.parametrize(
    ("runners", "query", "said"),
    [
        (3, "", ""),
        (50, "", ""),
        (1_000, "", "1–50 of 1,000 lanes"),
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
    ("runners", "is_over", "has_search", "filters"),
    [
        (4, False, False, []),
        (5, False, False, ["All lanes", "With trouble"]),
        (9, False, True, ["All lanes", "With trouble"]),
        (21, False, True, ["All lanes", "With trouble", "Around the owner"]),
        (21, True, True, ["All lanes", "With trouble"]),
    ],
)
def test_controls_appear_where_they_are_of_use(
    runners: int, is_over: bool, has_search: bool, filters: list[str]
) -> None:
    made = bar(runners, is_over=is_over)

    assert made.has_search == has_search
    assert [each.word for each in made.filters] == filters


@pytest.mark.parametrize("query", ["runner_id=x", "lanes=trouble", "lanes=owner"])
def test_a_choice_that_was_made_can_be_taken_back(query: str) -> None:
    made = bar(2, query, is_over=True)

    assert made.has_search or made.filters
    assert made.all_url == "/p/"


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
