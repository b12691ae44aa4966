from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.history import streams
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.orders import Cursor, Place, WrongCursor, cursor_from
from scheduler.history.pages import HistoryPage, Row, execution_page, history_page
from scheduler.models import DerivedBlock, Execution, Runner, Service
from tests.conftest import T0
from tests.lengths import first_of, short_and_whole
from tests.scheduler.history.rows import INSTANTS, Maker, in_order, is_meant
from tests.scheduler.work import work_of

pytestmark = pytest.mark.django_db

NOW = INSTANTS[-1] + timedelta(hours=1, microseconds=5)
ROWS = 250
DERIVED_ROWS = 40
FILTERS = short_and_whole(15, 60)


@pytest.fixture(params=first_of(1, [1, 2, 3]))
def maker(request: pytest.FixtureRequest, make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(request.param), [make_service() for _ in range(3)])
    Execution.objects.bulk_create(made.execution() for _ in range(ROWS))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(DERIVED_ROWS))
    return made


@pytest.fixture(params=[0, 20, 2_000], ids="rare={}".format)
def rare(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows count as few, which decides between finding and walking."""
    monkeypatch.setattr(streams, "RARE", request.param)


def stored() -> list[Row]:
    rows: list[Row] = list(Execution.objects.select_related("runner"))
    return rows + list(DerivedBlock.objects.select_related("runner"))


def naive(
    rows: Sequence[Row], services: Sequence[Service], asked: HistoryFilter, sort: Sort
) -> list[Row]:
    keys = {service.pk for service in services}
    return in_order(
        [row for row in rows if row.service_id in keys and is_meant(row, asked, NOW)], sort, NOW
    )


def places(rows: Sequence[Row]) -> list[tuple[str, int]]:
    return [(type(row).__name__, row.pk) for row in rows]


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.usefixtures("rare")
def test_pages_hold_what_a_look_at_every_row_finds(maker: Maker, filters: int) -> None:
    """Any filter in any order, through all pages and back, while rows are inserted."""
    random, rows = maker.random, stored()
    seen = 0
    for _ in range(filters):
        asked, sort = maker.asked(), random.choice(list(Sort))
        services = random.sample(maker.services, random.randint(1, 3))
        with_derived = not sort.is_by_duration and random.random() < 0.5
        limit = random.randint(1, 40)

        def page(cursor: Cursor | None, now: int = 0) -> HistoryPage[Row]:
            text = None if cursor is None else cursor_from(str(cursor), sort)  # noqa: B023
            return history_page(
                services,  # noqa: B023
                asked,  # noqa: B023
                sort=sort,  # noqa: B023
                cursor=text,
                limit=limit,  # noqa: B023
                # Whatever the time, a cursor goes on with that of its first page.
                now=NOW + timedelta(seconds=now),
                with_derived=with_derived,  # noqa: B023
            )

        expected = [
            row
            for row in naive(rows, services, asked, sort)
            if with_derived or isinstance(row, Execution)
        ]
        forwards: list[Row] = []
        cursor: Cursor | None = None
        while True:
            last = page(cursor, now=len(forwards))
            forwards += last.rows
            assert (last.previous is None) == (cursor is None or not last.rows)
            if last.next is None:
                break
            assert len(last.rows) == limit
            cursor = last.next
            rows.append(inserted(maker))
        known = set(places(expected))
        assert [place for place in places(forwards) if place in known] == places(expected)
        assert len(set(places(forwards))) == len(forwards)

        back, cursor = list(last.rows), last.previous
        while cursor is not None:
            before = page(cursor)
            back = [*before.rows, *back]
            cursor = before.previous
            rows.append(inserted(maker))
        assert [place for place in places(back) if place in known] == places(expected)
        assert len(set(places(back))) == len(back)
        seen += len(expected)
    # The filters are such that there was something to see.
    assert seen > filters * 5


@pytest.mark.parametrize("sort", Sort)
def test_listed_executions_are_those_of_the_pages_and_tell_the_same(
    maker: Maker, sort: Sort
) -> None:
    asked, cursor = HistoryFilter(), None
    while True:
        page = history_page(maker.services, asked, sort=sort, cursor=cursor, limit=40, now=NOW)
        listed = execution_page(maker.services, asked, sort=sort, cursor=cursor, limit=40, now=NOW)
        assert (listed.next, listed.previous) == (page.next, page.previous)
        for row, execution in zip(listed.rows, page.rows, strict=True):
            told = row._asdict()
            runner = told.pop("runner")
            assert told == {name: getattr(execution, name) for name in told}
            assert runner._asdict() == {
                name: getattr(execution.runner, name) for name in ("runner_id", "host", "pid")
            }
        if page.next is None:
            break
        cursor = page.next


def test_a_list_asks_for_its_rows_and_what_they_refer_to_once(
    maker: Maker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for limit in (60, 200):
        # The heads of the streams, the executions, runners, acknowledgements.
        with django_assert_num_queries(4):
            execution_page(maker.services[:1], HistoryFilter(), limit=limit, now=NOW)


def inserted(maker: Maker) -> Row:
    row: Row = maker.derived() if maker.random.random() < 0.2 else maker.execution()
    row.save()
    return row


@pytest.mark.parametrize("sign", [1, -1])
def test_a_cursor_outside_of_the_calendar_is_refused(sign: int) -> None:
    # 10^18 microseconds are 31,700 years.
    place = Place(key=sign * 10**18, kind=0, pk=1)
    text = str(Cursor(sort=Sort.NEWEST, place=place, as_of=T0, is_backwards=False))
    with pytest.raises(WrongCursor, match="cut off or was changed"):
        cursor_from(text, Sort.NEWEST)


def test_a_cursor_reads_as_it_was_written(maker: Maker) -> None:
    page = history_page(maker.services, HistoryFilter(), limit=3, now=NOW)
    assert page.next is not None
    assert cursor_from(str(page.next), Sort.NEWEST) == page.next


@pytest.mark.parametrize("text", ["", "x", "~~~", "é", "LXN0YXJ0ZWRfYXQ", "A" * 5_000])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(WrongCursor, match="cut off or was changed"):
        cursor_from(text, Sort.NEWEST)


def test_a_cursor_of_another_order_is_refused(maker: Maker) -> None:
    page = history_page(maker.services, HistoryFilter(), limit=3, now=NOW)
    with pytest.raises(WrongCursor, match="sort=-started_at"):
        cursor_from(str(page.next), Sort.LONGEST)


def test_a_page_asks_as_often_for_many_rows_as_for_few(
    maker: Maker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for limit in (60, 200):
        # The heads of the streams, the executions, the derived blocks, runners, acknowledgements.
        with django_assert_num_queries(5):
            page = history_page(
                maker.services[:1], HistoryFilter(), limit=limit, now=NOW, with_derived=True
            )
            for row in page.rows:
                assert row.runner.runner_id
                assert row.service.slug
                assert row.acknowledgement is None or row.acknowledgement.note


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
def test_a_far_page_looks_at_no_more_rows_than_the_first(
    make_service: Callable[..., Service], sort: Sort
) -> None:
    service = make_service()
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    starts = [T0 + timedelta(minutes=number) for number in range(2_000)]
    Execution.objects.bulk_create(
        Execution(
            service=service,
            runner=runner,
            run_id=f"run-{start}",
            status="completed",
            origin="claimed",
            **dict.fromkeys(("started_at", "ended_at"), start),
            **dict.fromkeys(("first_attempt_at", "last_attempt_at"), start),
        )
        for start in starts
    )
    # Both bounds are there as well as the cursor's.
    asked = HistoryFilter(since=starts[0], until=starts[-1] + timedelta(minutes=1))
    ask = partial(execution_page, [service], asked, sort=sort, now=starts[-1])
    far = ask(limit=1_900).next

    first, beyond = (work_of(lambda: ask(limit=50, cursor=cursor)) for cursor in (None, far))  # noqa: B023

    assert 0 < beyond <= 1.3 * first


def test_nothing_is_found_before_all_history(maker: Maker) -> None:
    page = history_page(maker.services, HistoryFilter(until=T0), limit=3, now=NOW)
    assert (page.rows, page.next, page.previous) == ((), None, None)
