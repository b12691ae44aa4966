"""What really happened in a simulated fleet, at every instant, whatever was stored of it.

The fleet tells it every beat, every answer and every end of a run. It keeps them as they came and
knows no intervals, epochs or slots, so that what is reconstructed from stored rows can be compared
with it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.slots import assigned_position
from scheduler.core.types import AtomicServiceExecutionStatus as Status
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
    """What a runner that asked at `at` was told, and what was so when it asked.

    `members` and `holders` (run ids) may be others later in the same instant.
    """

    at: datetime
    runner_id: str
    answer: Answer
    members: tuple[str, ...]
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueLook:
    """Somebody looked at `at`, and that speaks for what happens until `good_until` (included)."""

    at: datetime
    good_until: datetime


@dataclass(slots=True, kw_only=True)
class TrueRun:
    """A run, with the first ending it was told; `status` is running before."""

    run_id: str
    runner_id: str
    started_at: datetime
    ended_at: datetime | None = None
    status: Status = Status.RUNNING
    reason: str = ""

    def end(self, status: Status, reason: str, at: datetime) -> None:
        if self.status == Status.RUNNING:
            self.status, self.reason, self.ended_at = status, reason, at


class Truth:
    """Kept while a fleet is played; asked afterwards. Instants are timezone-aware.

    A `coordinated` fleet gives up a dead holder when anybody asks, and nothing of it goes unseen.
    Another one does neither: its runs hold until they end, and it is seen when somebody looks.
    """

    def __init__(
        self, policy: SchedulingPolicy, *, start: datetime, coordinated: bool = True
    ) -> None:
        self.coordinated = coordinated
        self.policies: list[tuple[datetime, SchedulingPolicy]] = [(start, policy)]
        self.beats: dict[str, list[TrueBeat]] = {}
        self.answers: list[TrueAnswer] = []
        self.runs: list[TrueRun] = []
        self.looks: list[TrueLook] = []

    def note_policy(self, policy: SchedulingPolicy, at: datetime) -> None:
        self.policies.append((at, policy))

    def note_beat(self, runner_id: str, at: datetime, *, eligible: bool) -> None:
        good_for = timedelta(seconds=self.policies[-1][1].dead_after_seconds)
        beat = TrueBeat(at=at, runner_id=runner_id, eligible=eligible, good_until=at + good_for)
        self.beats.setdefault(runner_id, []).append(beat)

    def note_answer(self, runner_id: str, at: datetime, answer: Answer, *, run_id: str) -> None:
        """An answer to a runner that beat at the same instant; `run_id` is its, if it starts."""
        if self.coordinated:
            self._give_up_the_dead(at)
        self.answers.append(
            TrueAnswer(
                at=at,
                runner_id=runner_id,
                answer=answer,
                members=self.members_at(at),
                holders=tuple(run.run_id for run in self.holders_at(at)),
            )
        )
        if answer.started:
            self.runs.append(TrueRun(run_id=run_id, runner_id=runner_id, started_at=at))

    def note_end(self, run_id: str, status: Status, reason: str, at: datetime) -> None:
        next(run for run in self.runs if run.run_id == run_id).end(status, reason, at)

    def note_look(self, at: datetime, *, good_for_seconds: float) -> None:
        good_until = at + timedelta(seconds=good_for_seconds)
        self.looks.append(TrueLook(at=at, good_until=good_until))

    def policy_at(self, at: datetime) -> SchedulingPolicy:
        """The policy in force; before the first one, the first one."""
        after = bisect_right(self.policies, at, key=lambda change: change[0])
        return self.policies[max(after - 1, 0)][1]

    def members_at(self, at: datetime) -> tuple[str, ...]:
        """The ids of the active runners that may run the service, in the order of their seats."""
        seats = sorted(
            (self.first_beat_at(runner_id), runner_id)
            for runner_id in self.beats
            if (beat := self._good_beat(runner_id, at)) is not None and beat.eligible
        )
        return tuple(runner_id for _, runner_id in seats)

    def first_beat_at(self, runner_id: str) -> datetime:
        return self.beats[runner_id][0].at

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

    def holders_at(self, at: datetime) -> list[TrueRun]:
        """The runs that kept others from starting. The instant of an end is free again."""
        return [run for run in self.runs if run.started_at <= at and self._holds(run, at)]

    def watched_at(self, at: datetime) -> bool:
        return self.coordinated or any(look.at <= at <= look.good_until for look in self.looks)

    def changes(self) -> tuple[datetime, ...]:
        """The instants around which the membership can change: each beat, each last good one."""
        return tuple(
            sorted(
                {at for told in self.beats.values() for b in told for at in (b.at, b.good_until)}
            )
        )

    def _good_beat(self, runner_id: str, at: datetime) -> TrueBeat | None:
        """The last beat of a runner that is active, eligible or not."""
        told = self.beats[runner_id]
        heard = bisect_right(told, at, key=lambda beat: beat.at)
        return told[heard - 1] if heard and at <= told[heard - 1].good_until else None

    def _holds(self, run: TrueRun, at: datetime) -> bool:
        if self.coordinated and self._good_beat(run.runner_id, at) is None:
            return False
        if run.ended_at is None:
            return True
        # It died with the last instant in which its runner was active, and held in that one too.
        return at <= run.ended_at if run.reason == EndReason.RUNNER_DEAD else at < run.ended_at

    def _give_up_the_dead(self, at: datetime) -> None:
        for run in self.runs:
            if run.status == Status.RUNNING and self._good_beat(run.runner_id, at) is None:
                run.end(
                    Status.ABANDONED,
                    EndReason.RUNNER_DEAD,
                    self.beats[run.runner_id][-1].good_until,
                )
