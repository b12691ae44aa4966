import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from scheduler.models import Acknowledgement, Execution, Runner, Service
from tests.conftest import T0, after
from tests.dashboard.web.reading import text_of

pytestmark = pytest.mark.django_db

NOW = after(3_600)


@pytest.fixture(autouse=True)
def at_now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


@pytest.fixture
def runner(service: Service) -> Runner:
    return Runner.objects.create(
        service=service, runner_id="runner-a", first_seen_at=T0, host="host-1", pid=806
    )


def store(runner: Runner, number: int, **facts: Any) -> Execution:
    started_at = facts.get("started_at", after(number))
    return Execution.objects.create(
        **{
            "service": runner.service,
            "runner": runner,
            "run_id": f"run-{number:04}",
            "status": "completed",
            "origin": "claimed",
            "started_at": started_at,
            "ended_at": started_at + timedelta(seconds=2),
            "first_attempt_at": started_at,
            "last_attempt_at": started_at,
            "cycle_start": T0,
        }
        | facts
    )


def block(runner: Runner, number: int, **facts: Any) -> Execution:
    at = after(number)
    facts = {"ended_at": at, "cycle_start": at, "reason": "late_start"} | facts
    return store(runner, number, status="blocked", **facts)


def history(client: Client, service: Service, query: str = "", part: str = "") -> str:
    response = client.get(f"/s/{service.slug}/history/{part}{query}")
    assert response.status_code == 200
    return response.content.decode()


def run_ids(page: str) -> list[str]:
    """The runs of the table, from top to bottom."""
    return re.findall(r'title="(run-\d+)"', page)


