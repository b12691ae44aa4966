"""What strangers tell is shown as it is, by itself, and no longer than a list can bear."""

from urllib.parse import quote, unquote

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Execution, Runner, ServiceMode
from tests.conftest import after

pytestmark = pytest.mark.django_db

# Turns what follows it around.
TURNED = "\u202egnp.exe"
HIDDEN = ("\u202e", "\u200b", "\ufeff", "\u2066")
PAGES = (
    *("/", "/history/", "/s/service-1/", "/s/service-1/cycles/2026-03-14T12:00:00Z/"),
    *("/s/service-1/history/", "/s/service-1/history/summary/", "/s/service-1/history/tail/"),
    *("/s/service-1/blocked/?from=2026-03-14T11:00:00Z", "/s/service-1/runners/"),
    *("/s/service-1/history/runners/?q=gnp", "/s/service-1/past/"),
    "/s/service-1/blocked/runners/?q=gnp&from=2026-03-14T11:00:00Z",
)


def told(service, *, runner_id: str, reason: str, number: int = 1) -> None:
    beats = [HeartbeatReport(runner_id=runner_id, at=after(0), host=runner_id, pid=1)]
    runs = [
        ExecutionReport(
            run_id=f"{runner_id}/{status}/{each}",
            runner_id=runner_id,
            status=status,
            started_at=after(each),
            ended_at=None if status is Status.RUNNING else after(each + 0.5),
            reason=reason,
        )
        for each in range(number)
        for status in (Status.BLOCKED, Status.ABANDONED)
    ]
    report(service, heartbeats=beats, executions=runs, now=after(30))
    watched(service, f"{runner_id} watches", at=after(30), good_for_seconds=3_600)
    keep_summaries(service, now=after(70))


@pytest.fixture
def at_thirty(set_clock):
    set_clock(after(30))


@pytest.mark.usefixtures("at_thirty")
@pytest.mark.parametrize("page", PAGES)
def test_no_page_holds_a_character_that_turns_it_around(viewer, make_service, page):
    service = make_service(ServiceMode.OBSERVED)
    told(service, runner_id=TURNED, reason=f"{TURNED}: {''.join(HIDDEN)}")

    answer = viewer.get(page)

    html = answer.content.decode()
    assert answer.status_code == 200
    # What is copied, sent back by a form or looked up by a script stays as it was told.
    shown = [line for line in html.split(">") if not _is_exact(line)]
    assert [line for line in shown if any(each in line for each in HIDDEN)] == []


def _is_exact(tag: str) -> bool:
    exact = ('value="', "data-copy=", "data-run=", 'id="runner-', '"runners":', '"executions":')
    return any(each in tag for each in exact)


@pytest.mark.usefixtures("at_thirty")
@pytest.mark.parametrize("page", PAGES)
def test_no_page_grows_with_the_length_of_a_reason(viewer, make_service, page):
    service = make_service(ServiceMode.OBSERVED)
    told(service, runner_id="a", reason=f"oom: {'x' * 5}", number=20)
    short = len(viewer.get(page).content)
    # Longer than what is taken today: rows of yesterday may be.
    Execution.objects.update(reason_detail="é\n" * 300_000)

    grown = len(viewer.get(page).content) - short

    assert grown < 40 * 1_500


def test_the_page_of_a_run_has_all(viewer, make_service, set_clock):
    set_clock(after(30))
    service = make_service(ServiceMode.OBSERVED)
    told(service, runner_id="a", reason=f"oom: {'x' * 9_000}")

    html = viewer.get("/s/service-1/executions/a/blocked/0/").content.decode()

    assert "x" * 9_000 in html


