"""What is planned and laid, without a database."""

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from scheduler.intake.attempt_rows import COLUMNS
from scheduler.simulation.scenario import EventKind
from scheduler.simulation.seeding import rows
from scheduler.simulation.seeding.chapters import UnsettledStory, library, play
from scheduler.simulation.seeding.plan import (
    COORDINATED,
    HOT,
    OBSERVED,
    ImpossibleOrder,
    Share,
    lay,
    shares,
)
from scheduler.simulation.seeding.stories import CALM, CORE, MINUTE, Story
from tests.conftest import T0

STATUS, STARTED_AT, RUN_ID, REASON, DETAIL = (
    COLUMNS.index(name) for name in ("status", "started_at", "run_id", "reason", "reason_detail")
)


def laid(executions: int, runners: int, *, seed: int = 1):
    share = Share(kind=COORDINATED, executions=executions, runners=runners)
    return lay(share, library(COORDINATED, 1), random=Random(seed))


def rows_of(placings, *, seed: int = 1) -> list[rows.Row]:
    cast = [(key, f"runner-{key}") for key in range(100)]
    return list(
        rows.executions(
            placings, service=1, runners=cast, start=T0, written=lambda at: at, random=Random(seed)
        )
    )


def test_the_first_service_has_a_quarter_and_the_others_the_same_each():
    assert shares(executions=1_000, runners=100, services=4) == [
        # 100 runners are 5 for each service, and a quarter of the other 80 for the first
        Share(kind=HOT, executions=250, runners=25),
        Share(kind=COORDINATED, executions=250, runners=25),
        Share(kind=COORDINATED, executions=250, runners=25),
        Share(kind=OBSERVED, executions=250, runners=25),
    ]


@pytest.mark.parametrize(("services", "hot"), [(1, 1_000_003), (2, 500_002), (20, 250_001)])
def test_nothing_is_lost_by_sharing(services, hot):
    each = shares(executions=1_000_003, runners=997, services=services)

    assert each[0].executions == hot
    assert sum(share.executions for share in each) == 1_000_003
    assert sum(share.runners for share in each) == 997


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"executions": 1_000, "runners": 9, "services": 2}, "need at least 10 runners, 5 each"),
        ({"executions": 1_000, "runners": 9, "services": 0}, "one service at least"),
    ],
)
def test_too_few_runners_are_refused(order, says):
    with pytest.raises(ImpossibleOrder, match=says):
        shares(**order)


def test_too_few_executions_for_so_many_runners_are_refused():
    with pytest.raises(ImpossibleOrder, match="too few for the 100 runners of one service"):
        laid(1_000, 100)


@pytest.mark.parametrize(("executions", "runners"), [(600, 5), (2_001, 7), (9_999, 60)])
def test_every_runner_has_its_part_of_exactly_so_many_executions(executions, runners):
    placings = laid(executions, runners)

    made = rows_of(placings)
    assert len(made) == executions
    assert {row[1] for row in made} == set(range(runners))


def test_a_tenth_of_the_runners_come_once_and_have_a_handful():
    per_runner = Counter(row[1] for row in rows_of(laid(9_999, 60)))

    # 60 runners less a tenth are 10 generations of 5, and 10 guests
    rare = [number for key, number in per_runner.items() if key >= 50]
    assert len(rare) == 10
    assert max(rare) <= 15
    assert max(per_runner.values()) > 200


def test_chapters_follow_each_other_without_a_gap():
    placings = laid(9_999, 60)

    ends = [each.begins_at + each.chapter.length for each in placings]
    assert [each.begins_at for each in placings] == [timedelta(), *ends[:-1]]
    assert sum(each.closes for each in placings) == 10


def test_rows_are_in_order_of_time_with_run_ids_of_their_own():
    made = rows_of(laid(5_000, 20))

    starts = [row[STARTED_AT] for row in made]
    assert starts == sorted(starts)
    ids = [row[RUN_ID] for row in made]
    assert len(set(ids)) == 5_000
    assert {(UUID(each).version, UUID(each).variant) for each in ids} == {
        (4, "specified in RFC 4122")
    }


def test_a_block_names_a_run_that_went_on_then():
    made = rows_of(laid(5_000, 20))

    starts = {row[RUN_ID]: row[STARTED_AT] for row in made}
    named = [
        (row[STARTED_AT], row[DETAIL].partition(" ")[0])
        for row in made
        if row[REASON] == "prior_running"
    ]
    assert len(named) > 10
    assert all(starts[run_id] <= at for at, run_id in named)


def test_the_last_run_goes_on_when_the_history_ends():
    running = [row for row in rows_of(laid(601, 5)) if row[STATUS] == "running"]

    assert len(running) == 1


def test_the_same_seed_makes_the_same_rows():
    assert rows_of(laid(2_000, 10)) == rows_of(laid(2_000, 10))
    assert play(CALM, COORDINATED, seed=3) == play(CALM, COORDINATED, seed=3)


def test_another_seed_makes_other_rows():
    assert rows_of(laid(2_000, 10), seed=2) != rows_of(laid(2_000, 10))
    assert play(CALM, COORDINATED, seed=4) != play(CALM, COORDINATED, seed=3)


@pytest.mark.parametrize(
    "line",
    [
        # a runner is gone for good, a run outlives the story, a newcomer stays
        (1, EventKind.CRASH, CORE[0], 0),
        (1, EventKind.LONG_RUN, CORE[0], 30 * MINUTE),
        (1, EventKind.JOIN, "extra-1", 0),
    ],
)
def test_a_story_that_does_not_end_as_it_began_is_refused(line):
    with pytest.raises(UnsettledStory):
        play(Story(name="unsettled", cycles=10, lines=(line,)), HOT, seed=1)
