from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.core.incidents.kinds import Incident, IncidentKind, MarginFacts
from scheduler.cycles.summary_json import incident_to_json
from scheduler.incidents.whole import executions_of, incidents_by_service, service_incidents
from scheduler.models import CycleSummary, Execution, Runner
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def incident(kind, start, end, runner_id="a", **more):
    length = 0.0 if end is None else float(end - start)
    return Incident(
        kind=kind,
        start=after(start),
        end=None if end is None else after(end),
        seconds=length,
        runner_ids=(runner_id,),
        **more,
    )


def keep(service, cycle, *incidents):
    """The summary of the minute that begins so many seconds after T0."""
    CycleSummary.objects.create(
        service=service,
        cycle_start=after(cycle),
        cycle_end=after(cycle + 60),
        outcome="stuck",
        runner_count=1,
        started=0,
        completed=0,
        abandoned=0,
        blocked=0,
        incident_count=len(incidents),
        incidents=[incident_to_json(each) for each in incidents],
    )


def lately(service):
    return service_incidents(service, since=T0, until=after(3_600))


def test_a_run_that_several_cycles_tell_of_is_one_line(service):
    for cycle, start, cost in ((0, 40, 2), (60, 60, 3), (120, 120, 1)):
        stuck = incident(IncidentKind.STUCK_RUN, start, 150, run_ids=("x",), blocked_attempts=cost)
        keep(service, cycle, stuck)

    (one,) = lately(service)

    assert (one.first_cycle, one.last_cycle, one.cycles) == (T0, after(120), 3)
    # From 40 s to 150 s, and 2 + 3 + 1 starts.
    assert (one.incident.seconds, one.incident.blocked_attempts) == (110.0, 6)


def test_a_stuck_run_that_turns_out_to_be_a_dead_holders_is_one_line(service):
    keep(service, 0, incident(IncidentKind.STUCK_RUN, 30, None, run_ids=("x",)))
    keep(service, 60, incident(IncidentKind.DEAD_HOLDER, 50, 90, run_ids=("x",)))

    (one,) = lately(service)

    assert (one.incident.kind, one.incident.start, one.cycles) == ("dead_holder", after(50), 2)


def test_what_goes_on_is_as_long_as_its_last_cycle_says(service):
    for cycle, seconds in ((0, 20.0), (60, 80.0)):
        silent = incident(IncidentKind.DEAD_HOLDER, 40, None, run_ids=("x",))
        keep(service, cycle, replace(silent, seconds=seconds))

    (one,) = lately(service)

    # From 40 s to 60 s, then from 40 s to 120 s.
    assert (one.incident.start, one.incident.seconds) == (after(40), 80.0)


def test_two_runs_are_two_lines_the_latest_first(service):
    for cycle, run_id in ((0, "x"), (60, "y")):
        keep(
            service,
            cycle,
            incident(IncidentKind.STUCK_RUN, cycle + 5, cycle + 9, run_ids=(run_id,)),
        )

    assert [one.incident.run_ids for one in lately(service)] == [("y",), ("x",)]


def test_what_goes_on_comes_first(service):
    keep(service, 0, incident(IncidentKind.STUCK_RUN, 5, None, run_ids=("x",)))
    keep(service, 60, incident(IncidentKind.OVERLAP, 65, 70, run_ids=("y", "z")))

    assert [one.incident.kind for one in lately(service)] == ["stuck_run", "overlap"]


def test_slots_without_a_start_in_cycles_that_follow_each_other_are_one_line(service):
    for cycle, runner_id in ((0, "a"), (60, "b"), (180, "a")):
        keep(
            service,
            cycle,
            incident(IncidentKind.UNSERVED_SLOTS, cycle, cycle + 30, runner_id, count=2),
        )

    later, earlier = lately(service)

    # The third cycle was well.
    assert (later.cycles, later.incident.count) == (1, 2)
    assert (earlier.cycles, earlier.incident.count) == (2, 4)
    assert earlier.incident.runner_ids == ("a", "b")


def test_what_the_last_cycle_knows_stands_for_all(service):
    facts = [
        MarginFacts(startable_seconds=each, check_interval_seconds=30.0, margin_seconds=60.0)
        for each in (2.0, 3.0)
    ]
    for cycle, each in zip((0, 60), facts, strict=True):
        one = incident(IncidentKind.SLOT_LOST_TO_MARGIN, cycle, cycle + 30, facts=each)
        keep(service, cycle, one)

    (told,) = lately(service)

    assert (told.incident.count, told.incident.facts) == (2, facts[1])


def test_runners_that_a_summary_does_not_name_are_counted(service):
    fleet = tuple(f"r{number:03}" for number in range(120))
    for cycle in (0, 60):
        one = incident(IncidentKind.UNSERVED_SLOTS, cycle, cycle + 30, count=120)
        keep(service, cycle, replace(one, runner_ids=fleet))

    (told,) = lately(service)

    assert told.incident.runner_ids == fleet[:50]
    assert told.incident.unnamed == 70


def test_runners_without_a_window_are_not_added_up(service):
    for cycle in (0, 60):
        keep(
            service,
            cycle,
            incident(IncidentKind.ALL_WINDOWS_INVALID, cycle, cycle + 60, count=5),
        )

    (one,) = lately(service)

    assert (one.cycles, one.incident.count, one.incident.seconds) == (2, 5, 120.0)


def test_only_cycles_of_the_time_asked_for_count(service):
    for cycle in (-60, 0, 60):
        keep(
            service,
            cycle,
            incident(IncidentKind.STUCK_RUN, cycle, cycle + 1, run_ids=(str(cycle),)),
        )

    found = service_incidents(service, since=T0, until=after(60))

    assert [one.incident.run_ids for one in found] == [("0",)]


def test_many_services_are_read_at_once(make_service, django_assert_num_queries):
    services = [make_service(), make_service()]
    keep(services[0], 0, incident(IncidentKind.STUCK_RUN, 5, 9, run_ids=("x",)))

    with django_assert_num_queries(1):
        found = incidents_by_service(services, since=T0, until=T0 + timedelta(hours=1))

    assert [len(found[service.pk]) for service in services] == [1, 0]


def test_a_run_is_found_by_its_id(service):
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    row = Execution.objects.create(
        service=service,
        runner=runner,
        run_id="x",
        status="completed",
        origin="claimed",
        started_at=T0,
        ended_at=after(1),
        first_attempt_at=T0,
        last_attempt_at=T0,
    )

    assert executions_of(service, ["x", "gone"]) == {"x": row.pk}
