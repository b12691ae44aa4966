from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import WrongServiceMode
from scheduler.intake.reported_types import ConflictingRun, ExecutionReport, HeartbeatReport
from scheduler.intake.reports import InvalidReport, InvalidWatch, ReportTooLarge, report, watched
from scheduler.models import Execution, Presence, Runner, Service, ServiceMode, Watch
from scheduler.services import create_service
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db
YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
DONE: Any = "done"


def heartbeat(
    second: float,
    runner_id: str = "a",
    *,
    eligible: bool = True,
    offset: float | None = None,
    round_trip: float | None = None,
) -> HeartbeatReport:
    return HeartbeatReport(
        runner_id=runner_id,
        at=after(second),
        eligible=eligible,
        runner_time=None if offset is None else after(second + offset),
        round_trip_seconds=round_trip,
    )


def run(run_id: str, status: Status, start: float, end: float | None, reason: str = "", runner="a"):
    return ExecutionReport(
        run_id=run_id,
        runner_id=runner,
        status=status,
        started_at=after(start),
        ended_at=None if end is None else after(end),
        reason=reason,
    )


def contents(service: Service) -> list[tuple[object, ...]]:
    """Everything the reports left, but for keys."""
    presences = Presence.objects.filter(service=service).values_list(
        "runner__runner_id",
        "runner__first_seen_at",
        "runner__host",
        "runner__clock_offset_seconds",
        "runner__clock_uncertainty_seconds",
        "runner__clock_measured_at",
        "started_at",
        "last_heartbeat_at",
        "expires_at",
        "eligible",
    )
    executions = Execution.objects.filter(service=service).values_list(
        "run_id",
        "runner__runner_id",
        "status",
        "started_at",
        "ended_at",
        "reason",
        "reason_detail",
        "cycle_start",
    )
    return sorted(presences, key=repr) + sorted(executions, key=repr)


def test_a_run_reported_running_and_then_completed_is_one_completed_row(observed):
    report(observed, executions=[run("x", Status.RUNNING, 5, None)])
    report(observed, executions=[run("x", Status.COMPLETED, 5, 9)])

    row = Execution.objects.get(service=observed)
    assert (row.status, row.origin, row.ended_at) == ("completed", "reported", after(9))
    assert row.cycle_start == T0


def test_an_old_running_report_does_not_reopen_a_run(observed):
    report(observed, executions=[run("x", Status.COMPLETED, 5, 9)])
    result = report(observed, executions=[run("x", Status.RUNNING, 5, None)])

    assert result.executions == 0
    assert Execution.objects.get(service=observed).status == "completed"


def test_a_foreign_reason_is_split_at_its_first_colon(observed):
    reason = "prior_running:77 runner:b"
    report(observed, executions=[run("x", Status.BLOCKED, 5, 5, reason)])

    row = Execution.objects.get(service=observed)
    assert (row.reason, row.reason_detail) == ("prior_running", "77 runner:b")


def test_two_running_at_once_are_both_kept(observed):
    report(
        observed,
        executions=[
            run("x", Status.RUNNING, 5, None),
            run("y", Status.RUNNING, 6, None, runner="b"),
        ],
    )

    assert Execution.objects.filter(service=observed, status="running").count() == 2


def test_a_reported_creation_time_is_the_first_sight(observed):
    early = T0 - timedelta(hours=3)
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=T0, creation_time=early)])

    assert Runner.objects.get(service=observed).first_seen_at == early


def test_a_late_beat_of_the_other_eligibility_splits_a_presence(observed):
    report(observed, heartbeats=[heartbeat(0), heartbeat(10), heartbeat(20)])
    report(observed, heartbeats=[heartbeat(15, eligible=False)])

    spans = Presence.objects.filter(service=observed).order_by("started_at")
    assert [(row.started_at, row.expires_at, row.eligible) for row in spans] == [
        (after(0), after(14.999999), True),
        (after(15), after(19.999999), False),
        (after(20), after(50), True),
    ]


