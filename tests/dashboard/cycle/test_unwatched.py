"""A collector is killed while a holds the service, and the run ends unseen: every page says so."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from dashboard.web.addresses import cycle_address
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.incidents.whole import service_incidents
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from tests.conftest import T0, after
from tests.dashboard.timeline.drawn import bars_of
from tests.dashboard.web.reading import figure_of, get, text_of

pytestmark = pytest.mark.django_db
type SetClock = Callable[[datetime], None]

LAST = 12
SENTENCE = "Not watched since 12:00:12: what runs now is not known."
CONCLUSIONS = (
    "no longer heard",
    "nobody else can start",
    "nobody can start",
    "Nobody can start",
    "Stuck run",
    "No runners",
    "Runners live 0",
    "holds for",
    "so far",
    "past the end",
    "had a window",
    "runner fits",
)
RUN = ExecutionReport(run_id="run-1", runner_id="a", status=Status.RUNNING, started_at=after(5))
# An hour of cycles of a minute.
LATER = 3_605


@pytest.fixture
def lost(observed: Service, set_clock: SetClock) -> Service:
    """Watched for 12 s, an hour ago."""
    heartbeats = [HeartbeatReport(runner_id=each, at=after(4)) for each in "ab"]
    report(observed, heartbeats=heartbeats, executions=[RUN], now=after(5))
    watched(observed, "collector", at=after(2), good_for_seconds=10)
    set_clock(after(LATER))
    return observed


def told_on(viewer: Client, url: str) -> str:
    """What a page says of the fleet: without the hints, which tell what words mean, and without
    what it says of old rows."""
    html = re.sub(r'<div class="hint".*?</div>', "", get(viewer, url), flags=re.DOTALL)
    return text_of(html).replace("Nothing is gone so far.", "")


def keep_all(service: Service) -> None:
    while keep_summaries(service, now=after(LATER)).written:
        pass


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/s/service-1/",
        "/s/service-1/runners/",
        "/s/service-1/runners/a/",
        "/s/service-1/executions/run-1/",
        "/s/service-1/history/",
        "/s/service-1/history/?run_id=none",
        "/s/service-1/blocked/",
        "/s/service-1/blocked/?from=now-1h",
    ],
)
def test_every_page_says_since_when_nobody_watched_and_concludes_nothing(
    viewer: Client, lost: Service, url: str
) -> None:
    page = told_on(viewer, url)

    assert SENTENCE in page
    assert [each for each in CONCLUSIONS if each in page] == []


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("start", [0, 60, 3_540])
def test_a_past_cycle_concludes_nothing_of_what_nobody_watched(
    viewer: Client, lost: Service, start: int, is_kept: bool
) -> None:
    if is_kept:
        keep_all(lost)

    page = told_on(viewer, f"/s/service-1/cycles/{cycle_address(after(start))}/")

    assert "Not watched: 1 running when last watched." in page
    assert [each for each in CONCLUSIONS if each in page] == []


def test_what_ran_in_a_cycle_that_nobody_watched_is_not_known(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(0))], now=after(0))
    set_clock(after(LATER))

    page = told_on(viewer, f"/s/service-1/cycles/{cycle_address(after(60))}/")

    assert "Not watched: what ran is not known." in page
    assert "othing ran" not in page
    assert [each for each in CONCLUSIONS if each in page] == []


@pytest.mark.parametrize(
    ("url", "nobody"),
    [("/s/service-1/", []), (f"/s/service-1/cycles/{cycle_address(T0)}/", [2, 4])],
)
def test_the_ribbon_misses_runners_while_somebody_watched_alone(
    viewer: Client, lost: Service, url: str, nobody: list[float]
) -> None:
    figure = figure_of(get(viewer, url))

    bands = [each for each in figure["data"] if each["name"] == "nobody" and each["x"]]
    assert [bars_of(each) for each in bands] == ([[(0, *nobody)]] if nobody else [])
    hovers = [hover for each in bands for hover in each["customdata"]]
    assert hovers == (["no runners<br>12:00:02 – 12:00:04 UTC (2 s)"] if nobody else [])


@pytest.mark.parametrize("url", ["/", "/s/service-1/"])
@pytest.mark.parametrize("part", ["history/", "history/tail/"])
def test_the_history_counts_no_run_on_that_nobody_watches(
    viewer: Client, lost: Service, url: str, part: str
) -> None:
    html = get(viewer, url + part)

    assert "Running when last watched" in text_of(html)
    assert "1 h so far" not in text_of(html)
    assert "data-since" not in html


@pytest.mark.parametrize("url", ["/", "/s/service-1/"])
def test_the_chart_of_the_history_draws_no_length_that_nobody_knows(
    viewer: Client, lost: Service, url: str
) -> None:
    summary = get(viewer, f"{url}history/summary/")

    assert "1 running" in text_of(summary)
    assert '"running run"' not in summary


def test_the_history_counts_a_run_on_while_somebody_watches(viewer: Client, lost: Service) -> None:
    watched(lost, "collector", at=after(LATER - 1), good_for_seconds=10)

    assert "Running 1 h so far" in text_of(get(viewer, "/s/service-1/history/"))


@pytest.mark.parametrize("url", ["/", "/s/service-1/", "/s/service-1/runners/"])
def test_a_service_that_nobody_ever_watched_says_so(
    viewer: Client, observed: Service, set_clock: SetClock, url: str
) -> None:
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(0))], now=after(0))
    set_clock(after(LATER))

    page = told_on(viewer, url)

    assert "Never watched: what runs now is not known." in page
    assert [each for each in CONCLUSIONS if each in page] == []


def test_the_runners_that_were_there_are_not_known_to_be_gone(
    viewer: Client, lost: Service
) -> None:
    page = text_of(get(viewer, "/s/service-1/runners/"))

    assert "2 not known" in page
    assert "gone" not in page.split("A runner is")[0]


def test_how_long_a_run_goes_on_is_not_counted_on(viewer: Client, lost: Service) -> None:
    html = get(viewer, "/s/service-1/")

    assert "Running when last watched" in text_of(html)
    assert '"running":[]' in html.replace(" ", "")


def test_a_runner_was_not_silent_while_nobody_watched(viewer: Client, lost: Service) -> None:
    assert "Heard all the time" in text_of(get(viewer, "/s/service-1/runners/a/"))


def test_no_incident_is_counted_from_what_nobody_watched(lost: Service) -> None:
    keep_all(lost)

    assert service_incidents(lost, since=T0, until=after(LATER)) == ()
    assert set(lost.summaries.values_list("outcome", flat=True)) == {"unknown"}


@pytest.mark.parametrize("ended", [None, 400])
def test_what_is_known_when_somebody_looks_again_counts(lost: Service, ended: int | None) -> None:
    keep_all(lost)
    if ended:
        told = ExecutionReport(
            run_id="run-1",
            runner_id="a",
            status=Status.COMPLETED,
            started_at=after(5),
            ended_at=after(ended),
        )
        report(lost, executions=[told], now=after(3_600))
    watched(lost, "collector", at=after(3_600), good_for_seconds=10)
    keep_all(lost)

    (incident,) = service_incidents(lost, since=T0, until=after(LATER), now=after(LATER))

    assert incident.incident.kind == "stuck_run"
    assert incident.incident.end == (after(ended) if ended else None)
    # One for each cycle that it touches.
    assert incident.cycles == (7 if ended else 60)


@pytest.mark.parametrize("drawn_one_by_one", [200, 0])
@pytest.mark.parametrize(
    ("url", "lane", "start"), [("/s/service-1/runners/a/", 2, 5), ("/s/service-1/cycles/{}/", 0, 5)]
)
def test_a_run_is_drawn_no_further_than_it_was_watched(
    viewer: Client,
    lost: Service,
    monkeypatch: pytest.MonkeyPatch,
    drawn_one_by_one: int,
    url: str,
    lane: int,
    start: float,
) -> None:
    monkeypatch.setattr("scheduler.fleet.runner_report.DRAWN_ONE_BY_ONE", drawn_one_by_one)

    figure = figure_of(get(viewer, url.format(cycle_address(T0))))

    (run,) = (each for each in figure["data"] if each["name"] == "running" and each["x"])
    assert bars_of(run) == [(lane, start, LAST)]
    (hover,) = (
        text
        for each in figure["data"]
        for text in each.get("customdata", ())
        if text.startswith("Running · ")
    )
    assert SENTENCE.rstrip(".") in hover
    assert "so far" not in hover
    assert figure["layout"]["meta"]["running"] == []


def test_a_run_of_a_runner_is_drawn_on_while_somebody_watches(
    viewer: Client, lost: Service
) -> None:
    watched(lost, "collector", at=after(LATER - 1), good_for_seconds=10)

    figure = figure_of(get(viewer, "/s/service-1/runners/a/"))

    (run,) = (each for each in figure["data"] if each["name"] == "running" and each["x"])
    assert bars_of(run) == [(2, 5, LATER)]
    assert len(figure["layout"]["meta"]["running"]) == 1


def test_the_slot_of_a_runner_is_not_known(viewer: Client, lost: Service) -> None:
    assert "Slot not known" in text_of(get(viewer, "/s/service-1/runners/a/"))


def test_how_an_attempt_went_on_is_not_known(viewer: Client, lost: Service) -> None:
    page = text_of(get(viewer, "/s/service-1/executions/run-1/"))

    assert "goes on past" not in page
    assert "so far" not in page
    assert "Ended not known Duration not known" in page


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.BLOCKED, "prior_running:run-1 runner:a"), (Status.COMPLETED, "")],
)
def test_what_an_attempt_met_is_not_known_to_go_on(
    viewer: Client, lost: Service, status: Status, reason: str
) -> None:
    met = ExecutionReport(
        run_id="run-2",
        runner_id="b",
        status=status,
        started_at=after(8),
        ended_at=after(9),
        reason=reason,
    )
    report(lost, executions=[met], now=after(LATER))

    page = text_of(get(viewer, "/s/service-1/executions/run-2/"))

    assert "and its end is not known" in page
    assert "has not ended yet" not in page
    assert "so far" not in page


def test_a_list_of_a_time_that_was_watched_lacks_nothing(viewer: Client, lost: Service) -> None:
    time = "?from=2026-03-14T12:00:00Z&to=2026-03-14T12:00:12Z"

    assert "ot watched" not in told_on(viewer, f"/s/service-1/history/{time}")
    assert "Nothing was blocked" in told_on(viewer, f"/s/service-1/blocked/{time}")


def test_the_list_of_all_services_says_of_how_many_it_does_not_know(
    viewer: Client, lost: Service, service: Service
) -> None:
    page = told_on(viewer, "/history/")

    assert "1 of 2 services is not watched: what runs now is not known." in page


def test_the_lists_of_a_service_that_somebody_watches_conclude(
    viewer: Client, lost: Service
) -> None:
    watched(lost, "collector", at=after(LATER - 1), good_for_seconds=10)

    assert "ot watched" not in told_on(viewer, "/history/")
    assert "ot watched" not in told_on(viewer, "/s/service-1/history/")
    assert "Nothing was blocked" in told_on(viewer, "/s/service-1/blocked/")
