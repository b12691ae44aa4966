from datetime import timedelta

import pytest

from dashboard.rows.judgement import EXPLAINED, OUTCOMES, VERDICTS
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.reasons import WindowReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report, watched
from scheduler.models import Execution
from tests.conftest import T0, after
from tests.dashboard.web.reading import get, text_of


@pytest.mark.parametrize(
    ("words", "vocabulary"),
    [
        (VERDICTS, Verdict),
        (EXPLAINED, WindowReason),
        (OUTCOMES, Outcome),
    ],
)
def test_everything_a_judgement_says_has_a_word(words, vocabulary):
    assert set(words) == set(vocabulary)


@pytest.fixture
def crash(make_service, set_clock):
    """`a` starts at 5 s and is never heard again; `b`, whose turn is from 30 s on, lives.

    A heartbeat is good for 30 s: until 35 s `a` holds the service, and then `b` has the cycle for
    itself.
    """
    service = make_service()
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(5))
    claim(service, "b", now=after(29))
    claim(service, "b", now=after(31))
    finish(service, claim(service, "b", now=after(40)).execution.run_id, now=after(42))
    set_clock(after(90))
    return f"/s/{service.slug}/cycles/{T0:%Y-%m-%dT%H:%M:%SZ}/"


@pytest.mark.django_db
def test_a_past_cycle_tells_what_became_of_each_window(viewer, crash):
    page = text_of(get(viewer, crash))

    assert "Windows of this cycle" in page
    assert "12:00:00 – 12:00:30 a Abandoned started 5 s into its 30 s window" in page
    assert "12:00:30 – 12:00:35 b Blocked: prior run still running refused 1 s into" in page
    assert "Served started" in page


@pytest.mark.django_db
def test_a_past_cycle_tells_its_incidents(viewer, crash):
    html = get(viewer, crash)
    page = text_of(html)

    assert "1 incident · in this cycle Dead holder 12:00:05" in page
    assert '<a class="mono" href="/s/service-1/runners/a/" title="a"><bdi>a</bdi></a>' in html
    run_id = Execution.objects.get(status="abandoned").run_id
    assert f'href="/s/service-1/executions/{run_id}/"' in html
    assert "a fell silent while it held the service" in page


@pytest.mark.django_db
def test_what_is_derived_is_marked_as_derived(viewer, make_service, set_clock):
    service = make_service(spread_margin_minutes=0.5)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(5))
    set_clock(after(60) + timedelta(seconds=1))

    html = get(viewer, f"/s/{service.slug}/cycles/2026-03-14T12:00:00Z/")

    # a was refused, and that is written down; b never asked.
    assert text_of(html).count("Blocked: no slot window") >= 2
    assert html.count('class="badge blocked-no-window derived"') == 1
    # In the sentence on top, in the table, and in the legend.
    assert text_of(html).count("(derived)") == 3
    assert "Blocked: 1 blocked, 1 window blocked (derived)." in text_of(html)


@pytest.mark.django_db
def test_a_cycle_that_only_the_rules_blocked_says_so(viewer, make_service, set_clock):
    service = make_service(membership_stabilization_seconds=100.0)
    beat(service, Beat(runner_id="a"), now=after(-1))
    beat(service, Beat(runner_id="a"), now=after(29))
    set_clock(after(61))

    page = text_of(get(viewer, f"/s/{service.slug}/cycles/2026-03-14T12:00:00Z/"))

    assert "Blocked: nothing ran, 1 window blocked (derived)." in page
    assert "nothing was blocked" not in page


@pytest.mark.django_db
def test_a_cycle_that_goes_on_is_not_judged_in_its_table(viewer, make_service, set_clock):
    service = make_service()
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(10))

    page = text_of(get(viewer, f"/s/{service.slug}/"))

    assert "Decisions now" in page
    assert "What became of it" not in page


@pytest.mark.django_db
def test_every_window_of_a_troubled_day_has_one_verdict(make_service):
    service = make_service()
    for start in range(0, 600, 60):
        beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(start))
        run = claim(service, "a", now=after(start + 1)).execution
        if run and start % 120:
            finish(service, run.run_id, now=after(start + 9))
        beat(service, Beat(runner_id="b"), now=after(start + 29))

    for start in range(0, 600, 60):
        timeline = load_cycle(service, after(start), now=after(700))
        judged = judge_cycle(timeline)
        windows = [(lane.runner_id, slot.start) for lane in timeline.lanes for slot in lane.slots]
        assert [(one.runner_id, one.start) for one in judged.verdicts] == windows
        assert sum(judged.counts.slots.values()) == len(windows)
        assert judged.outcome is not Outcome.IN_PROGRESS


@pytest.mark.django_db
def test_what_is_wrong_in_the_present_cycle_is_said_at_once(viewer, make_service, set_clock):
    service = make_service()
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(5))
    beat(service, Beat(runner_id="b"), now=after(29))
    set_clock(after(36))

    page = text_of(get(viewer, f"/s/{service.slug}/"))

    # Its heartbeat was good until 30 s.
    assert "1 incident · in this cycle Dead holder" in page


@pytest.mark.django_db
def test_of_many_incidents_the_worst_are_shown_and_all_are_counted(viewer, observed, set_clock):
    report(
        observed,
        executions=[
            ExecutionReport(
                run_id=f"run-{second}",
                runner_id=f"stranger-{second}",
                status=Status.COMPLETED,
                started_at=after(second),
                ended_at=after(second + 0.5),
            )
            for second in range(30)
        ],
        now=after(40),
    )
    for second in range(0, 60, 5):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)
    set_clock(after(61))

    page = text_of(get(viewer, "/s/service-1/cycles/2026-03-14T12:00:00Z/"))

    assert "30 incidents · in this cycle Showing 20, the worst kinds first." in page
    assert page.count("Run outside its slot 12:00:") == 20