beats = st.builds(
    heartbeat,
    st.integers(0, 200).map(float),
    st.sampled_from(["a", "b"]),
    eligible=st.booleans(),
    offset=st.sampled_from([None, None, -0.5, 0.0, 2.0]),
    round_trip=st.sampled_from([None, 0.0, 0.75]),
)
endings = st.sampled_from([Status.COMPLETED, Status.ABANDONED])
runs = st.integers(0, 5).flatmap(
    lambda n: st.one_of(
        st.just(run(f"run-{n}", Status.RUNNING, n * 20, None, runner="ab"[n % 2])),
        st.builds(
            lambda status, length, reason: run(
                f"run-{n}", status, n * 20, n * 20 + length, reason, runner="ab"[n % 2]
            ),
            endings,
            st.integers(0, 3),
            st.sampled_from(["", "exception:OSError"]),
        ),
    )
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), items=st.lists(st.one_of(beats, runs), min_size=1, max_size=25))
def test_any_order_and_any_repetition_ends_in_the_same_rows(each_database, data, items):
    straight, shuffled = (
        create_service(slug, mode=ServiceMode.OBSERVED, effective_from=T0 - timedelta(days=1))
        for slug in unused_slugs()
    )
    tell(straight, items)
    order = data.draw(st.permutations([*items, *data.draw(st.lists(st.sampled_from(items)))]))
    for batch in batched(order, data.draw(st.integers(1, 6))):
        tell(shuffled, batch)

    assert contents(shuffled) == contents(straight)


def unused_slugs() -> tuple[str, str]:
    taken = Service.objects.count()
    return f"straight-{taken}", f"shuffled-{taken}"


def tell(service: Service, items) -> None:
    report(
        service,
        heartbeats=[item for item in items if isinstance(item, HeartbeatReport)],
        executions=[item for item in items if isinstance(item, ExecutionReport)],
    )


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (heartbeat(0, ""), "runner_id must have 1 to 200 characters, not 0"),
        (
            HeartbeatReport(runner_id="a", at=datetime(2026, 3, 1)),  # noqa: DTZ001 - the mistake
            "at 2026-03-01T00:00:00 has no time zone; send UTC, such as",
        ),
        (run("x", Status.RUNNING, 5, 9), "a running execution has no ended_at"),
        (run("x", Status.COMPLETED, 5, None), "a completed execution needs ended_at"),
        (run("x", Status.COMPLETED, 5, 4), "ended_at is before started_at"),
        (run("x", Status.BLOCKED, 5, 5), "a blocked execution needs a reason"),
        (run("", Status.COMPLETED, 5, 6), "run_id must have 1 to 200 characters, not 0"),
        (heartbeat(0, "a\nb"), r"runner_id 'a\nb' must have no control characters"),
        (run("x\0", Status.RUNNING, 5, None), r"run_id 'x\x00' must have no control characters"),
        (HeartbeatReport(runner_id="a", at=after(0), host="\ud83d"), "half of a surrogate pair"),
        (
            HeartbeatReport(runner_id="a", at=after(0), host="x" * 201),
            "host must have at most 200 characters, not 201",
        ),
        (HeartbeatReport(runner_id="a", at=after(0), pid=2**63), "pid must be a whole number"),
        (HeartbeatReport(runner_id="a", at=YEAR_ONE), "at 0001-01-01T00:00:00+00:00 is before"),
        (
            HeartbeatReport(runner_id="a", at=after(0), creation_time=YEAR_ONE),
            "creation_time 0001-01-01T00:00:00+00:00 is before 1970-01-01",
        ),
        (HeartbeatReport(runner_id="a", at=after(2e9)), "is more than a day after now"),
        (replace(run("x", Status.RUNNING, 5, None), started_at=YEAR_ONE), "is before 1970-01-01"),
        (run("x", Status.RUNNING, 2e9, None), "started_at 2089-07-29T15:33:20+00:00 is more"),
        (run("x", Status.COMPLETED, 5, 2e9), "ended_at 2089-07-29T15:33:20+00:00 is more"),
        (run("x", Status.COMPLETED, 5, 6, "x" * 10_001), "at most 10,000 characters, not 10,001"),
        (run(" . ", Status.COMPLETED, 5, 6), "run_id '.' has '.' between its slashes"),
        (run("x", DONE, 5, 6), "status must be running, completed, abandoned or blocked"),
        (run("x", Status.BLOCKED, 5, 5, " : x"), "a blocked execution needs a reason"),
    ],
)
def test_a_wrong_item_is_named_and_nothing_of_its_batch_is_stored(observed, item, message):
    with pytest.raises(InvalidReport, match="Nothing was stored") as error:
        tell(observed, [heartbeat(0), run("good", Status.COMPLETED, 1, 2), item])

    assert [problem.index for problem in error.value.problems] == [1]
    assert message in str(error.value)
    assert contents(observed) == []


