"""An attempt in a sentence: what it is, and how it stands."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, end_dead_holder, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Service, ServiceMode
from tests.conftest import after
from tests.dashboard.attempt.reading import block_of, page_of, said
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import get

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def test_a_completed_run_in_a_sentence(viewer: Client, story: Story) -> None:
    page = said(viewer, story.completed)

    assert "Completed: host-1:412 ran for 4 s, from 12:00:02 to 12:00:06 UTC." in page
    assert "It started 2 s into its window (12:00:00 – 12:00:20) and ended 14 s before its" in page


def test_a_run_that_goes_on_in_a_sentence(viewer: Client, story: Story) -> None:
    page = said(viewer, story.running)

    assert "Running: b for 4 s so far, since 12:00:21 UTC." in page
    assert "It started 1 s into its window (12:00:20 – 12:00:40)." in page
    assert (
        f"The last run before it, {story.completed[:8]} of host-1:412, had ended 15 s earlier."
        in page
    )


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (41, "(12:00:20 – 12:00:40) and goes on past its end."),
        (61, "(12:00:20 – 12:00:40) and goes on past the end of its cycle."),
        (622, "Silent holder: b for 10 m 01 s since 12:00:21 UTC, and is no longer heard"),
    ],
)
def test_how_a_run_stands_while_it_goes_on(
    viewer: Client, story: Story, set_clock: SetClock, now: float, words: str
) -> None:
    claim(story.service, "b", now=after(22))
    set_clock(after(now + 24 * (now > 600)))

    page = said(viewer, story.running).replace("10 m 25 s", "10 m 01 s")

    assert words in page


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (45, "and ran 5 s past its end."),
        (90, "and went on 30 s past the end of its cycle."),
    ],
)
def test_how_far_a_run_went(viewer: Client, story: Story, ended: float, words: str) -> None:
    finish(story.service, story.running, now=after(ended))

    assert words in said(viewer, story.running)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("exception: ValueError", "b gave up after 9 s, from 12:00:21 to 12:00:30 UTC: exception:"),
        ("", "b gave up after 9 s, from 12:00:21 to 12:00:30 UTC, and told no reason."),
    ],
)
def test_a_run_that_gave_up_in_a_sentence(
    viewer: Client, story: Story, reason: str, words: str
) -> None:
    finish(story.service, story.running, Status.ABANDONED, reason=reason, now=after(30))

    assert f"Abandoned: {words}" in said(viewer, story.running)


def test_a_dead_holder_in_a_sentence(viewer: Client, service: Service, set_clock: SetClock) -> None:
    run = claim(service, "a", now=after(2)).execution
    assert run is not None
    end_dead_holder(service, now=after(50))
    set_clock(after(60))

    assert (
        "Abandoned: a was no longer heard. It held the service for 30 s, from 12:00:02 to "
        "12:00:32 UTC." in said(viewer, run.run_id)
    )


def test_a_block_by_a_prior_run_names_it(viewer: Client, story: Story) -> None:
    page = said(viewer, block_of().run_id)

    assert (
        "Blocked: prior run still running. b asked to start. 3 attempts from 12:00:22 until "
        "12:00:24 UTC." in page
    )
    assert (
        f"Run {story.running[:8]} of b still held the service: since 12:00:21 UTC and has not ended"
        in page
    )
    assert f'href="{page_of(story.running)}"' in get(viewer, page_of(block_of().run_id))


def test_a_name_in_a_sentence_leaves_what_is_beside_it_in_place(
    viewer: Client, make_service: Make
) -> None:
    """A name of Hebrew letters, beside which an instant would be read from its other end."""
    service = make_service(ServiceMode.OBSERVED)
    first, second, block = (
        ExecutionReport(
            run_id=run_id,
            runner_id=runner_id,
            status=status,
            started_at=after(start),
            ended_at=after(end),
            reason="prior_running:first runner:שלום" if status is Status.BLOCKED else "",
        )
        for run_id, runner_id, status, start, end in (
            ("first", "שלום", Status.COMPLETED, 2, 50),
            ("second", "b", Status.COMPLETED, 5, 9),
            ("block", "b", Status.BLOCKED, 10, 10),
        )
    )
    report(service, executions=[first, second, block], now=after(60))

    assert "of <bdi>שלום</bdi><bdi> went on when it started, until" in get(
        viewer, page_of("second")
    )
    assert "of <bdi>שלום</bdi><bdi> still held the service" in get(viewer, page_of("block"))


def test_a_late_start_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(max_start_slot_fraction=0.5)
    claim(service, "a", now=after(48))

    page = said(viewer, block_of().run_id)

    # 48 of 60 s.
    assert (
        "Blocked: late start. a asked at 2026-03-14 12:00:48 UTC: 80.00 % of its window was over"
        in page
    )


def test_a_block_by_grace_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(membership_stabilization_seconds=60.0)
    claim(service, "a", now=after(5))

    assert "12:00:05 UTC: a was scheduled and too new." in said(viewer, block_of().run_id)


def test_a_block_without_windows_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(spread_margin_minutes=0.5)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(5))

    page = said(viewer, block_of().run_id)

    assert "12:00:05 UTC: the margin takes the whole slot of each of 2 runners." in page
    assert "Slot 1 of 2 Window none the margin takes all of the slot" in page


def test_the_date_is_told_once_where_it_is_not_today(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(2 * 86_400))

    assert "from 2026-03-14 12:00:02 to 12:00:06 UTC." in said(viewer, story.completed)
