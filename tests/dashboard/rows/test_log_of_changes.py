"""What changed in a fleet, in the log of the cycle and on the page of a runner."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client

from dashboard.rows.log import LogRow, cycle_log
from dashboard.text.words import TimeWords
from scheduler.core.cycle.watching import WatchSpan, unseen_since
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PresenceSpan
from scheduler.core.timeline import CycleTimeline
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from scheduler.policies import PolicyChange, policy_at
from scheduler.services import change_policy
from tests.conftest import after
from tests.core.build import T0, at, cycle, revision, span, watch
from tests.dashboard.web.reading import get, text_of

WORDS = TimeWords(zone=UTC, now=T0)
US = 0.000001


def rows(timeline: CycleTimeline, change: PolicyChange | None = None) -> list[LogRow]:
    changes = {} if change is None else {timeline.cycle_start: change}
    return list(cycle_log(timeline, slug="s", names={}, words=WORDS, changes=changes).rows)


def told(timeline: CycleTimeline) -> list[tuple[str, str, str]]:
    return [(row.time, row.runner_id, row.what) for row in rows(timeline)]


def test_who_joins_at_the_very_start_of_a_cycle_is_in_its_log() -> None:
    assert told(cycle(span("a", -9), span("b", 0))) == [("16:00:00", "b", "joined")]


def test_who_left_with_the_end_of_the_cycle_before_is_in_its_log() -> None:
    assert told(cycle(span("a", -9), span("b", -8, -US))) == [("16:00:00", "b", "left")]


def test_who_may_run_the_service_from_the_start_on_or_no_longer_is_in_its_log() -> None:
    presences = (
        span("a", -9, -US, eligible=False),
        span("a", 0, created=-9),
        span("b", -8, -US),
        span("b", 0, created=-8, eligible=False),
    )

    assert [row.what for row in rows(cycle(*presences))] == ["joined a; left b"]


def test_a_policy_that_comes_into_force_with_the_cycle_is_in_its_log() -> None:
    revisions = [
        revision(SchedulingPolicy()),
        revision(replace(SchedulingPolicy(), spread_margin_minutes=0.5), 0),
    ]

    assert [row.signal.word for row in rows(cycle(span("a", -9), revisions=revisions))] == [
        "Policy changed"
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (PolicyChange("ops", "the fleet grew"), "; set by ops: the fleet grew"),
        (PolicyChange("ops", ""), "; set by ops"),
        (PolicyChange("", "the fleet grew"), "; the fleet grew"),
        (PolicyChange("", ""), ""),
    ],
)
def test_the_log_says_who_changed_a_policy_and_why(change: PolicyChange, words: str) -> None:
    wider = replace(SchedulingPolicy(), spread_margin_minutes=0.5)
    revisions = [revision(SchedulingPolicy()), revision(wider, 0)]

    (row,) = rows(cycle(span("a", -9), revisions=revisions), change)

    assert row.why == f"new slots for 1 runner{words}"


@pytest.mark.django_db
def test_the_page_of_a_cycle_says_who_changed_its_policy_and_why(
    viewer: Client, service: Service, set_clock: Callable[[datetime], None]
) -> None:
    wider = replace(policy_at(service, after(0)), spread_margin_minutes=0.1)
    change_policy(service, wider, changed_by="ops", note="the fleet grew", now=after(30))
    set_clock(after(40))

    assert "set by ops: the fleet grew" in text_of(get(viewer, "/s/service-1/"))


def test_what_happens_at_the_end_of_a_cycle_is_in_the_log_of_the_next() -> None:
    presences = (span("a", -9), span("b", 300))

    assert told(cycle(*presences, now=400)) == []
    assert told(cycle(*presences, start=300, now=400)) == [("16:05:00", "b", "joined")]


def test_the_cycle_after_a_change_has_no_row_of_it() -> None:
    assert told(cycle(span("a", -9), span("b", 0), start=300, now=600)) == []


def test_nobody_leaves_while_nobody_watches() -> None:
    presences = (span("a", -9), span("b", -8, 100))

    assert told(cycle(*presences, watches=[watch(-10, 50)])) == []


@pytest.mark.parametrize(
    ("watches", "time", "what"),
    [
        (None, "16:02:20", "joined"),
        ([watch(-10, 400)], "16:02:20", "joined"),
        ([watch(-10, 400, every=2)], "≈ 16:02:20", "joined; between 16:02:18 and 16:02:20"),
        (
            [watch(-10, 110), watch(130, 400, every=30)],
            "≈ 16:02:20",
            "joined; between 16:01:50 and 16:02:20",
        ),
    ],
)
def test_who_comes_back_is_told_as_exactly_as_it_is_known(
    watches: list[WatchSpan] | None, time: str, what: str
) -> None:
    presences: tuple[PresenceSpan, ...] = (
        span("a", -9, 100),
        span("a", 140, created=-9),
        span("b", -8),
    )

    row = rows(cycle(*presences, watches=watches))[0]

    assert (row.time, row.what) == (time, what)


def test_a_first_heartbeat_is_told_exactly() -> None:
    watches = [watch(-10, 400, every=2)]

    assert told(cycle(span("a", -9), span("b", 140), watches=watches)) == [
        ("16:02:20", "b", "joined")
    ]


@pytest.mark.parametrize(
    ("watches", "since"),
    [
        (None, None),
        ([], None),
        ([watch(0, 100)], None),
        ([watch(0, 100, every=2)], 48),
        ([watch(49, 100, every=2)], None),
        ([watch(0, 40), watch(49, 100, every=2)], 40),
        ([watch(0, 40)], 40),
    ],
)
def test_what_was_first_seen_may_have_been_so_since_the_look_before(
    watches: list[WatchSpan] | None, since: float | None
) -> None:
    assert unseen_since(watches, at(50)) == (None if since is None else at(since))


@pytest.mark.django_db
def test_the_page_of_a_runner_says_between_which_looks_it_came_back(
    viewer: Client, observed: Service, set_clock: Callable[[datetime], None]
) -> None:
    heartbeats = [HeartbeatReport(runner_id="a", at=after(at)) for at in (1, 64.235)]
    report(observed, heartbeats=heartbeats, now=after(65))
    for second in range(0, 70, 2):
        watched(observed, "collector", at=after(second), good_for_seconds=10, every_seconds=2)
    set_clock(after(70))

    html = get(viewer, "/s/service-1/runners/a/")

    assert "12:00:31 ≈ 12:01:04" in text_of(html)
    assert 'title="between 12:01:02.235 and 12:01:04.235"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("is_derived", ["", "?origin=derived"])
def test_the_audit_says_where_the_derived_blocks_of_the_present_cycle_are(
    viewer: Client, observed: Service, set_clock: Callable[[datetime], None], is_derived: str
) -> None:
    set_clock(after(70))

    html = get(viewer, f"/s/service-1/blocked/{is_derived}")

    assert "Derived blocks are of cycles that are over" in text_of(html)
    assert '<a href="/s/service-1/">live page</a>' in html
