from datetime import UTC, timedelta

import pytest
from django.http import QueryDict

from dashboard.history.query import HistoryQuery, history_query
from dashboard.web.choices import WrongChoice
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.models import Runner, Service
from tests.conftest import T0

pytestmark = pytest.mark.django_db

ORIGINS = ("claimed", "reported")


def read(query: str, *services: Service) -> HistoryQuery:
    return history_query(QueryDict(query), services, now=T0, zone=UTC, origins=ORIGINS)


def test_an_address_without_a_query_asks_for_all(service: Service) -> None:
    query = read("", service)
    assert (query.asked, query.sort, query.limit) == (HistoryFilter(), Sort.NEWEST, 50)
    assert query.query() == ""


def test_every_filter_is_read(service: Service) -> None:
    a, b = (
        Runner.objects.create(service=service, runner_id=name, first_seen_at=T0)
        for name in ("a", "b")
    )
    query = read(
        "runner_id=a&runner_id=b&status=blocked&status=running&reason=late_start&origin=claimed"
        "&from=now-6h&to=2026-03-14T11:00:00Z&min_duration_seconds=0.5&max_duration_seconds=60"
        "&run_id=ab&acknowledged=no&cycle_start=2026-03-14T10:59:00Z&sort=-duration_seconds&limit=7",
        service,
    )
    assert query.asked == HistoryFilter(
        runners=(a, b),
        statuses=(Status.BLOCKED, Status.RUNNING),
        reasons=("late_start",),
        origins=("claimed",),
        since=T0 - timedelta(hours=6),
        until=T0 - timedelta(hours=1),
        began_since=T0 - timedelta(minutes=61),
        began_until=T0 - timedelta(minutes=60),
        min_duration_seconds=0.5,
        max_duration_seconds=60.0,
        run_id="ab",
        acknowledged=False,
    )
    assert (query.sort, query.limit) == (Sort.LONGEST, 7)


def test_empty_values_and_repeats_leave_no_trace(service: Service) -> None:
    query = read("status=&from=&reason=x&reason=x&limit=", service)
    assert query.query() == "?reason=x"


def test_an_address_keeps_what_was_written_but_the_cursor(service: Service) -> None:
    query = read("reason=a+b&from=now-6h&tz=UTC", service)
    assert query.query() == "?reason=a+b&from=now-6h&tz=UTC"
    changed = query.query({"sort": ("started_at",), "from": ()})
    assert changed == "?reason=a+b&sort=started_at&tz=UTC"
    assert query.without("reason", "a b") == "?from=now-6h&tz=UTC"
    assert query.unfiltered() == "?tz=UTC"


@pytest.mark.parametrize(
    ("query", "what", "then"),
    [
        ("status=lost", "status=lost is not known", "status=running"),
        ("origin=guessed", "origin=guessed is not known", "origin=claimed or origin=reported"),
        ("runner_id=nobody", "No runner “nobody” is known", "in full"),
        ("from=yesterday", "from: “yesterday” is a whole day", "from=now-6h"),
        ("from=now-1h&to=now-2h", "from is after to", "Exchange them"),
        ("min_duration_seconds=-1", "min_duration_seconds=-1 is not a duration", "1.5"),
        ("min_duration_seconds=2&max_duration_seconds=1", "is after", "Exchange"),
        ("run_id=" + "x" * 201, "can't be one", "at most 200 characters"),
        ("reason=%00", "can't be one", "no NUL"),
        ("acknowledged=maybe", "acknowledged=maybe is not known", "acknowledged=yes"),
        ("sort=name", "sort=name is not known", "sort=-started_at"),
        ("sort=started_at&sort=-started_at", "contradict each other", "Give sort once"),
        ("limit=501", "limit=501 is not a number of rows", "from 1 to 500"),
        ("limit=0", "limit=0 is not a number of rows", "from 1 to 500"),
        ("cursor=abc", "This cursor leads nowhere", "Leave cursor out"),
        ("cycle_start=2026-03-14T10:59:30Z", "is not the start", "at 2026-03-14T10:59:00Z"),
        ("&".join(f"reason={each}" for each in range(51)), "51 values", "at most 50 times"),
    ],
)
def test_what_is_wrong_is_named_and_what_would_be_right(
    service: Service, query: str, what: str, then: str
) -> None:
    with pytest.raises(WrongChoice) as wrong:
        read(query, service)
    assert what in wrong.value.what
    assert then in wrong.value.then


def test_a_cycle_is_asked_of_one_service(service: Service) -> None:
    with pytest.raises(WrongChoice, match="needs one service"):
        read("cycle_start=2026-03-14T10:59:00Z", service, service)
