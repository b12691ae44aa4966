"""Random rows, random filters, and a filter that looks at every row and knows no index."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Q

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import reaches
from scheduler.history.conditions import asks
from scheduler.history.filters import DERIVED, HistoryFilter, Sort
from scheduler.history.pages import Row
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Runner, Service
from tests.conftest import T0

REASONS = ("late_start", "prior_running", "odd one")
RUNNERS = ("a", "b", "c", "rare", "idle")
PREFIXES = ("ab", "aB", "a%", "a_", "é", "\U0001f600", "00")
MICROSECOND = timedelta(microseconds=1)
# Many begin at one instant; some lengths are the very bounds of the classes of lengths.
INSTANTS = [T0 + timedelta(minutes=7 * number) for number in range(40)]
LENGTHS_US = [0, 1, 10**6, 16**7 - 1, 16**7, 3 * 10**9, 16**8, 16**9 + 1, 9 * 10**10]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp(HistoryFilter):
    """A filter that no index, no summary and no derived block knows."""

    attempts: int | None = asks(None, lambda number, _: Q(attempts=number))


def beside(asked: HistoryFilter, attempts: int) -> MadeUp:
    """The same, and so many attempts."""
    same: dict[str, Any] = {each.name: getattr(asked, each.name) for each in fields(asked)}
    return MadeUp(**same, attempts=attempts)


@dataclass(slots=True)
class Maker:
    """Makes rows of services, unsaved or saved, as its random numbers have it."""

    random: Random
    services: Sequence[Service]
    number: int = 0
    runners: dict[int, list[Runner]] = field(init=False)
    acknowledgements: dict[int, Acknowledgement] = field(init=False)

    def __post_init__(self) -> None:
        self.runners = {
            service.pk: [
                Runner.objects.create(service=service, runner_id=name, first_seen_at=T0)
                for name in RUNNERS
            ]
            for service in self.services
        }
        self.acknowledgements = {
            service.pk: Acknowledgement.objects.create(
                service=service,
                acknowledged_by="kim",
                acknowledged_at=T0,
                note="known",
                block_count=1,
            )
            for service in self.services
        }

    def execution(self) -> Execution:
        random, service = self.random, self.random.choice(self.services)
        self.number += 1
        status = random.choices(list(Status), (1, 6, 3, 1))[0]
        started_at = random.choice(INSTANTS)
        length = timedelta(microseconds=random.choice(LENGTHS_US))
        is_blocked = status == Status.BLOCKED
        row = Execution(
            service=service,
            runner=self.runner(service),
            run_id=f"{random.choice(PREFIXES)}{self.number}",
            status=status.value,
            origin=random.choice(("reported", "claimed") if is_blocked else ("reported",)),
            started_at=started_at,
            ended_at=None
            if status == Status.RUNNING
            else started_at
            if is_blocked
            else started_at + length,
            reason=random.choice(REASONS) if is_blocked else random.choice(("", "", REASONS[2])),
            first_attempt_at=started_at,
            last_attempt_at=started_at + length if is_blocked else started_at,
            attempts=random.randint(1, 5),
            acknowledgement=self.seen_to(service) if is_blocked else None,
        )
        if row.origin == "claimed":
            # One row a cycle counts the repeats; here each is in a cycle of its own.
            row.cycle_start = T0 + timedelta(seconds=self.number)
        return row

    def derived(self) -> DerivedBlock:
        random, service = self.random, self.random.choice(self.services)
        self.number += 1
        started_at = random.choice(INSTANTS)
        return DerivedBlock(
            service=service,
            runner=self.runner(service),
            cycle_start=T0 + timedelta(seconds=self.number),
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=1),
            reason=random.choice(REASONS),
            runner_position=0,
            stable_runner_count=1,
            acknowledgement=self.seen_to(service),
        )

    def runner(self, service: Service) -> Runner:
        return self.random.choices(self.runners[service.pk], (9, 5, 5, 1, 0))[0]

    def seen_to(self, service: Service) -> Acknowledgement | None:
        return self.random.choice((None, self.acknowledgements[service.pk]))

    def asked(self) -> HistoryFilter:
        """Any filter; most fields are left out in most of them."""
        random = self.random

        def some(values: Sequence[Any]) -> tuple[Any, ...]:
            if random.random() < 0.7:
                return ()
            return tuple(random.sample(values, random.randint(1, 2)))

        def instant(chance: float) -> datetime | None:
            beside = random.choice((-MICROSECOND, timedelta(), MICROSECOND, timedelta(minutes=3)))
            return random.choice(INSTANTS) + beside if random.random() < chance else None

        def seconds() -> float | None:
            return random.choice(LENGTHS_US) / 1e6 if random.random() < 0.2 else None

        return HistoryFilter(
            runners=self.called(some(RUNNERS)),
            statuses=some(list(Status)),
            reasons=some((*REASONS, "unheard of")),
            origins=some(("claimed", "reported", DERIVED)),
            since=instant(0.5),
            until=instant(0.5),
            began_since=instant(0.1),
            began_until=instant(0.1),
            min_duration_seconds=seconds(),
            max_duration_seconds=seconds(),
            run_id=random.choice(("", "", "", "", "a", "aB", "a%", "é", "\U0001f600", "ab1", "z")),
            acknowledged=random.choice((None, None, None, True, False)),
        )

    def called(self, names: Collection[str]) -> tuple[Runner, ...]:
        """The runners with these ids, in all of the services."""
        runners = (each for known in self.runners.values() for each in known)
        return tuple(runner for runner in runners if runner.runner_id in names)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked of a row, whichever table it is in."""

    status: Status
    origin: str
    last: datetime
    is_over: bool
    length: timedelta | None
    run_id: str