@pytest.mark.parametrize(
    "reason",
    [
        "disk full : /dev/sda1",
        " oom",
        "a\nb: c",
        "a  b",
        "late&start=1#x?y:z",
        "ä\u00a0ö: x",
        "\u202eturned: x",
        f"{'x' * 199} y",
        "100 %: full",
        "+1: plus",
    ],
)
def test_the_link_of_a_count_finds_what_it_counted(viewer, make_service, set_clock, reason):
    set_clock(after(30))
    service = make_service(ServiceMode.OBSERVED)
    told(service, runner_id="a", reason=reason, number=3)
    stored = Execution.objects.values_list("reason", flat=True).first()

    html = viewer.get("/s/service-1/blocked/?from=2026-03-14T11:00:00Z").content.decode()
    links = [part.split('"')[0].replace("&amp;", "&") for part in html.split('href="')[1:]]
    (link,) = {
        each
        for each in links
        if "reason=" in each and "runner_id" not in each and "to=" not in each
    }
    page = viewer.get("/s/service-1/blocked/" + link[link.index("?") :])

    assert page.status_code == 200
    assert page.content.decode().count('id="block-') == 3 or "3 blocks" in page.content.decode()
    assert stored == stored.strip()
    assert unquote(link.partition("reason=")[2].partition("&")[0].replace("+", " ")) == stored


BLANKS = " \u2003a\nb \n"
ADDRESSES = {
    "its page": "/s/service-1/executions/{run_id}/",
    "the page of its runner": "/s/service-1/runners/{runner_id}/",
    "the history of its runner": "/s/service-1/history/?runner_id={runner_id}",
    "the history of all services": "/history/?runner_id={runner_id}",
    "the blocks for its reason": "/s/service-1/blocked/?reason={reason}&from=2026-03-14T11:00:00Z",
    "the history for its reason": "/s/service-1/history/?reason={reason}",
    "the history of its run": "/s/service-1/history/?run_id={run_id}",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_finds_what_was_stored_with_white_space_at_its_edges(
    viewer, make_service, set_clock, address
):
    set_clock(after(30))
    service = make_service(ServiceMode.OBSERVED)
    told(service, runner_id="a", reason="oom")
    told(service, runner_id="b", reason="other")
    # As rows of before the door may be; of the other runner's they are nothing but the blanks.
    blocked = Execution.objects.get(run_id="a/blocked/0")
    Execution.objects.filter(pk=blocked.pk).update(run_id=BLANKS, reason=BLANKS)
    Runner.objects.filter(runner_id="a").update(runner_id=BLANKS)
    Runner.objects.filter(runner_id="b").update(runner_id=BLANKS.strip())
    Execution.objects.filter(run_id="b/blocked/0").update(run_id=BLANKS.strip(), reason=" ")

    path = address.format(**dict.fromkeys(("run_id", "runner_id", "reason"), quote(BLANKS, "")))
    page = viewer.get(path, follow=True)

    html = page.content.decode()
    assert page.status_code == 200
    assert f"/executions/{quote(BLANKS)}/" in html or f'data-copy="{BLANKS}"' in html
    # The page of a run shows what else was tried beside it.
    is_run = "/executions/" in path
    assert is_run or f"/executions/{quote(BLANKS.strip())}/" not in html


def test_a_service_is_shown_that_a_run_with_a_line_break_in_its_id_holds(
    viewer, make_service, set_clock
):
    set_clock(after(30))
    service = make_service(ServiceMode.OBSERVED)
    running = ExecutionReport(
        run_id="a", runner_id="a", status=Status.RUNNING, started_at=after(1), reason=""
    )
    report(service, executions=[running], now=after(30))
    watched(service, "it", at=after(30), good_for_seconds=60)
    Execution.objects.update(run_id="a\nb\n")

    assert "/executions/a%0Ab%0A/" in viewer.get("/").content.decode()


def test_white_space_that_was_typed_around_an_id_is_no_part_of_it(viewer, make_service, set_clock):
    set_clock(after(30))
    told(make_service(ServiceMode.OBSERVED), runner_id="a", reason="oom")

    for asked in ("runner_id=+a+", "reason=+oom", "run_id=+a/blocked+"):
        page = viewer.get(f"/s/service-1/history/?{asked}", follow=True)
        assert "/executions/a/blocked/0/" in page.content.decode()
