"""What a fleet is and what befalls it, as frozen values. Who plays it is fleet.py."""

from dataclasses import dataclass, field
from enum import StrEnum

from scheduler.core.policy import SchedulingPolicy


class EventKind(StrEnum):
    """What can befall a runner. Except for a join, nothing befalls one that is down."""

    # Its process starts: it is heard of at once.
    JOIN = "join"
    # A runner that was never seen before joins, with a made-up id, and leaves after `seconds`.
    NEWCOMER = "newcomer"
    # It gives up its seat at once, ends its run, and is not heard of again.
    LEAVE = "leave"
    # As by SIGKILL: silence at once, and what it holds is never ended by it.
    CRASH = "crash"
    # The same, half-way through its next run.
    CRASH_HOLDING = "crash_holding"
    # It does nothing for `seconds`, neither beat nor check nor end its run, and then goes on.
    STALL = "stall"
    # It checks only every third time for `seconds`, so that many starts come late.
    SLOW = "slow"
    # Its next run takes `seconds`.
    LONG_RUN = "long_run"
    # Its next run ends with an exception.
    FAILURE = "failure"
    # From its next beat on it may, or may not, run the service.
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something befalls a runner, `at_seconds` after the start and then `every_seconds` (if any).

    `seconds` is how long it lasts, for those events that last. A newcomer has no runner id.
    """

    at_seconds: float
    kind: EventKind
    runner_id: str = ""
    seconds: float = 0.0
    every_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """Another policy is in force from `at_seconds` after the start on."""

    at_seconds: float
    policy: SchedulingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One runner of the fleet.

    It joins `joins_at_seconds` after the start (None: when an event says so). `check_seconds` is
    its own check interval (None: the policy's). With a `clock_offset_seconds` its beats carry its
    own time, that far ahead of the true one, and with a `round_trip_seconds` that too: half of it
    is the time a beat is on its way.
    """

    runner_id: str
    host: str = ""
    pid: int | None = None
    joins_at_seconds: float | None = 0.0
    check_seconds: float | None = None
    clock_offset_seconds: float | None = None
    round_trip_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How long runs take (a triangular distribution, in seconds) and how often one fails (0..1)."""

    least_seconds: float = 3.0
    usual_seconds: float = 4.0
    most_seconds: float = 8.0
    failure_chance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A fleet and its story. Played with the same seed from the same start it is the same story.

    `jitter` spreads every check by that part of its interval, both ways. A runner asks no more in a
    cycle in which it has started, unless `asks_again`.
    """

    policy: SchedulingPolicy
    members: tuple[Member, ...]
    events: tuple[Event, ...] = ()
    policy_changes: tuple[PolicyChange, ...] = ()
    work: Work = field(default_factory=Work)
    jitter: float = 0.1
    asks_again: bool = False