def facts(row: Row, now: datetime) -> Facts:
    if isinstance(row, DerivedBlock):
        return Facts(Status.BLOCKED, DERIVED, row.started_at, True, None, "")
    last = row.ended_at or now
    return Facts(
        Status(row.status),
        row.origin,
        row.last_attempt_at,
        row.ended_at is not None,
        last - row.started_at,
        row.run_id,
    )


def is_meant(row: Row, asked: HistoryFilter, now: datetime) -> bool:
    """Whether the row is one that is asked for, field by field."""
    known = facts(row, now)
    shortest, longest = asked.min_duration_seconds, asked.max_duration_seconds
    return all(
        (
            not asked.runners or row.runner in asked.runners,
            not asked.statuses or known.status in asked.statuses,
            not asked.reasons or row.reason in asked.reasons,
            not asked.origins or known.origin in asked.origins,
            asked.until is None or row.started_at < asked.until,
            asked.since is None or row.started_at >= asked.since or goes_on_into(row, asked.since),
            asked.began_since is None or row.started_at >= asked.began_since,
            asked.began_until is None or row.started_at < asked.began_until,
            shortest is None or (known.length is not None and known.length >= _length(shortest)),
            longest is None or (known.length is not None and known.length <= _length(longest)),
            not asked.run_id or known.run_id.startswith(asked.run_id),
            asked.acknowledged is None
            or (
                known.status == Status.BLOCKED
                and (row.acknowledgement_id is not None) == asked.acknowledged
            ),
        )
    )


def goes_on_into(row: Row, since: datetime) -> bool:
    """Of what began before: a derived block belongs where it began."""
    if isinstance(row, DerivedBlock):
        return False
    return reaches(row, since)


def _length(seconds: float) -> timedelta:
    return timedelta(microseconds=round(seconds * 1e6))


def in_order(rows: Sequence[Row], sort: Sort, now: datetime) -> list[Row]:
    def key(row: Row) -> tuple[Any, ...]:
        kind = int(isinstance(row, DerivedBlock))
        if sort.is_by_duration:
            return ((row.ended_at or now) - row.started_at, kind, row.pk)
        return (row.started_at, kind, row.pk)

    return sorted(rows, key=key, reverse=sort.is_downwards)
