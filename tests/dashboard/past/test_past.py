import re

import pytest

from dashboard.web.addresses import cycle_address
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from tests.conftest import T0, after
from tests.dashboard.conftest import HTMX
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db
PAST = "/s/service-1/past/"


@pytest.fixture
def overrun(make_service, set_clock):
    """`a` holds the service from 5 s to 85 s, three starts are refused. It is 12:03:10."""
    service = make_service(dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a", host="host-1", pid=7), Beat(runner_id="b"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    for second in (31, 45, 80):
        claim(service, "b" if second < 60 else "a", now=after(second))
    finish(service, run.run_id, now=after(85))
    set_clock(after(190))
    while keep_summaries(service, now=after(190)).written:
        pass
    return run


def test_a_cycle_whose_runs_all_failed_looks_failed(viewer, service, set_clock):
    beat(service, Beat(runner_id="a"), now=after(-1))
    run = claim(service, "a", now=after(2)).execution
    finish(service, run.run_id, Status.ABANDONED, now=after(6))
    keep_summaries(service, now=after(65))
    set_clock(after(65))

    past = get(viewer, f"/s/service-1/cycles/{cycle_address(after(0))}/")
    live = get(viewer, "/s/service-1/")

    assert "Failed: 1 abandoned." in text_of(past)
    assert re.search(r'marks\.svg#abandoned"></use></svg>\s*<strong>Failed:', past)
    assert 'T12:00:00Z/"><rect fill="url(#strip-failed)"' in live
    assert "1 failed" in text_of(live)


def test_the_strip_has_every_cycle_with_its_outcome(viewer, overrun):
    html = get(viewer, PAST)

    assert "Last 24 h" in text_of(html)
    assert html.count("<rect fill=") + html.count('<rect class="here"') >= 4
    for start, outcome in (("12:00", "stuck"), ("12:01", "stuck"), ("12:02", "empty")):
        assert f'T{start}:00Z/"><rect fill="url(#strip-{outcome})"' in html
    assert 'T12:03:00Z/"><rect class="here" fill="url(#strip-in_progress)"' in html


def test_a_cell_of_the_strip_says_why_starts_were_blocked(viewer, overrun):
    html = get(viewer, PAST)

    assert "12:00:00 UTC · Stuck: 1 run, 2 blocked (prior run still running), 1 incident" in html
    assert "12:02:00 UTC · Empty: no run, 1 incident" in html


def test_an_incident_has_when_who_how_long_and_what_it_cost(viewer, overrun):
    html = get(viewer, PAST)
    page = text_of(html)

    # The other one: in the third cycle nobody asked.
    assert "2 incidents · Last 24 h" in page
    assert "Stuck run 2 cycles host-1:7" in page
    assert "3 starts blocked" in page
    assert '/s/service-1/cycles/2026-03-14T12:00:00Z/"' in html
    assert '/s/service-1/runners/a/"' in html
    assert f'href="/s/service-1/executions/{overrun.run_id}/"' in html


def test_the_pages_of_a_cycle_have_the_strip(viewer, overrun):
    live = get(viewer, "/s/service-1/")
    past = get(viewer, "/s/service-1/cycles/2026-03-14T12:01:00Z/")

    assert 'T12:03:00Z/"><rect class="here"' in live
    assert 'T12:01:00Z/"><rect class="here" fill="url(#strip-stuck)"' in past


def test_a_refresh_of_the_live_page_does_not_bring_the_strip(viewer, overrun):
    assert "strip-rows" not in get(viewer, "/s/service-1/", headers=HTMX)


def test_what_is_known_is_not_sent_again(viewer, overrun, set_clock, service_of_overrun):
    known = known_past(get(viewer, PAST))

    unchanged = viewer.get(PAST, {"known_past": known}, headers=HTMX)
    assert unchanged.status_code == 204

    set_clock(after(241))
    assert viewer.get(PAST, {"known_past": known}, headers=HTMX).status_code == 200

    set_clock(after(190))
    finish_late(service_of_overrun)
    assert viewer.get(PAST, {"known_past": known}, headers=HTMX).status_code == 200


@pytest.fixture
def service_of_overrun(overrun):
    return overrun.service


def finish_late(service):
    service.refresh_from_db()
    service.summary_revision += 1
    service.save()


def known_past(html):
    return html.partition('name="known_past"')[2].partition('value="')[2].partition('"')[0]


def test_a_week_can_be_asked_for(viewer, overrun):
    page = text_of(get(viewer, f"{PAST}?strip=7d"))

    assert "Last 7 days" in page
    assert "Sat 14" in page


@pytest.mark.parametrize(
    "path", [PAST, "/s/service-1/", "/s/service-1/cycles/2026-03-14T12:00:00Z/"]
)
def test_another_range_is_refused_with_the_right_ones(viewer, overrun, path):
    response = viewer.get(path, {"strip": "month"})

    assert response.status_code == 400
    assert "“month” is not a range of the strip" in text_of(response.content.decode())
    assert "strip=7d" in text_of(response.content.decode())


def test_cycles_that_are_not_summed_up_are_said(viewer, make_service, set_clock):
    service = make_service()
    beat(service, Beat(runner_id="a"), now=after(0))
    keep_summaries(service, now=after(61))
    set_clock(after(600))

    assert "Cycles since 12:01:00 UTC are not summed up yet" in text_of(get(viewer, PAST))


def test_an_old_cycle_has_the_strip_of_its_own_time(viewer, overrun, set_clock):
    set_clock(after(10 * 86_400))

    html = get(viewer, "/s/service-1/cycles/2026-03-14T12:01:00Z/")

    assert 'T12:01:00Z/"><rect class="here"' in html
    assert "Last 24 h" not in text_of(html)


@pytest.mark.both_databases
def test_it_takes_the_same_few_queries_for_any_number_of_cycles(
    viewer, overrun, set_clock, django_assert_num_queries
):
    # Session, user, service, policy (twice), cycles, incidents, and for those names and runs.
    with django_assert_num_queries(9):
        get(viewer, PAST)


def test_nobody_looks_without_signing_in(anonymous, overrun):
    response = anonymous.get(PAST)

    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_an_unknown_service_is_said(viewer):
    response = viewer.get("/s/nothing/past/")

    assert response.status_code == 404
    assert "No service is called “nothing”" in text_of(response.content.decode())


@pytest.mark.parametrize("at", ["", "yesterday", "2026-03-14T12:00:00", "2026-99-99T00:00:00Z"])
def test_an_address_that_marks_nothing_still_works(viewer, overrun, at):
    assert "Last 24 h" in text_of(get(viewer, PAST, data={"at": at}))


def test_t0_is_what_the_addresses_here_are_made_of():
    assert f"{T0:%Y-%m-%dT%H:%M:%SZ}" == "2026-03-14T12:00:00Z"


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "x", "2026-03-14T12:00:00"]
)
def test_a_selected_cycle_that_none_of_our_addresses_names_is_ignored(viewer, overrun, at):
    assert "Last 24 h" in text_of(viewer.get(PAST, {"at": at}).content.decode())
