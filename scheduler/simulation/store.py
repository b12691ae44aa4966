"""What a fleet talks to: the protocol of its stores, and the answer to a claim."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a claim was told, and the reason under which it was recorded as BLOCKED, if it was."""

    claim: AtomicServiceClaim
    blocked: str = ""

    @property
    def started(self) -> bool:
        return self.claim.should_try_start and not self.blocked


class Store(Protocol):
    """Takes what runners say, in order of time: `now` never runs backwards.

    Every call can be repeated after an error, with the same arguments, and then counts once.
    """

    def beat(self, beat: Beat, *, now: datetime) -> None: ...

    def claim(self, beat: Beat, *, now: datetime, run_id: str) -> Answer: ...

    def finish(self, run_id: str, status: Status, reason: str, *, now: datetime) -> None: ...

    def change_policy(self, policy: SchedulingPolicy, *, now: datetime) -> None: ...


class Witness(Protocol):
    """Is told what really happens in a fleet, whatever is stored of it: for tests."""

    def note_policy(self, policy: SchedulingPolicy, at: datetime) -> None: ...

    def note_beat(self, runner_id: str, at: datetime, *, eligible: bool) -> None: ...

    def note_answer(self, runner_id: str, at: datetime, answer: Answer, *, run_id: str) -> None:
        """An answer to a runner that beat at the same instant; `run_id` is its, if it starts."""

    def note_end(self, run_id: str, status: Status, reason: str, at: datetime) -> None: ...
