"""Times on pages about a past with another offset than today's, or with two of them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Origin, Runner, Service
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)

# Zone, minutes of a cycle, its start, how its page writes it, and the offset of ``NOW`` there.
CYCLES = [
    ("America/New_York", 60, "2026-10-25T04:00:00", "2026-10-25 00:00:00 – 01:00:00 UTC−04:00"),
    (  # with a change of clocks inside
        *("America/New_York", 60, "2026-11-01T05:00:00"),
        "2026-11-01 01:00:00 UTC−04:00 – 01:00:00 UTC−05:00",
    ),
    ("America/New_York", 60, "2026-11-01T06:00:00", "2026-11-01 01:00:00 – 02:00:00 UTC−05:00"),
    (
        *("America/New_York", 60, "2026-03-08T06:00:00"),
        "2026-03-08 01:00:00 UTC−05:00 – 03:00:00 UTC−04:00",
    ),
    ("America/New_York", 5, "2026-11-01T05:30:00", "2026-11-01 01:30:00 – 01:35:00 UTC−04:00"),
    ("America/New_York", 5, "2026-11-01T06:30:00", "2026-11-01 01:30:00 – 01:35:00 UTC−05:00"),
    (
        *("America/New_York", 1_440, "2026-11-01T00:00:00"),
        "2026-10-31 20:00:00 UTC−04:00 – 2026-11-01 19:00:00 UTC−05:00",
    ),
    ("Europe/London", 60, "2026-06-01T23:00:00", "2026-06-02 00:00:00 – 01:00:00 UTC+01:00"),
    (
        *("Europe/London", 60, "2026-10-25T00:00:00"),
        "2026-10-25 01:00:00 UTC+01:00 – 01:00:00 UTC",
    ),
    ("Europe/London", 60, "2026-10-25T01:00:00", "2026-10-25 01:00:00 – 02:00:00 UTC"),
    (
        "Asia/Kolkata",
        60,
        "2026-05-30T18:00:00",
        "2026-05-30 23:30:00 – 2026-05-31 00:30:00 UTC+05:30",
    ),
    (
        *("Australia/Lord_Howe", 60, "2026-04-04T14:00:00"),
        "2026-04-05 01:00:00 UTC+11:00 – 01:30:00 UTC+10:30",
    ),
    (
        "Australia/Lord_Howe",
        15,
        "2026-04-04T14:45:00",
        "2026-04-05 01:45:00 UTC+11:00 – 01:30:00 UTC+10:30",
    ),
    ("Australia/Lord_Howe", 15, "2026-04-04T15:15:00", "2026-04-05 01:45:00 – 02:00:00 UTC+10:30"),
    ("America/St_Johns", 60, "2026-06-30T12:00:00", "2026-06-30 09:30:00 – 10:30:00 UTC−02:30"),
    (
        *("America/St_Johns", 60, "2026-11-01T04:00:00"),
        "2026-11-01 01:30:00 UTC−02:30 – 01:30:00 UTC−03:30",
    ),
    ("UTC", 0.001, "2026-10-25T04:00:00.060000", "2026-10-25 04:00:00.060 – 04:00:00.120 UTC"),
]


@pytest.fixture(autouse=True)
def at_now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def heading(page: str) -> str:
    found = re.search(r'<span class="cycle-range">(.*?)</span>\s*(?:<a|</nav)', page, re.DOTALL)
    assert found is not None
    return text_of(found[1])


@pytest.mark.parametrize(("zone", "minutes", "start", "shown"), CYCLES)
def test_a_cycle_is_headed_by_the_offsets_of_its_ends(
    viewer: Client,
    make_service: Callable[..., Service],
    zone: str,
    minutes: float,
    start: str,
    shown: str,
) -> None:
    make_service(service_interval_minutes=minutes)

    assert heading(get(viewer, f"/s/service-1/cycles/{start}Z/?tz={zone}")) == shown


@pytest.mark.parametrize(("zone", "minutes", "start", "shown"), CYCLES)
def test_the_time_that_heads_a_cycle_leads_back_to_it(
    viewer: Client,
    make_service: Callable[..., Service],
    zone: str,
    minutes: float,
    start: str,
    shown: str,
) -> None:
    make_service(service_interval_minutes=minutes)
    at_start, at_end = shown.split(" – ")
    offset = at_end.rpartition(" ")[2]
    typed = at_start if "UTC" in at_start else f"{at_start} {offset}"

    addresses = {
        viewer.get("/s/service-1/cycles/", {"at": each, "tz": zone})["Location"]
        for each in (typed, shown)
    }

    assert {each.partition("?")[0] for each in addresses} == {f"/s/service-1/cycles/{start}Z/"}


@pytest.mark.parametrize(
    ("zone", "start", "offsets"),
    [
        ("America/New_York", "2026-07-01T04:00:00", {"UTC−04:00"}),
        ("America/New_York", "2026-11-01T05:00:00", {"UTC−04:00", "UTC−05:00"}),
        ("Europe/London", "2026-07-01T04:00:00", {"UTC+01:00"}),
        ("Australia/Lord_Howe", "2026-07-01T04:00:00", {"UTC+10:30"}),
        ("America/St_Johns", "2026-07-01T04:00:00", {"UTC−02:30"}),
        ("Asia/Kolkata", "2026-07-01T04:00:00", {"UTC+05:30"}),
    ],
)
def test_the_page_of_a_past_cycle_has_no_offset_but_its_own(
    viewer: Client,
    make_service: Callable[..., Service],
    zone: str,
    start: str,
    offsets: set[str],
) -> None:
    service = make_service(service_interval_minutes=60.0)
    store(service, datetime.fromisoformat(f"{start}+00:00") + 3 * MINUTE)

    page = get(viewer, f"/s/service-1/cycles/{start}Z/?tz={zone}")
    # When it was written is of today.
    page = re.sub(r'<p class="freshness".*?</p>', "", page, flags=re.DOTALL)

    assert set(re.findall(r"UTC[+−]\d\d:\d\d", page)) == offsets


@pytest.mark.parametrize(
    ("zone", "first", "later", "times"),
    [
        (
            *("America/New_York", "2026-11-01T05:03:00", "2026-11-01T06:03:00"),
            ["2026-11-01 01:03:00 UTC−05:00", "2026-11-01 01:03:00 UTC−04:00"],
        ),
        (
            *("Europe/London", "2026-10-25T00:03:00", "2026-10-25T01:03:00"),
            ["2026-10-25 01:03:00 UTC", "2026-10-25 01:03:00 UTC+01:00"],
        ),
        (
            *("Australia/Lord_Howe", "2026-04-04T14:33:00", "2026-04-04T15:03:00"),
            ["2026-04-05 01:33:00 UTC+10:30", "2026-04-05 01:33:00 UTC+11:00"],
        ),
        (
            *("America/St_Johns", "2026-11-01T03:33:00", "2026-11-01T04:33:00"),
            ["2026-11-01 01:03:00 UTC−03:30", "2026-11-01 01:03:00 UTC−02:30"],
        ),
    ],
)
@pytest.mark.parametrize(
    "query", ["from=2026-01-01T00:00:00Z", "from=2026-03-01T00:00:00Z&to=2026-11-02T00:00:00Z"]
)
def test_two_rows_of_one_time_of_day_are_told_apart(
    viewer: Client,
    service: Service,
    zone: str,
    first: str,
    later: str,
    times: list[str],
    query: str,
) -> None:
    for at in (first, later):
        store(service, datetime.fromisoformat(f"{at}+00:00"))

    response = viewer.get(f"/s/service-1/history/?{query}&tz={zone}", follow=True)

    rows = response.context["page"].rows
    assert [row.time for row in rows] == times
    assert [row.cycle for row in rows] == times


def test_rows_of_the_offset_in_their_head_do_not_repeat_it(
    viewer: Client, service: Service
) -> None:
    store(service, datetime(2026, 7, 1, 16, 3, tzinfo=UTC))

    response = viewer.get(
        "/s/service-1/history/?from=2026-07-01T00:00:00Z&to=2026-07-02T00:00:00Z&tz=America/New_York",
        follow=True,
    )

    page = response.context["page"]
    assert (page.words.label, page.rows[0].time) == ("UTC−04:00", "2026-07-01 12:03:00")


def store(service: Service, at: datetime) -> None:
    number = Execution.objects.count()
    runner, _ = Runner.objects.get_or_create(
        service=service, runner_id="a", defaults={"first_seen_at": at}
    )
    Execution.objects.create(
        service=service,
        runner=runner,
        run_id=f"run-{number}",
        status=Status.COMPLETED,
        origin=Origin.REPORTED,
        started_at=at,
        ended_at=at + MINUTE / 2,
        first_attempt_at=at,
        last_attempt_at=at,
        cycle_start=at,
    )
