"""Several runs at once: each longest interval with two or more at every instant of it."""

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents.kinds import Incident
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.rows import RecordedExecution
from tests.core.build import abandoned, at, cycle, execution, refusal, seconds, span, watch

FLEET = [span(name, number - 9) for number, name in enumerate("abc")]
US = 0.000001


def overlaps(*executions: RecordedExecution, now: float = 300) -> list[Incident]:
    judged = judge_cycle(cycle(*FLEET, executions=executions, now=now))
    return [each for each in judged.incidents if each.kind == "overlap"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(10, 30), (20, 50)], [(20, 30, 2)]),
        ([(10, 20), (20, 30)], []),  # one follows the other
        ([(10, 20), (20 - US, 30)], [(20 - US, 20, 2)]),
        ([(0, 100), (10, 20), (15, 18), (50, 60)], [(10, 20, 3), (50, 60, 2)]),
        ([(0, 10), (5, 20), (12, 15)], [(5, 10, 2), (12, 15, 2)]),
        ([(0, 10), (5, 20), (10, 15)], [(5, 15, 3)]),  # no instant between them
        ([(0, 100), (1, 3), (2, 50)], [(1, 50, 3)]),
        ([(0, 10), (1, 9), (2, 20)], [(1, 10, 3)]),
        ([(0, 10), (1, 30), (2, 20)], [(1, 20, 3)]),
        ([(0, 10), (5, 5)], []),  # a run of no length
        ([(5, 9), (5, 9)], [(5, 9, 2)]),
        ([(-50, 20), (-40, 10)], [(-40, 10, 2)]),  # with its true start
        ([(-50, 20), (-40, US)], [(-40, US, 2)]),
        ([(-50, 20), (-40, 0)], []),  # it was over when the cycle began
        ([(290, 400), (300 - US, 310)], [(300 - US, 310, 2)]),
        ([(290, 400), (300, 310)], []),  # it began when the cycle was over
    ],
)
def test_a_interval_lasts_while_two_or_more_go_on(
    spans: list[tuple[float, float]], expected: list[tuple[float, float, int]]
) -> None:
    runs = [
        execution(f"r{number}", *each, number=number) for number, each in enumerate(spans, start=1)
    ]

    found = overlaps(*runs, now=500)

    assert [
        (seconds(each.start), each.end and seconds(each.end), each.count) for each in found
    ] == expected
    assert [each.seconds for each in found] == [
        pytest.approx(end - start, abs=1e-9) for start, end, _ in expected
    ]


@pytest.mark.parametrize(
    ("ends", "end"), [((None, None), None), ((None, 60), 60), ((60, None), 60), ((60, 70), 60)]
)
def test_it_goes_on_where_two_runs_do(
    ends: tuple[float | None, float | None], end: float | None
) -> None:
    (overlap,) = overlaps(
        execution("a", 10, ends[0]), execution("b", 20, ends[1], number=2), now=80
    )

    assert overlap.end == (None if end is None else at(end))
    assert overlap.seconds == (80 if end is None else end) - 20


def test_an_abandoned_run_counts_and_a_refused_attempt_does_not() -> None:
    assert overlaps(abandoned("a", 10, 30), execution("b", 20, 25, number=2))
    assert not overlaps(refusal("a", 10, 30), execution("b", 20, 25, number=2))


def test_a_runner_of_two_runs_is_named_once() -> None:
    mine = overlaps(execution("a", 10, 30), execution("a", 20, 40, number=2))
    many = overlaps(*(execution(f"r{n}", n, 50, number=n) for n in range(1, 6)))

    assert mine[0].runner_ids == ("a",)
    assert (mine[0].count, mine[0].seconds) == (2, 10.0)
    assert many[0].runner_ids == ("r1", "r2", "r3", "r4", "r5")
    assert (many[0].count, many[0].seconds) == (5, 48.0)