def link(page: str, word: str) -> str:
    found = re.search(rf'<a href="([^"]+)"[^>]*rel="{word}"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_executions_are_listed_newest_first(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    for number in range(3):
        store(runner, number)
    page = history(admin_client, service)
    assert run_ids(page) == ["run-0002", "run-0001", "run-0000"]
    assert "host-1:806" in page
    assert "12:00:02" in page
    assert f"/s/{service.slug}/executions/run-0002/" in page
    assert f"/s/{service.slug}/cycles/2026-03-14T12:00:00Z/" in page


def test_what_runs_is_counted_on_and_a_block_tells_its_repeats(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    store(runner, 1, status="running", ended_at=None)
    block(runner, 2, attempts=12, last_attempt_at=after(60), late_start_fraction=0.84)
    said = text_of(history(admin_client, service))
    assert "59 m 59 s so far" in said
    assert "Blocked: late start ×12 until 12:01:00 84.00 % of its window was over" in said


def test_an_acknowledgement_is_told_on_its_block(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    seen = Acknowledgement.objects.create(
        service=service,
        acknowledged_by="kim",
        acknowledged_at=NOW,
        note="deploy",
        block_count=1,
    )
    block(runner, 1, acknowledgement=seen)
    assert "kim, 13:00:00 UTC: deploy" in history(admin_client, service)


def test_pages_lead_on_and_back(service: Service, runner: Runner, admin_client: Client) -> None:
    for number in range(5):
        store(runner, number)
    first = history(admin_client, service, "?limit=2")
    second = admin_client.get(link(first, "next")).content.decode()
    third = admin_client.get(link(second, "next")).content.decode()
    assert [run_ids(page) for page in (first, second, third)] == [
        ["run-0004", "run-0003"],
        ["run-0002", "run-0001"],
        ["run-0000"],
    ]
    assert 'rel="next"' not in third
    store(runner, 9)
    back = admin_client.get(link(third, "prev")).content.decode()
    assert run_ids(back) == run_ids(second)


def test_columns_sort_both_ways(service: Service, runner: Runner, admin_client: Client) -> None:
    store(runner, 1, ended_at=after(9))
    store(runner, 2, ended_at=after(3))
    page = history(admin_client, service, "?sort=duration_seconds")
    assert run_ids(page) == ["run-0002", "run-0001"]
    assert 'aria-sort="ascending"' in page
    assert '?sort=-duration_seconds">Duration' in page
    page = history(admin_client, service)
    assert 'aria-sort="descending"' in page
    assert '?sort=started_at">Started' in page


def test_a_filter_is_told_and_can_be_taken_off(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    block(runner, 1)
    block(runner, 2, reason="prior_running")
    store(runner, 3)
    query = "?runner_id=runner-a&status=blocked&reason=late_start"
    page = history(admin_client, service, query)
    assert run_ids(page) == ["run-0001"]
    said = text_of(page)
    assert "Runner host-1:806" in said
    assert "Status Blocked" in said
    assert "Reason late start" in said
    href = f"/s/{service.slug}/history/?runner_id=runner-a&amp;status=blocked"
    assert f'href="{href}"' in page


def test_an_address_is_made_the_one_to_share(service: Service, admin_client: Client) -> None:
    path = f"/s/{service.slug}/history/"
    response = admin_client.get(
        path, {"status": "", "from": "2026-03-14 12:30", "to": "", "q": "", "tz": "Europe/Oslo"}
    )
    assert response.status_code == 302
    assert response["Location"] == f"{path}?from=2026-03-14T11:30:00Z&tz=Europe/Oslo".replace(
        "Europe/Oslo", quote("Europe/Oslo", safe="")
    )


def test_an_address_to_share_is_not_led_on(service: Service, admin_client: Client) -> None:
    response = admin_client.get(f"/s/{service.slug}/history/?reason=odd+one&cycle_start=")
    shared = response["Location"]

    assert shared == f"/s/{service.slug}/history/?reason=odd+one"
    assert admin_client.get(shared).status_code == 200


def test_a_time_that_moves_along_stays_as_it_is(service: Service, admin_client: Client) -> None:
    assert "now-6h" in history(admin_client, service, "?from=now-6h")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?status=lost", "status=lost is not known"),
        ("?runner_id=nobody", "No runner “nobody” is known"),
        ("?cursor=abc", "This cursor leads nowhere"),
    ],
)
@pytest.mark.parametrize("part", ["", "summary/", "tail/", "runners/"])
def test_what_can_not_be_asked_is_said(
    service: Service, admin_client: Client, part: str, query: str, said: str
) -> None:
    response = admin_client.get(f"/s/{service.slug}/history/{part}{query}")
    assert response.status_code == 400
    assert said in response.content.decode()


@pytest.mark.parametrize("part", ["", "summary/", "tail/", "runners/"])
def test_an_unknown_service_is_said(admin_client: Client, part: str) -> None:
    response = admin_client.get(f"/s/nowhere/history/{part}")
    assert response.status_code == 404
    assert "No service is called “nowhere”" in response.content.decode()


@pytest.mark.parametrize("path", ["/history/", "/s/service-1/history/", "/history/summary/"])
def test_who_is_not_signed_in_is_led_there(client: Client, service: Service, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_an_empty_history_says_what_will_fill_it(service: Service, admin_client: Client) -> None:
    assert "Every start and every blocked attempt appears here" in history(admin_client, service)
    assert "Clear the filter" in history(admin_client, service, "?status=running")


def test_all_services_are_in_one_history(
    make_service: Callable[..., Service], admin_client: Client
) -> None:
    for number in range(2):
        service = make_service()
        store(Runner.objects.create(service=service, runner_id="a", first_seen_at=T0), number)
    page = admin_client.get("/history/").content.decode()
    assert run_ids(page) == ["run-0001", "run-0000"]
    assert 'href="/s/service-1/"><bdi>Service 1' in page
    assert 'href="/s/service-2/"><bdi>Service 2' in page


# The session, its user, the service, the heads of the streams, the rows and their runners, the list
# of services.
@pytest.mark.both_databases
@pytest.mark.parametrize("rows", [1, 40])
def test_a_page_asks_as_often_whatever_it_shows(
    service: Service,
    runner: Runner,
    admin_client: Client,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        store(
            Runner.objects.create(service=service, runner_id=f"r{number}", first_seen_at=T0),
            number,
        )
    with django_assert_num_queries(8):
        history(admin_client, service)
    # The sample in the place of the heads and the rows.
    with django_assert_num_queries(6):
        history(admin_client, service, part="summary/")


def test_totals_follow_the_filter_and_not_the_page(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    for number in range(60):
        store(runner, number, ended_at=after(number + number % 7))
    block(runner, 61, attempts=3)
    said = text_of(history(admin_client, service, "?limit=10", part="summary/"))
    assert "61 executions:" in said
    assert "60 completed" in said
    assert "1 blocked" in said
    # 0, 1, … 6 s in turn; what took none is left out.
    assert "Median 3 s, longest 6 s." in said
    assert "Blocked 3 times, repeats included:" in said
    said = text_of(history(admin_client, service, "?status=blocked", part="summary/"))
    assert "1 execution:" in said


def test_more_than_the_cap_are_not_counted(
    service: Service, runner: Runner, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.history.samples.SAMPLE", 10)
    for number in range(12):
        store(runner, number)
    said = text_of(history(admin_client, service, part="summary/"))
    assert "10+ executions. Of the newest 10, since " in said
    assert "since 12:00:02 UTC" in said


def test_the_tail_has_what_is_newer_and_the_rows_of_the_page(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    for number in range(5):
        store(runner, number)
    page = history(admin_client, service, "?limit=3")
    found = re.search(r'data-tail="([^"]+)"', page)
    assert found
    store(runner, 7)
    # Told late, it belongs further down.
    store(runner, 3_000, started_at=after(3.5))
    tail = admin_client.get(found[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert run_ids(tail.content.decode()) == [
        "run-0007",
        "run-0004",
        "run-3000",
        "run-0003",
        "run-0002",
    ]
    assert tail.content.decode().strip().startswith("<tbody")


def test_only_the_newest_page_has_a_tail(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    for number in range(3):
        store(runner, number)
    first = history(admin_client, service, "?limit=1")
    assert "data-tail" in first
    assert "data-tail" not in admin_client.get(link(first, "next")).content.decode()
    assert "data-tail" not in history(admin_client, service, "?sort=started_at")


def options(client: Client, service: Service, typed: str) -> Sequence[str]:
    page = client.get(f"/s/{service.slug}/history/runners/", {"q": typed, "status": "running"})
    return re.findall(r'<a href="([^"]+)"', page.content.decode())


@pytest.mark.parametrize("typed", ["runner-a", "NER-", "host-1", "HOST-1:8", "host-1:806"])
def test_runners_are_found_by_what_is_typed(
    service: Service, runner: Runner, admin_client: Client, typed: str
) -> None:
    Runner.objects.create(service=service, runner_id="other", first_seen_at=T0, host="h", pid=1)
    href = f"/s/{service.slug}/history/?runner_id=runner-a&amp;status=running"
    assert options(admin_client, service, typed) == [href]


def test_no_runner_found_is_said(service: Service, admin_client: Client) -> None:
    page = admin_client.get(f"/s/{service.slug}/history/runners/", {"q": "<x>"})
    assert "No runner is called like “<bdi>&lt;x&gt;</bdi>”" in page.content.decode()


def test_a_nul_in_what_is_typed_is_refused(service: Service, admin_client: Client) -> None:
    page = admin_client.get(f"/s/{service.slug}/history/runners/", {"q": "a\0"})
    assert page.status_code == 400
    assert "It has a NUL character in it" in page.content.decode()


def test_a_runner_of_many_services_hides_no_other(
    make_service: Callable[..., Service], admin_client: Client
) -> None:
    # The first seen last come first: one runner in fifteen services, more than are shown.
    services = [make_service() for _ in range(15)]
    Runner.objects.create(service=services[0], runner_id="runner-b", first_seen_at=T0)
    Runner.objects.bulk_create(
        Runner(service=each, runner_id="runner-a", first_seen_at=after(1)) for each in services
    )
    page = admin_client.get("/history/runners/", {"q": "runner-"}).content.decode()
    assert re.findall(r'<a href="([^"]+)"', page) == [
        "/history/?runner_id=runner-a",
        "/history/?runner_id=runner-b",
    ]


def test_texts_from_elsewhere_are_no_markup(service: Service, admin_client: Client) -> None:
    odd = "\"><b>&'x"
    runner = Runner.objects.create(service=service, runner_id=odd, first_seen_at=T0)
    block(runner, 1, run_id=odd, reason=odd, reason_detail=odd)
    seen = Acknowledgement.objects.create(
        service=service, acknowledged_by=odd, acknowledged_at=NOW, note=odd, block_count=1
    )
    block(runner, 2, run_id=f"{odd}2", acknowledgement=seen)
    for path in (f"/s/{service.slug}/history/", "/history/"):
        page = admin_client.get(path).content.decode()
        rows = page[page.index("<tbody") : page.index("</tbody>")]
        assert "<b>" not in rows
        assert rows.count("&lt;b&gt;&amp;") >= 6


def test_the_page_says_what_is_kept(service: Service, admin_client: Client) -> None:
    said = text_of(history(admin_client, service))
    assert "Kept: executions for 90 days; summaries of cycles for 400 days" in said
    assert "Nothing is gone so far." in said


def test_a_cycle_is_asked_for_by_its_start(
    service: Service, runner: Runner, admin_client: Client
) -> None:
    for seconds in (59, 60, 119, 120):
        store(runner, seconds)
    page = history(admin_client, service, "?cycle_start=2026-03-14T12:01:00Z")
    assert run_ids(page) == ["run-0119", "run-0060"]
