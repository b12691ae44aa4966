"""The decision against the published package: the same arguments, the same public fields."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynenc.orchestrator import atomic_service as oracle

from scheduler.core import types
from scheduler.core.claim import decide_atomic_service_claim
from tests.lengths import short_and_whole

# 12 × 2,000 = 24,000 examples in all. Shards by interval, so that parallel workers share them.
INTERVAL_MINUTES = (0.1, 7.0, 5.0, 1.0, 0.29, 1 / 7, 0.7, 13.37, 60.0, 1440.0, 5, 0.0123456789)
EXAMPLES = short_and_whole(150, 2_000)

FIRST = datetime(1901, 1, 1, tzinfo=UTC).timestamp()
LAST = datetime(2150, 1, 1, tzinfo=UTC).timestamp()
STEPS = (0.0, 1e-6, -1e-6, 2e-6, -2e-6, 3e-7, -5e-7)
COUNTS = st.one_of(
    st.integers(1, 8), st.integers(2, 40), st.sampled_from((0, 1, 999, 1_000, 3_001))
)


class Case(NamedTuple):
    """One draw; what it means in seconds depends on the interval."""

    moment: float
    runners: int
    edge: str
    step: float
    near: int
    share: float
    margin: float
    grace: float
    fraction: float
    asker: str


CASES = st.builds(
    Case,
    moment=st.floats(FIRST, LAST),
    runners=COUNTS,
    edge=st.sampled_from(("any", "slot", "end", "limit", "grace", "cycle")),
    step=st.sampled_from(STEPS),
    near=st.one_of(st.integers(0, 40), st.integers(0, 3_000)),
    share=st.floats(0, 1),
    margin=st.sampled_from((0.0, 0.001, 0.1, 0.25, 0.5, 0.999, 1.0, 1.5)),
    grace=st.sampled_from((0.0, 0.0, 0.1, 1.0, 59.9, 600.0)),
    fraction=st.sampled_from((0.5, 0.1, 1 / 3, 0.999999, 0.0, 1.0, -1.0, 50.0)),
    asker=st.sampled_from(("near", "near", "near", "before", "first", "absent")),
)


def arguments_of(case: Case, minutes: float) -> tuple[dict[str, float], float]:
    """The numbers of a decision, with its time at the edge drawn; and the fleet's creation time."""
    interval = minutes * 60
    slot = interval / max(1, case.runners)
    margin_minutes = case.margin * slot / 60
    window = max(0.0, slot - margin_minutes * 60)
    start = (case.moment // interval) * interval + (case.near % max(1, case.runners)) * slot
    offset = {
        "slot": 0.0,
        "end": window,
        "limit": window * case.fraction,
        "cycle": interval - start % interval,
    }.get(case.edge, case.share * slot)
    now = start + offset + case.step
    age = case.grace + (case.step if case.edge == "grace" else 1e4 * (case.share - 0.1))
    numbers = {
        "current_time": now,
        "service_interval_minutes": minutes,
        "spread_margin_minutes": margin_minutes,
        "membership_stabilization_seconds": case.grace,
        "max_start_slot_fraction": case.fraction,
    }
    return numbers, now - age


def assert_same(ours: types.AtomicServiceClaim, theirs: oracle.AtomicServiceClaim) -> None:
    for each in fields(theirs):
        if each.name != "atomic_service_run":
            assert getattr(ours, each.name) == getattr(theirs, each.name), each.name
    assert ours.should_try_start == theirs.should_try_start
    assert ours.skip_reason == theirs.skip_reason
    mine, its = ours.atomic_service_run, theirs.atomic_service_run
    if mine is None or its is None:
        assert mine is its
        return
    for name in ("runner_id", "cycle_start", "slot_start", "slot_end", "started_at"):
        assert getattr(mine, name) == getattr(its, name), name
    assert UUID(mine.atomic_service_run_id).version == 4


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("minutes", INTERVAL_MINUTES)
def test_the_claim_equals_the_package_s_in_every_field(minutes: float, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=CASES)
    def check(case: Case) -> None:
        compare(case, minutes)

    check()


def compare(case: Case, minutes: float) -> None:
    numbers, created = arguments_of(case, minutes)
    young = datetime.fromtimestamp(created, UTC)
    old = datetime(1900, 1, 1, tzinfo=UTC)
    rows = [(f"r{i}", old if (i + case.near) % 3 else young) for i in range(case.runners)]
    position = case.near % max(1, case.runners)
    asker = {"near": f"r{position}", "before": f"r{position - 1}", "first": "r0"}.get(
        case.asker, ""
    )

    ours = decide_atomic_service_claim(
        runner_id=asker,
        active_runners=[types.ActiveRunnerInfo(name, born, born) for name, born in rows],
        **numbers,
    )
    theirs = oracle.decide_atomic_service_claim(
        runner_id=asker,
        active_runners=[oracle.ActiveRunnerInfo(name, born, born) for name, born in rows],
        **numbers,
    )

    assert_same(ours, theirs)
