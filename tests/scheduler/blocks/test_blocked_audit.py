"""The blocked audit: each of its numbers is that of the rows which the narrower filter finds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.blocks.audit import BlockedAudit, blocked_audit
from scheduler.blocks.bars import Bar
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.history import samples
from scheduler.history.filters import DERIVED, HistoryFilter
from scheduler.history.pages import history_page
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import CycleSummary, DerivedBlock, Execution, Runner, Service, ServiceMode
from tests.conftest import T0, after
from tests.scheduler.history.rows import RUNNERS, Maker
from tests.scheduler.history.test_pages import NOW

pytestmark = pytest.mark.django_db
RECORDED = ("claimed", "reported")
NOON = after(3_900)


@pytest.fixture
def maker(make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(5), [make_service()])
    Execution.objects.bulk_create(made.execution() for _ in range(250))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(80))
    return made


def audit_of(service: Service, asked: HistoryFilter) -> BlockedAudit:
    return blocked_audit(service, asked, now=NOW, zone=UTC)


def listed(service: Service, asked: HistoryFilter) -> int:
    """How many rows the list has."""
    asked = replace(asked, statuses=(Status.BLOCKED,))
    page = history_page((service,), asked, limit=1_000, now=NOW, with_derived=True)
    return len(page.rows)


def later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def of_bar(asked: HistoryFilter, bar: Bar) -> HistoryFilter:
    recorded = tuple(each for each in asked.origins if each != DERIVED) or RECORDED
    return replace(
        asked,
        since=later(asked.since, bar.start),
        until=earlier(asked.until, bar.end),
        reasons=(bar.reason,),
        origins=(DERIVED,) if bar.is_derived else recorded,
    )


def test_every_number_is_that_of_its_list(maker: Maker) -> None:
    service, bars = maker.services[0], 0
    for _ in range(8):
        asked = maker.asked()
        if asked.since and asked.until and asked.since >= asked.until:
            continue
        audit = audit_of(service, asked)

        assert audit.blocks == listed(service, asked)
        for bar in audit.bars.bars[::5]:
            bars += 1
            assert bar.blocks == listed(service, of_bar(asked, bar)), (asked, bar)
        for runner in audit.runners:
            for reason, number in runner.reasons.items():
                cell = replace(asked, runners=maker.called((runner.runner_id,)), reasons=(reason,))
                assert number == listed(service, cell)
        for cycle in audit.worst:
            span = cycle.span
            began = replace(
                asked,
                began_since=later(asked.began_since, span.start),
                began_until=earlier(asked.began_until, span.end),
            )
            assert cycle.blocks == listed(service, began)
    assert bars > 10


def test_it_counts_what_is_not_acknowledged(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    service = maker.services[0]
    expected = listed(service, HistoryFilter(acknowledged=False))

    assert audit_of(service, HistoryFilter()).unacknowledged == expected
    monkeypatch.setattr(samples, "SAMPLE", 10)
    capped = audit_of(service, HistoryFilter(acknowledged=False))
    assert capped.since is not None
    # Of those that began with the eleventh, none is counted.
    assert (capped.blocks, capped.unacknowledged) == (
        10,
        listed(service, HistoryFilter(acknowledged=False, began_since=capped.since)),
    )


@pytest.fixture
def summed_up(service: Service) -> Service:
    """Two blocks a minute for an hour, of three and of one attempts; every cycle is summed up."""
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=T0)
    runners = list(Runner.objects.filter(service=service))
    Execution.objects.bulk_create(
        Execution(
            service=service,
            runner=runners[number % 2],
            run_id=f"run-{number}",
            status="blocked",
            origin="claimed",
            reason="late_start",
            started_at=at,
            ended_at=at,
            first_attempt_at=at,
            last_attempt_at=at,
            cycle_start=T0 + number // 2 * timedelta(minutes=1),
            attempts=1 if number % 2 else 3,
        )
        for number, at in ((each, after(30 * each + 7)) for each in range(120))
    )
    while keep_summaries(service, now=NOON).written:
        pass
    service.refresh_from_db()
    return service


@pytest.mark.parametrize("since", [None, after(600), after(615)])
def test_what_is_older_than_what_is_read_is_counted_from_summaries(
    summed_up: Service, since: datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = HistoryFilter(since=since)
    whole = blocked_audit(summed_up, asked, now=NOON, zone=UTC)
    monkeypatch.setattr(samples, "SAMPLE", 11)

    audit = blocked_audit(summed_up, asked, now=NOON, zone=UTC)

    assert audit.older is not None
    assert audit.is_whole
    assert audit.all_blocks == whole.blocks
    assert audit.all_attempts == whole.attempts
    assert audit.since == audit.older.until
    assert audit.blocks == listed(summed_up, HistoryFilter(began_since=audit.since))
    for start, end, blocks in audit.older.bars[1:]:
        first, last = max(start, audit.older.since), min(end, audit.older.until)
        in_bar = HistoryFilter(began_since=first, began_until=last)
        assert blocks == listed(summed_up, in_bar)
    assert audit.bars.start == whole.bars.start if since else T0


def test_a_cycle_that_is_not_summed_up_is_counted_by_nobody_else(
    summed_up: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 11)
    summed_up.summarised_until = after(3_000)
    behind = blocked_audit(summed_up, HistoryFilter(), now=NOON, zone=UTC)
    summed_up.refresh_from_db()
    monkeypatch.setattr(samples, "SAMPLE", 1)
    of_one_cycle = blocked_audit(summed_up, HistoryFilter(), now=NOON, zone=UTC)

    assert (behind.older, behind.blocks, behind.is_whole) == (None, 11, False)
    assert (of_one_cycle.older, of_one_cycle.blocks) == (None, 1)


def test_blocks_before_the_first_summary_are_counted(
    summed_up: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 11)
    CycleSummary.objects.filter(cycle_start__lt=after(180)).delete()
    few = blocked_audit(summed_up, HistoryFilter(), now=NOON, zone=UTC)
    CycleSummary.objects.filter(cycle_start__lt=after(1_800)).delete()
    many = blocked_audit(summed_up, HistoryFilter(), now=NOON, zone=UTC)

    assert few.older is not None
    assert few.all_blocks == 120
    asked = HistoryFilter(since=few.older.since, until=few.older.until)
    assert few.older.blocks == listed(summed_up, asked)
    assert not many.is_whole


@pytest.mark.parametrize("asked", [HistoryFilter(reasons=("late_start",)), "observed"])
def test_what_summaries_do_not_tell_is_left_out(
    summed_up: Service, asked: HistoryFilter | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 11)
    if asked == "observed":
        # Of such a fleet derived blocks are meant, too.
        summed_up.mode = ServiceMode.OBSERVED
    narrowed = asked if isinstance(asked, HistoryFilter) else HistoryFilter()

    audit = blocked_audit(summed_up, narrowed, now=NOON, zone=UTC)

    assert audit.older is None
    assert not audit.is_whole


def test_the_runners_beyond_the_shown_ones_are_one_row(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = maker.services[0]
    every = audit_of(service, HistoryFilter())

    monkeypatch.setattr("scheduler.blocks.audit.RUNNERS_SHOWN", 1)
    audit = audit_of(service, HistoryFilter())

    assert {each.runner_id for each in every.runners} == set(RUNNERS) - {"idle"}
    assert audit.runners == every.runners[:1]
    assert audit.others.count == 3
    assert audit.others.runner_ids == tuple(each.runner_id for each in every.runners[1:])
    assert audit.others.reasons.total() + audit.runners[0].reasons.total() == every.blocks
    monkeypatch.setattr("scheduler.blocks.audit.VALUES_AT_MOST", 2)
    assert audit_of(service, HistoryFilter()).others.runner_ids == ()


@pytest.mark.parametrize(
    ("now", "goes_on"), [(after(30), True), (after(119), True), (after(120), False)]
)
def test_a_streak_goes_on_until_a_whole_cycle_has_none(
    service: Service, now: datetime, goes_on: bool
) -> None:
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    Execution.objects.create(
        service=service,
        runner=runner,
        run_id="1",
        status="blocked",
        origin="reported",
        reason="late_start",
        started_at=after(20),
        ended_at=after(20),
        first_attempt_at=after(20),
        last_attempt_at=after(20),
    )

    audit = blocked_audit(service, HistoryFilter(), now=now, zone=UTC)

    assert audit.streak is not None
    assert audit.goes_on is goes_on


def test_without_a_block_there_is_nothing_to_show(service: Service) -> None:
    audit = audit_of(service, HistoryFilter(since=NOW - timedelta(hours=1)))

    assert (audit.blocks, audit.bars.bars, audit.runners, audit.worst) == (0, (), (), ())
    assert (audit.bars.start, audit.bars.end) == (NOW - timedelta(hours=1), NOW)
    assert audit.streak is None


@pytest.mark.parametrize("rows", [1, 100])
def test_it_takes_the_same_queries_however_many_blocks(
    maker: Maker, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Execution.objects.bulk_create(maker.execution() for _ in range(rows))

    with django_assert_max_num_queries(5):
        audit_of(maker.services[0], HistoryFilter())
