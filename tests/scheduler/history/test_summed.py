from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.history.filters import HistoryFilter
from scheduler.history.summed import can_be_summed, first_summed, summed
from scheduler.models import CycleSummary, Execution, Policy, Runner, Service
from scheduler.words.round_steps import RoundSteps
from tests.conftest import T0, after
from tests.scheduler.history.rows import MadeUp

pytestmark = pytest.mark.django_db

# Cycles are of a minute, intervals of five.
CYCLES = 30
WIDTH = timedelta(minutes=5)
STEPS = RoundSteps(length=WIDTH, edges=tuple(T0 + number * WIDTH for number in range(8)))


@pytest.fixture
def services(make_service: Callable[..., Service]) -> list[Service]:
    random, made = Random(1), [make_service(), make_service()]
    for service in made:
        runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
        Execution.objects.bulk_create(
            execution(runner, number, random.choice(list(Status)), random.uniform(0, 60 * CYCLES))
            for number in range(200)
        )
        while keep_summaries(service, now=after(60 * CYCLES)).written:
            pass
    return made


def execution(runner: Runner, number: int, status: Status, at: float) -> Execution:
    return Execution(
        service=runner.service,
        runner=runner,
        run_id=f"run-{number}",
        status=status.value,
        origin="reported",
        started_at=after(at),
        ended_at=None if status == Status.RUNNING else after(at),
        first_attempt_at=after(at),
        last_attempt_at=after(at),
        reason="late_start" if status == Status.BLOCKED else "",
        attempts=3 if status == Status.BLOCKED else 1,
    )


def naive(services: list[Service], since: float, until: float) -> dict[int, Counter[Status]]:
    """Executions that began between two times, in seconds, by the interval they began in."""
    counts: dict[int, Counter[Status]] = {}
    for row in Execution.objects.filter(service__in=services):
        if after(since) <= row.started_at < after(until):
            number = (row.started_at - T0) // WIDTH
            counts.setdefault(number, Counter())[Status(row.status)] += 1
    return counts


def test_summaries_count_what_began_in_each_interval(
    services: list[Service], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # Two policies of two services, and one sum.
    with django_assert_num_queries(3):
        found = summed(services, HistoryFilter(), before=after(60 * CYCLES), steps=STEPS)
    assert found is not None
    assert found.counts == naive(services, 0, 60 * CYCLES)
    assert found.since == T0
    assert sum(each.total() for each in found.counts.values()) == 400


def test_intervals_need_not_be_equally_long(services: list[Service]) -> None:
    """As over a change of clocks: some, a longer one, some, a shorter one, some."""
    edges = tuple(map(after, (0, 300, 600, 1_020, 1_320, 1_500, 1_800)))
    steps = RoundSteps(length=WIDTH, edges=edges)
    found = summed(services, HistoryFilter(), before=after(60 * CYCLES), steps=steps)
    assert found is not None
    for number, (start, end) in enumerate(pairwise(edges)):
        began = Execution.objects.filter(started_at__gte=start, started_at__lt=end)
        assert found.counts[number].total() == began.count()


def test_the_cycle_that_an_instant_is_in_is_counted_whole(services: list[Service]) -> None:
    found = summed(services[:1], HistoryFilter(), before=after(600.5), steps=STEPS)
    assert found is not None
    assert found.until == {services[0].pk: after(660)}
    assert found.counts == naive(services[:1], 0, 660)


def test_only_what_is_asked_for_is_counted(services: list[Service]) -> None:
    asked = HistoryFilter(statuses=(Status.BLOCKED,), since=after(300))
    found = summed(services, asked, before=after(900), steps=STEPS)
    assert found is not None
    expected = {
        number: {Status.BLOCKED: each[Status.BLOCKED]}
        for number, each in naive(services, 300, 900).items()
    }
    assert {number: dict(each) for number, each in found.counts.items()} == expected
    assert found.since == after(300)


def test_without_summaries_there_is_nothing(services: list[Service]) -> None:
    CycleSummary.objects.all().delete()
    asked = HistoryFilter()
    assert first_summed(services, asked) is None
    assert summed(services, asked, before=after(900), steps=STEPS) is None
    assert summed([], asked, before=after(900), steps=STEPS) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (HistoryFilter(), True),
        (HistoryFilter(since=T0, until=T0, statuses=(Status.RUNNING,)), True),
        (HistoryFilter(runners=(Runner(pk=1),)), False),
        (HistoryFilter(reasons=("a",)), False),
        (HistoryFilter(origins=("claimed",)), False),
        (HistoryFilter(min_duration_seconds=1.0), False),
        (HistoryFilter(run_id="a"), False),
        (HistoryFilter(acknowledged=False), False),
        (HistoryFilter(began_since=T0), False),
        (MadeUp(attempts=1), False),
    ],
)
def test_summaries_know_times_and_statuses(asked: HistoryFilter, expected: bool) -> None:
    assert can_be_summed(asked) is expected


def test_what_summaries_do_not_know_is_not_counted_from_them(services: list[Service]) -> None:
    asked = MadeUp(attempts=3)

    assert first_summed(services, HistoryFilter()) == T0
    assert first_summed(services, asked) is None
    assert summed(services, asked, before=after(60 * CYCLES), steps=STEPS) is None


def test_thousands_of_services_are_summed(services: list[Service]) -> None:
    first = dict(Policy.objects.filter(service=services[0]).values().get())
    first.pop("id")
    more = Service.objects.bulk_create(
        Service(slug=f"more-{number}", name="More", mode="observed", created_at=T0)
        for number in range(1_100)
    )
    Policy.objects.bulk_create(Policy(**(first | {"service_id": each.pk})) for each in more)

    found = summed(
        [services[0], *more, services[1]],
        HistoryFilter(),
        before=after(60 * CYCLES),
        steps=STEPS,
    )

    assert found is not None
    assert found.counts == naive(services, 0, 60 * CYCLES)