@pytest.mark.parametrize(
    ("first", "last", "reason", "cost"),
    [
        (20, 30, "prior_running", 5),
        (10, 20 - US, "prior_running", 0),
        (10, 20, "prior_running", 5),
        (30, 40, "prior_running", 5),
        (30 + US, 40, "prior_running", 0),
        (0, 90, "prior_running", 5),  # the repeats stand for all of their interval
        (20, 30, "late_start", 0),
    ],
)
def test_it_cost_the_starts_that_a_run_refused_meanwhile(
    first: float, last: float, reason: str, cost: int
) -> None:
    refused = refusal("c", first, last, reason=reason, attempts=5, number=3)

    (overlap,) = overlaps(execution("a", 10, 30), execution("b", 20, 50, number=2), refused)

    assert overlap.blocked_attempts == cost


def test_a_run_that_was_abandoned_for_a_prior_one_was_not_refused() -> None:
    other = abandoned("c", 25, 26, reason="prior_running", number=3)

    (overlap,) = overlaps(execution("a", 10, 70), execution("b", 20, 50, number=2), other)

    assert overlap.blocked_attempts == 0


def test_rows_that_end_out_of_order_are_summed_up_all_the_same() -> None:
    long = refusal("c", 5, 100, reason="prior_running", attempts=7, number=3)
    short = refusal("c", 10, 15, reason="prior_running", attempts=2, number=4)

    (overlap,) = overlaps(execution("a", 1, 30), execution("b", 20, 50, number=2), long, short)

    assert overlap.blocked_attempts == 7


@pytest.mark.parametrize(
    ("watches", "expected"),
    [
        (None, (None, None, 60.0)),
        ([watch(-9, 80)], (None, None, 60.0)),
        ([watch(-9, 50)], (None, 50, 30.0)),
        ([watch(-9, 20 + US)], (None, 20 + US, US)),
    ],
)
def test_it_goes_on_as_far_as_it_was_watched(
    watches: list[WatchSpan] | None, expected: tuple[object, float | None, float]
) -> None:
    runs = [execution("a", 10), execution("b", 20, number=2)]

    (overlap,) = judge_cycle(cycle(*FLEET, executions=runs, now=80, watches=watches)).incidents[:1]

    known = overlap.known_until and seconds(overlap.known_until)
    assert (overlap.kind, overlap.end, known) == ("overlap", *expected[:2])
    assert overlap.seconds == pytest.approx(expected[2])


@pytest.mark.parametrize("watches", [[], [watch(-9, 15)], [watch(-9, 20)]])
def test_runs_of_which_only_starts_are_known_do_not_overlap(watches: list[WatchSpan]) -> None:
    runs = [execution("a", 10), execution("b", 20, number=2)]

    judged = judge_cycle(cycle(*FLEET, executions=runs, now=80, watches=watches))

    assert [each.kind for each in judged.incidents if each.kind == "overlap"] == []


def test_an_overlap_that_nobody_watched_counts_once_it_is_known() -> None:
    runs = [execution("a", 10, 30), execution("b", 20, 50, number=2)]

    judged = judge_cycle(cycle(*FLEET, executions=runs, watches=[watch(-9, 5)]))

    (overlap,) = (each for each in judged.incidents if each.kind == "overlap")
    assert (overlap.start, overlap.end) == (at(20), at(30))


@pytest.mark.parametrize(
    ("every", "length", "is_told"),
    [
        (0, 0.011, True),  # every start is asked for: it is exact
        (2, 0.011, False),  # clocks agree to 50 ms
        (2, 0.05, False),
        (2, 0.051, True),
        (300, 2, False),  # looks further apart than cycles are long
    ],
)
def test_an_overlap_finer_than_what_is_known_is_told_where_it_cost_something(
    every: float, length: float, *, is_told: bool
) -> None:
    runs = [execution("a", 10, 20 + length), execution("b", 20, 50, number=2)]
    refused = refusal("c", 20, reason="prior_running", number=3)

    def is_overlap(*rows: RecordedExecution) -> bool:
        timeline = cycle(*FLEET, executions=rows, watches=[watch(-9, 400, every=every)])
        return any(each.kind == "overlap" for each in judge_cycle(timeline).incidents)

    assert is_overlap(*runs) is is_told
    assert is_overlap(*runs, refused)
