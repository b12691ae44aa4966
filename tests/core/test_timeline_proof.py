"""The timeline against a recomputation from the rows alone, instant by instant."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.cycle.grid import policy_in_force
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import ActiveRunnerInfo, AtomicServiceClaim
from tests.core.build import MICROSECOND, T0, around, at, revision, span

type Case = tuple[CycleTimeline, list[PresenceSpan], list[PolicyRevision]]


@st.composite
def spans(draw: st.DrawFn) -> list[PresenceSpan]:
    rows = []
    for name in range(draw(st.integers(0, 5))):
        created = draw(st.sampled_from((-1e6, -100.0, -30.0, 60.5)))
        start = created
        for _ in range(draw(st.integers(1, 3))):
            end = start + draw(st.sampled_from((0.000001, 20.0, 90.0, 1e7)))
            eligible = draw(st.sampled_from((True, True, False)))
            rows.append(span(f"r{name}", start, end, created=created, eligible=eligible))
            start = end + draw(st.sampled_from((0.000001, 33.3)))
    return rows


POLICIES = st.builds(
    SchedulingPolicy,
    service_interval_minutes=st.sampled_from((5.0, 5.0, 7.0, 1.0, 2.5, 0.1)),
    spread_margin_minutes=st.sampled_from((0.01, 0.5, 1.0)),
    membership_stabilization_seconds=st.sampled_from((0.0, 60.0, 200.0)),
    max_start_slot_fraction=st.sampled_from((0.5, 1 / 3, 1.0)),
)


@st.composite
def timelines(draw: st.DrawFn) -> Case:
    revisions = [revision(draw(POLICIES))]
    if draw(st.booleans()):
        revisions.append(revision(draw(POLICIES), draw(st.sampled_from((1.0, 123.456789, 250.0)))))
    presences = draw(spans())
    timeline = reconstruct(
        cycle_start=T0,
        policies=revisions,
        presences=presences,
        executions=[],
        now=at(draw(st.sampled_from((-20.0, 0.0, 61.7, 150.0, 299.0, 1e5)))),
    )
    return timeline, presences, revisions


def claims_at(
    instant: datetime,
    timeline: CycleTimeline,
    presences: list[PresenceSpan],
    revisions: list[PolicyRevision],
) -> dict[str, AtomicServiceClaim]:
    """What each member would be told, from the rows alone."""
    known = min(instant, timeline.now)
    members = {
        (each.creation_time, each.runner_id)
        for each in presences
        if each.eligible and each.started_at <= known <= each.expires_at
    }
    runners = [ActiveRunnerInfo(name, created, created) for created, name in sorted(members)]
    policy = policy_in_force(revisions, instant)
    return {
        each.runner_id: decide_atomic_service_claim(
            runner_id=each.runner_id,
            active_runners=runners,
            current_time=instant.timestamp(),
            **policy.decision_arguments(),
        )
        for each in runners
    }


def instants_of(timeline: CycleTimeline, share: float) -> list[datetime]:
    length = timeline.cycle_end - timeline.cycle_start
    edges = [each.start for each in timeline.epochs] + [each.start for each in timeline.ownership]
    slots = [slot for lane in timeline.lanes for slot in lane.slots]
    edges += [edge for slot in slots for edge in (slot.start, slot.end)]
    # Ten are enough of a cycle cut into many.
    step = max(1, len(edges) // 10)
    chosen = [*around(edges[::step]), timeline.cycle_start + length * share]
    return [each for each in chosen if timeline.cycle_start <= each < timeline.cycle_end]


SHARES = st.floats(0, 1)


@settings(deadline=None, max_examples=150)
@given(case=timelines(), share=SHARES)
def test_the_owner_of_every_instant_is_the_assigned_runner(case: Case, share: float) -> None:
    timeline, presences, revisions = case
    for instant in instants_of(timeline, share):
        (owner,) = (each for each in timeline.ownership if each.start <= instant < each.end)
        claims = claims_at(instant, timeline, presences, revisions).values()
        assert {each.assigned_runner_id for each in claims} == (
            set() if owner.runner_id is None else {owner.runner_id}
        )
        grace = {each.reason == "scheduled_runner_in_grace" for each in claims if each.slot_start}
        assert grace <= {owner.in_grace}


@settings(deadline=None, max_examples=150)
@given(case=timelines(), share=SHARES)
def test_the_open_slots_of_every_instant_are_the_windows_of_the_decisions(
    case: Case, share: float
) -> None:
    timeline, presences, revisions = case
    for instant in instants_of(timeline, share):
        claims = claims_at(instant, timeline, presences, revisions)
        planned = {
            name: (claim.slot_start, claim.slot_end)
            for name, claim in claims.items()
            if claim.slot_start and claim.slot_end and claim.slot_start <= instant < claim.slot_end
        }
        found = [
            (lane.runner_id, (slot.slot_start, slot.slot_end))
            for lane in timeline.lanes
            for slot in lane.slots
            if slot.start <= instant < slot.end
        ]
        assert sorted(found) == sorted(planned.items())


@settings(deadline=None, max_examples=150)
@given(case=timelines())
def test_ownership_tiles_the_cycle_in_unequal_neighbours(
    case: Case,
) -> None:
    timeline = case[0]
    assert timeline.ownership[0].start == timeline.cycle_start
    assert timeline.ownership[-1].end == timeline.cycle_end
    for one, following in pairwise(timeline.ownership):
        assert one.start < one.end == following.start
        assert (one.runner_id, one.in_grace) != (following.runner_id, following.in_grace)


@settings(deadline=None, max_examples=150)
@given(case=timelines(), share=SHARES)
def test_until_the_next_change_every_answer_stays(case: Case, share: float) -> None:
    timeline, presences, revisions = case
    change = timeline.next_change_at
    if change is None:
        return
    now = max(timeline.now, timeline.cycle_start - timedelta(seconds=20))
    instants = [now, now + (change - MICROSECOND - now) * share, change - MICROSECOND]
    # As time goes by, "now" goes along: no row is needed for an expiry.
    told = [
        {
            name: (claim.reason, claim.assigned_runner_id)
            for name, claim in claims_at(
                instant, reconstruct_at(instant, presences, revisions), presences, revisions
            ).items()
        }
        for instant in instants
        if instant >= timeline.cycle_start
    ]
    assert all(each == told[0] for each in told)


def reconstruct_at(
    instant: datetime, presences: list[PresenceSpan], revisions: list[PolicyRevision]
) -> CycleTimeline:
    return reconstruct(
        cycle_start=T0, policies=revisions, presences=presences, executions=[], now=instant
    )