def test_more_items_than_one_report_takes_are_refused(observed):
    runs = [run(f"r{number}", Status.COMPLETED, 1, 2) for number in range(5_000)]

    with pytest.raises(ReportTooLarge, match=r"at most 5,000 items, .* not 5,001: send them in"):
        tell(observed, [heartbeat(0), *runs])

    assert report(observed, executions=runs).executions == 5_000


@pytest.mark.parametrize("given", [None, 3, "text", {1}])
def test_a_report_is_made_of_lists(observed, given):
    with pytest.raises(InvalidReport, match="executions must be a list"):
        report(observed, executions=given)


@pytest.mark.parametrize("item", [None, "text", {"run_id": "x"}])
def test_an_item_of_another_kind_is_named(observed, item):
    with pytest.raises(InvalidReport, match="execution 0: an execution must be a ExecutionReport"):
        report(observed, executions=[item])


def test_white_space_at_the_edges_is_not_kept(observed):
    tell(observed, [run(" x\n", Status.RUNNING, 5, None, runner="\u00a0a")])
    tell(observed, [run("x", Status.BLOCKED, 5, 9, " disk  full : /dev/sda1 ")])

    row = Execution.objects.get(service=observed)
    assert (row.run_id, row.runner.runner_id) == ("x", "a")
    assert (row.reason, row.reason_detail) == ("disk full", "/dev/sda1")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"good_for_seconds": -1}, "good_for_seconds must be a number from 0 to"),
        ({"good_for_seconds": float("nan")}, "good_for_seconds must be a number"),
        ({"good_for_seconds": float("inf")}, "good_for_seconds must be a number"),
        ({"good_for_seconds": True}, "good_for_seconds must be a number"),
        ({"at": YEAR_ONE}, "at 0001-01-01T00:00:00.00:00 is before 1970-01-01"),
        ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "is more than a day after now"),
        ({"collector": ""}, "collector must have 1 to 200 characters"),
        ({"collector": "a\0"}, "collector .* has a NUL"),
    ],
)
def test_a_look_that_cannot_have_been_is_refused(observed, told, words):
    given = {"collector": "c", "at": after(0), "good_for_seconds": 30} | told

    with pytest.raises(InvalidWatch, match=f"^Nothing was stored: .*{words}"):
        watched(observed, given.pop("collector"), **given)

    assert not Watch.objects.exists()


def test_one_run_id_for_two_runners_is_refused(observed):
    tell(observed, [run("x", Status.RUNNING, 5, None)])

    with pytest.raises(ConflictingRun, match="known as a's and was reported as b's"):
        tell(observed, [heartbeat(7, "b"), run("x", Status.COMPLETED, 5, 8, runner="b")])

    assert Runner.objects.filter(service=observed).count() == 1


def test_a_coordinated_service_takes_no_reports(service):
    with pytest.raises(WrongServiceMode, match=r"claim\(\)"):
        report(service, heartbeats=[heartbeat(0)])


def test_a_repeat_changes_nothing_and_raises_no_revision(observed):
    items = [heartbeat(0), run("x", Status.COMPLETED, 5, 9)]
    tell(observed, items)
    before = Service.objects.get(pk=observed.pk).revision
    tell(observed, items)

    assert Service.objects.get(pk=observed.pk).revision == before


def test_looks_close_together_are_one_watch_and_a_gap_is_a_gap(observed):
    for second in (0, 2, 4, 30, 32):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)

    spans = Watch.objects.filter(service=observed).order_by("started_at")
    assert [(row.started_at, row.last_seen_at, row.expires_at) for row in spans] == [
        (after(0), after(4), after(14)),
        (after(30), after(32), after(42)),
    ]
