"""The rows of the blocked audit: each block says what was decided, with which numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from scheduler.models import Acknowledgement, Service
from tests.conftest import after
from tests.dashboard.blocked.blocking import block, derived, rows_of, run, runner, window
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db
PAGE = "/s/service-1/blocked/"
HOUR = 3_600


def only_row(viewer: Client, query: str = "") -> str:
    (row,) = rows_of(get(viewer, PAGE + query))
    return row


def test_a_late_start_says_how_late_and_the_limit(
    viewer: Client, make_service: Callable[..., Service], at_one: None
) -> None:
    service = make_service(max_start_slot_fraction=0.66)
    facts: dict[str, Any] = {"late_start_fraction": 0.84, **window(0, 15)}
    block(service, 13, **facts)

    assert "late start 84.00 % of its window of 15 s was over (limit 66.00 %)" in only_row(viewer)


def test_a_slot_without_a_window_says_what_the_margin_takes(
    viewer: Client, make_service: Callable[..., Service], at_one: None
) -> None:
    service = make_service(spread_margin_minutes=0.25)
    block(service, 13, "slot_window_invalid", stable_runner_count=6)

    # 15 s of margin, and 60 s / 6 of slot.
    assert (
        "no slot window the margin of 15 s takes the whole slot of 10 s of each of 6 runners"
        in only_row(viewer)
    )


def test_grace_says_who_was_scheduled_and_how_new(
    viewer: Client, make_service: Callable[..., Service], at_one: None
) -> None:
    service = make_service(membership_stabilization_seconds=90.0)
    runner(service, "new", host="host-9", pid=4)
    block(service, 23, "scheduled_runner_in_grace", assigned_runner_id="new")

    assert "host-9:4 was scheduled and seen for 23 s only (grace 1 m 30 s)" in only_row(viewer)


def test_grace_that_was_over_by_what_is_known_now_tells_no_age(
    viewer: Client, make_service: Callable[..., Service], at_one: None
) -> None:
    service = make_service(membership_stabilization_seconds=90.0)
    runner(service, "new")
    block(service, 91, "scheduled_runner_in_grace", assigned_runner_id="new")

    assert "new was scheduled and too new (grace 1 m 30 s)" in only_row(viewer)


def test_a_prior_run_says_whose_it_was_and_for_how_long(
    viewer: Client, service: Service, at_one: None
) -> None:
    run(service, "3f2a0000-1", 0)
    block(
        service,
        12,
        "prior_running",
        reason_detail="3f2a0000-1 runner:b",
        attempts=4,
        last_attempt_at=after(40),
    )

    row = only_row(viewer)

    assert "prior run still running run 3f2a0000 of b had held it for 40 s" in row
    assert "×4 until 12:00:40" in row


def test_a_prior_run_that_is_not_kept_is_named(
    viewer: Client, service: Service, at_one: None
) -> None:
    block(service, 12, "prior_running", reason_detail="3f2a0000-1 runner:gone")

    assert "run 3f2a0000 of gone held it" in only_row(viewer)


def test_a_reason_of_the_fleets_own_keeps_its_words(
    viewer: Client, observed: Service, at_one: None
) -> None:
    block(observed, 12, "no_margin", reason_detail="3 s left")

    assert "no margin 3 s left" in only_row(viewer)


def test_a_derived_block_says_so_and_what_any_start_would_have_met(
    viewer: Client, observed: Service, at_one: None
) -> None:
    run(observed, "3f2a0000-1", 0)
    derived(observed, 60, prior_run_id="3f2a0000-1")

    row = only_row(viewer)

    assert "prior run still running derived run 3f2a0000 of b had held it for 1 m" in row
    assert "any start until 12:01:15 12:01:00" in row


def test_a_derived_grace_has_no_name_and_a_derived_late_start_the_limit(
    viewer: Client, make_service: Callable[..., Service], at_one: None
) -> None:
    service = make_service(membership_stabilization_seconds=90.0, max_start_slot_fraction=0.5)
    derived(service, 60, "scheduled_runner_in_grace")
    derived(service, 0, "late_start")

    newer, older = rows_of(get(viewer, PAGE))

    assert "the scheduled runner was too new (grace 1 m 30 s)" in newer
    assert "too much of its window was over (limit 50.00 %)" in older


def test_a_block_leads_to_its_runner_its_cycle_its_own_page_and_the_run_that_held(
    viewer: Client, service: Service, at_one: None
) -> None:
    run(service, "r/1", 0)
    block(service, 75, "prior_running", of="a/b", reason_detail="r/1 runner:b", run_id="block 1")

    html = get(viewer, PAGE)

    assert 'href="/s/service-1/runners/a/b/"' in html
    assert 'href="/s/service-1/cycles/2026-03-14T12:01:00Z/"' in html
    assert 'href="/s/service-1/executions/block%201/"' in html
    assert 'href="/s/service-1/executions/r/1/"' in html


def test_an_acknowledged_block_says_by_whom_when_and_why(
    viewer: Client, service: Service, at_one: None
) -> None:
    action = Acknowledgement.objects.create(
        service=service,
        acknowledged_by="kim",
        acknowledged_at=after(100),
        note="Known: <b>failover</b>",
        block_count=1,
    )
    block(service, 0, acknowledgement=action)

    html = get(viewer, PAGE)

    assert "kim 12:01:40 Known: &lt;b&gt;failover&lt;/b&gt;" in only_row(viewer)
    assert "It is acknowledged." in text_of(html)
    assert rows_of(get(viewer, PAGE + "?acknowledged=no")) == []
    assert len(rows_of(get(viewer, PAGE + "?acknowledged=yes"))) == 1
