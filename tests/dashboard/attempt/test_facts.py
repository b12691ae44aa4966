"""Every stored fact of an attempt, and why it was decided so."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.test import Client

from dashboard.attempt.checks import NAMES, STATES
from scheduler.blocks.acknowledgements import acknowledge
from scheduler.core.explain import CheckName, CheckState
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Service
from tests.conftest import after
from tests.dashboard.attempt.reading import block_of, page_of, said
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def test_every_stored_fact_of_a_run_is_told(viewer: Client, story: Story) -> None:
    row = Execution.objects.get(run_id=story.completed)
    page = get(viewer, page_of(story.completed))

    assert (
        f"Run id {story.completed} Runner host-1:412 Runner id a Status Completed Reason none "
        f"Detail none Origin Decided here, when it asked Fencing token {row.pk} rises with every "
        "start Started 12:00:02 UTC Ended 12:00:06 UTC Duration 4 s Attempts 1 First attempt "
        "12:00:02 UTC Last attempt 12:00:02 UTC Cycle 12:00:00 – 12:01:00 UTC (1 m) Slot 1 of 3 "
        "Window 12:00:00 – 12:00:20 UTC (20 s) Assigned runner host-1:412 (itself) "
        "Late fraction none only a late start has one" in text_of(page)
    )
    assert f'data-copy="{story.completed}"' in page
    assert 'href="/s/service-1/runners/a/"' in page
    assert f'href="/s/service-1/cycles/2026-03-14T12:00:00Z/#execution-{row.pk}"' in page


def test_every_stored_fact_of_a_block_is_told(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, page_of(block_of().run_id)))

    assert (
        "Status Blocked Reason prior_running prior run still running Detail "
        f"{story.running} runner:b of its last attempt Origin Decided here, when it "
        "asked Asked 12:00:22 UTC Ended at once: it never ran Attempts 3 First attempt "
        "12:00:22 UTC Last attempt 12:00:24 UTC" in page
    )
    assert "Fencing token" not in page


def test_a_block_tells_who_has_seen_to_it(viewer: Client, story: Story) -> None:
    row = block_of()
    page = get(viewer, page_of(row.run_id))
    assert "Acknowledged not yet" in text_of(page)
    assert f'href="/s/service-1/blocked/?to=now&amp;run_id={row.run_id}"' in page

    acknowledge(
        story.service,
        executions=Execution.objects.filter(pk=row.pk),
        seen=None,
        by="kim",
        note="a known failover",
        now=after(24),
    )

    assert "Acknowledged by kim, 12:00:24 UTC a known failover" in said(viewer, row.run_id)
    assert "Acknowledged" not in said(viewer, story.running)


def test_what_a_fleet_does_not_tell_is_derived_and_says_so(viewer: Client, told: Service) -> None:
    page = said(viewer, "long")

    assert "Origin Reported by its fleet" in page
    assert "Cycle 12:00:00 – 12:01:00 UTC (1 m) derived" in page
    assert "Slot 1 of 2 derived Window 12:00:00 – 12:00:30 UTC (30 s) derived" in page
    assert "Assigned runner a (itself) derived Late fraction not told" in page
    assert "and ran 20 s past its end. (derived)" in page


def test_where_nobody_watched_nothing_is_derived(viewer: Client, observed: Service) -> None:
    done = ExecutionReport(
        run_id="it",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(5),
        ended_at=after(6),
    )
    report(observed, executions=[done], now=after(7))

    page = said(viewer, "it")

    assert "Slot not told Window not told Assigned runner not told Late fraction not told" in page
    assert "nobody watched then who was there: it can't be worked out." in page


def test_every_check_has_a_name_and_every_state_a_mark() -> None:
    assert set(NAMES) == set(CheckName)
    assert set(STATES) == set(CheckState)


def checks(client: Client, run_id: str) -> list[str]:
    """The state of each check, and its sentence."""
    found = re.search(r'<ol class="checks">(.*?)</ol>', get(client, page_of(run_id)), re.DOTALL)
    assert found is not None
    return [
        re.sub(r"^.*? : (\w+( \w+)?)\. ", r"\1: ", unescape(text_of(each)))
        for each in re.findall(r"<li>.*?</li>", found[1], re.DOTALL)
    ]


def test_the_checks_of_a_start_with_their_numbers(viewer: Client, story: Story) -> None:
    assert checks(viewer, story.running) == [
        "Passed: 3 runners are active.",
        "Passed: b is among them, in slot 2 of 3.",
        "Passed: 60 s / 3 runners = 20 s a slot, less a margin of 0 s: a window of 20 s.",
        "Passed: New runners have no grace to wait for.",
        "Passed: The window goes from 20 s to 40 s of the cycle, and it is at 21 s: inside it.",
        "Passed: Late starts are not limited.",
        "Passed: No run held the service.",
    ]


def test_who_met_a_run_failed_at_the_gate(viewer: Client, story: Story) -> None:
    block = block_of()

    assert checks(viewer, block.run_id)[-2:] == [
        "Passed: Late starts are not limited.",
        f"Failed: Run {story.running[:8]} of b still held the service.",
    ]
    assert "Why it was blocked As decided at its first attempt, 12:00:22 UTC." in said(
        viewer, block.run_id
    )


def test_after_a_failed_check_nothing_is_asked(viewer: Client, make_service: Make) -> None:
    service = make_service(max_start_slot_fraction=0.5)
    claim(service, "a", now=after(48))

    assert checks(viewer, block_of().run_id)[-2:] == [
        "Failed: 48 s of the window's 60 s have passed, 80.00 %: more than the 50.00 % allowed.",
        "Not asked: Not asked: an earlier check has answered.",
    ]


def test_a_start_against_the_rules_is_told_as_such(viewer: Client, told: Service) -> None:
    assert "Two at once: run long of a went on when it started, until 12:00:50 UTC." in said(
        viewer, "over"
    )
    assert checks(viewer, "over")[-1] == (
        "Failed: Other runs had not ended: long. It started all the same."
    )
    page = said(viewer, "met")
    assert "Why it was blocked derived" in page
    assert checks(viewer, "met")[1] == "Failed: c is not among them, so it has no slot."
    assert checks(viewer, "met")[-1] == "Failed: Run long of a still held the service."
    assert checks(viewer, "own")[-1] == "Not asked: Not asked: the fleet had a reason of its own."


def test_a_run_out_of_turn_casts_a_doubt_on_what_is_derived(viewer: Client, told: Service) -> None:
    early = ExecutionReport(
        run_id="early",
        runner_id="b",
        status=Status.COMPLETED,
        started_at=after(2),
        ended_at=after(3),
    )
    report(told, executions=[early], now=after(60))

    page = said(viewer, "early")

    assert "It started 28 s before its window (12:00:30 – 12:01:00)" in page
    assert "It started all the same: its fleet knew other members then" in page
    assert "It started all the same" not in said(viewer, "long")
