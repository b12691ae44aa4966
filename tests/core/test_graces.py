from dataclasses import replace

import pytest

from scheduler.core.judging.graces import graces
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import Epoch
from tests.core.build import cycle, revision, seconds, span

# Cycles of 300 s.
POLICY = SchedulingPolicy(membership_stabilization_seconds=100.0)
LONGER = replace(POLICY, membership_stabilization_seconds=160.0)
NONE = replace(POLICY, membership_stabilization_seconds=0.0)
OLD = span("old")


def in_seconds(epochs: tuple[Epoch, ...]) -> dict[str, list[tuple[float, float]]]:
    return {
        runner_id: [(seconds(each.start), seconds(each.end)) for each in mine]
        for runner_id, mine in graces(epochs).items()
    }


@pytest.mark.parametrize(
    ("presences", "policies", "expected"),
    [
        ([OLD], [], {}),
        ([OLD, span("new", 50)], [], {"new": [(50, 150)]}),
        # It came before the cycle: the rest of its 100 s.
        ([OLD, span("new", -30)], [], {"new": [(0, 70)]}),
        # Grace that outlasts the cycle has its true end.
        ([OLD, span("new", 250)], [], {"new": [(250, 350)]}),
        # Another joiner in the middle does not cut it; each has its own.
        ([span("a", 50), span("b", 90)], [], {"a": [(50, 150)], "b": [(90, 190)]}),
        # One that comes back is as old as it was; one that was never seen before is not.
        ([OLD, span("back", 50, created=-900)], [], {}),
        # Back within its grace.
        (
            [span("new", 10, 30), span("new", 60, created=10)],
            [],
            {"new": [(10, 30.000001), (60, 110)]},
        ),
        # Another grace from 120 s on: longer, in it again after 120 s, or none.
        ([OLD, span("new", 50)], [revision(LONGER, start=120)], {"new": [(50, 210)]}),
        ([OLD, span("new", 10)], [revision(LONGER, start=120)], {"new": [(10, 110), (120, 170)]}),
        ([OLD, span("new", 50)], [revision(NONE, start=120)], {"new": [(50, 120)]}),
    ],
)
def test_a_member_is_in_grace_by_the_policy_in_force(presences, policies, expected):
    timeline = cycle(*presences, revisions=[revision(POLICY), *policies])

    assert in_seconds(timeline.epochs) == expected


def test_whose_turn_it_is_in_grace_is_in_grace_itself():
    timeline = cycle(
        span("a", -80),
        span("b", 20),
        span("c", 90, 200),
        revisions=[revision(POLICY), revision(LONGER, start=150)],
    )

    found = graces(timeline.epochs)

    assert any(turn.in_grace for turn in timeline.ownership)
    for turn in timeline.ownership:
        mine = found.get(turn.runner_id or "", ())
        assert turn.in_grace == any(
            each.start <= turn.start and turn.end <= each.end for each in mine
        )
