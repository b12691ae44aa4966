"""The page of a cycle whose executions are no longer kept."""

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import CycleSummary, Execution, Service
from tests.conftest import after
from tests.dashboard.conftest import HTMX
from tests.dashboard.web.reading import get, text_of
from tests.scheduler.pruning.pruned_rows import prune_all

pytestmark = pytest.mark.django_db
FIRST = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SECOND = "/s/service-1/cycles/2026-03-14T12:01:00Z/"
LATER = "/s/service-1/cycles/2026-03-14T12:09:00Z/"


@pytest.fixture
def pruned(make_service, set_clock):
    """`a` holds from 5 s to 85 s, three starts are refused. Two hours later, one is kept."""
    service = make_service(dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a", host="host-1", pid=7), Beat(runner_id="b"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    for second in (31, 45, 80):
        claim(service, "b" if second < 60 else "a", now=after(second))
    finish(service, run.run_id, Status.ABANDONED, now=after(85))
    now = after(7_200)
    while (kept := keep_summaries(service, now=now)).due_at <= now:
        assert kept.written
    Service.objects.filter(pk=service.pk).update(keep_days=1 / 24, keep_executions=1_000_000)
    prune_all(service, now)
    assert not Execution.objects.exists()
    set_clock(now)
    return service


def test_it_says_that_the_executions_are_gone_and_what_was_summed_up(viewer, pruned):
    page = text_of(get(viewer, FIRST))

    assert "Its executions are no longer kept" in page
    assert "Stuck: 1 abandoned, 2 blocked. At most 2 runners in its plan." in page
    assert "Blocked: prior run still running 2" in page
    assert "nothing ran" not in page


def test_it_says_what_is_kept(viewer, pruned):
    page = text_of(get(viewer, FIRST))

    assert (
        "Kept: executions for 1 h, at most 1,000,000; "
        "summaries of cycles for 400 days; acknowledged blocks for ever. "
        "Gone so far: what began and was over before 13:00:00 UTC." in page
    )


def test_its_incidents_are_told_with_their_runners(viewer, pruned):
    html = get(viewer, FIRST)

    assert "Stuck run" in text_of(html)
    assert '/s/service-1/runners/a/"' in html
    # It is not known to go on.
    assert "so far" not in text_of(html).partition("in this cycle")[2].partition("Windows")[0]


def test_what_went_on_at_the_end_is_not_told_to_go_on(viewer, pruned):
    for row in CycleSummary.objects.filter(incident_count__gt=0):
        row.incidents[0] |= {"end": None, "seconds": 55.0}
        row.save()

    assert "55 s or longer" in text_of(get(viewer, FIRST))


def test_the_strip_goes_on_showing_it(viewer, pruned):
    assert 'T12:00:00Z/"><rect class="here" fill="url(#strip-stuck)"' in get(viewer, FIRST)


def test_one_steps_from_it_to_its_neighbours(viewer, pruned):
    html = get(viewer, SECOND)

    assert f'href="{FIRST}"' in html
    assert 'href="/s/service-1/cycles/2026-03-14T12:02:00Z/"' in html


def test_a_cycle_without_a_summary_says_that_nothing_is_known(viewer, pruned):
    CycleSummary.objects.filter(cycle_start=after(0)).delete()

    page = text_of(get(viewer, FIRST))

    assert "Not known: nothing is kept of this cycle." in page
    assert "Neither executions nor a summary are kept of it" in page
    assert "Windows of this cycle" not in page


def test_a_tab_that_has_it_open_keeps_what_it_shows(viewer, pruned):
    assert viewer.get(FIRST, headers=HTMX).status_code == 204


def test_a_cycle_of_another_grid_that_has_its_summary_is_shown(viewer, pruned):
    CycleSummary.objects.filter(cycle_start=after(0)).update(
        cycle_start=after(30), cycle_end=after(50)
    )

    page = text_of(get(viewer, "/s/service-1/cycles/2026-03-14T12:00:30Z/"))

    assert "12:00:30 – 12:00:50" in page


def test_an_instant_within_it_leads_to_it(viewer, pruned):
    response = viewer.get("/s/service-1/cycles/2026-03-14T12:00:10Z/")

    assert (response.status_code, response["Location"]) == (302, FIRST)


def test_a_cycle_after_the_mark_is_drawn(viewer, pruned):
    html = get(viewer, "/s/service-1/cycles/2026-03-14T13:30:00Z/")

    assert 'id="timeline"' in html


def test_a_cycle_that_is_pruned_while_it_is_read_is_not_drawn(viewer, pruned, monkeypatch):
    Service.objects.update(pruned_until=None)

    def pruned_meanwhile(*told, **more):
        Service.objects.update(pruned_until=after(3_600))
        return real(*told, **more)

    from dashboard.cycle import views as cycle

    real = cycle.known_cycle
    monkeypatch.setattr(cycle, "known_cycle", pruned_meanwhile)

    assert "Its executions are no longer kept" in text_of(get(viewer, FIRST))


def test_nobody_looks_without_signing_in(anonymous, pruned):
    assert anonymous.get(FIRST).status_code == 302


@pytest.mark.both_databases
def test_it_takes_few_queries(viewer, pruned, django_assert_num_queries):
    # Session, user, service, policies (3), summary and whether it is there, names of services,
    # runners of incidents (2), what the next cycles tell of them, and the strip with its incidents
    # and their runners and runs (4).
    with django_assert_num_queries(15):
        get(viewer, FIRST)
