"""What really happened in a simulated fleet, at every instant, whatever was stored of it.

The fleet tells it every beat and every answer. It keeps them as they came and knows no stretches,
epochs or slots, so that what is reconstructed from stored rows can be compared with it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.core.claim import assigned_position
from scheduler.core.policy import SchedulingPolicy
from scheduler.simulation.store import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueBeat:
    """A runner was heard of: it is active until `good_until` (included), where it may run."""

    at: datetime
    runner_id: str
    eligible: bool
    good_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueAnswer:
    """What a runner that asked at `at` was told."""

    at: datetime
    runner_id: str
    answer: Answer


class Truth:
    """Kept while a fleet is played; asked afterwards. Instants are timezone-aware."""

    def __init__(self, policy: SchedulingPolicy, *, start: datetime) -> None:
        self.policies: list[tuple[datetime, SchedulingPolicy]] = [(start, policy)]
        self.beats: dict[str, list[TrueBeat]] = {}
        self.answers: list[TrueAnswer] = []

    def note_policy(self, policy: SchedulingPolicy, at: datetime) -> None:
        self.policies.append((at, policy))

    def note_beat(self, runner_id: str, at: datetime, *, eligible: bool) -> None:
        good_for = timedelta(seconds=self.policies[-1][1].dead_after_seconds)
        beat = TrueBeat(at=at, runner_id=runner_id, eligible=eligible, good_until=at + good_for)
        self.beats.setdefault(runner_id, []).append(beat)

    def note_answer(self, runner_id: str, at: datetime, answer: Answer) -> None:
        self.answers.append(TrueAnswer(at=at, runner_id=runner_id, answer=answer))

    def policy_at(self, at: datetime) -> SchedulingPolicy:
        """The policy in force; before the first one, the first one."""
        after = bisect_right(self.policies, at, key=lambda change: change[0])
        return self.policies[max(after - 1, 0)][1]

    def members_at(self, at: datetime) -> tuple[str, ...]:
        """The ids of the active runners that may run the service, in the order of their seats."""
        return tuple(beat.runner_id for _, beat in sorted(self._active(at), key=lambda one: one[0]))

    def owner_at(self, at: datetime) -> str | None:
        """The assigned runner; None when there is no member."""
        members = self.members_at(at)
        if not members:
            return None
        policy = self.policy_at(at)
        return members[
            assigned_position(
                current_time=at.timestamp(),
                service_interval_minutes=policy.service_interval_minutes,
                runner_count=len(members),
            )
        ]

    def changes(self) -> tuple[datetime, ...]:
        """The instants around which the membership can change: each beat, each last good one."""
        return tuple(
            sorted(
                {at for told in self.beats.values() for b in told for at in (b.at, b.good_until)}
            )
        )

    def _active(self, at: datetime) -> Iterator[tuple[tuple[datetime, str], TrueBeat]]:
        """The last beat of each member, by (first beat ever, id)."""
        for runner_id, told in self.beats.items():
            heard = bisect_right(told, at, key=lambda beat: beat.at)
            if heard and told[heard - 1].eligible and at <= told[heard - 1].good_until:
                yield (told[0].at, runner_id), told[heard - 1]
