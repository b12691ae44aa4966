"""Placed chapters into rows: instants shifted, runners exchanged, run ids made anew.

Runs ten million times, so `executions` is written for speed: every instant of a chapter is worked
out once a placing, and rows are tuples.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from scheduler.core.cycle.presences import BeatMark, Lifespan, lifespans_of
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Origin
from scheduler.simulation.seeding.chapters import NOWHERE, Attempt, Chapter
from scheduler.simulation.seeding.plan import Placing

type Row = tuple[object, ...]

EXCEPTION = "exception"
_EXCEPTIONS = ("TimeoutError", "OSError", "ValueError", "ConnectionError", "KeyError")
# What observed fleets write besides, and how seldom: instead of an exception, instead of a block.
_FOREIGN = {EXCEPTION: "recovered_duplicate_running", "prior_running": "no_margin"}
_FOREIGN_ONE_IN = 25


def executions(
    placings: Iterable[Placing],
    *,
    service: int,
    runners: Sequence[tuple[int, str]],
    start: datetime,
    written: Callable[[datetime], object],
    random: Random,
) -> Iterator[Row]:
    """One row an execution, in order of time.

    Args:
        service: its primary key.
        runners: primary key and id of each, by number.
        start: when the history begins.
        written: an instant as the database takes it.
    """
    for placing in placings:
        chapter, base = placing.chapter, start + placing.begins_at
        # The last place is NOWHERE: no instant.
        instants = [*(written(base + offset) for offset in chapter.offsets), None]
        cast = [runners[number] for number in placing.cast]
        attempts: Sequence[Attempt] = chapter.attempts
        if placing.executions < len(attempts):
            attempts = _cut_off(chapter, placing.executions)
        yield from _rows(attempts, service, cast, instants, chapter.origin, random)


def _rows(
    attempts: Sequence[Attempt],
    service: int,
    cast: Sequence[tuple[int, str]],
    instants: Sequence[object],
    origin: str,
    random: Random,
) -> Iterator[Row]:
    run_ids = _run_ids(len(attempts), random)
    keys = [key for key, _ in cast]
    # And here: no runner.
    names = [*(name for _, name in cast), ""]
    for run_id, told in zip(run_ids, attempts, strict=True):
        reason, detail = told.reason, told.detail
        if reason:
            detail = detail.format(run=run_ids[told.named_run], runner=names[told.named_role])
            reason, detail = _varied(reason, detail, origin, random)
        at = instants[told.started_at]
        yield (
            service,
            keys[told.role],
            run_id,
            told.status,
            origin,
            at,
            instants[told.ended_at],
            reason,
            detail,
            told.attempts,
            at,
            instants[told.last_attempt_at],
            instants[told.cycle_start],
            instants[told.slot_start],
            instants[told.slot_end],
            told.position,
            told.runner_count,
            names[told.assigned_role],
            told.late_fraction,
        )


def _run_ids(number: int, random: Random) -> list[str]:
    """Random UUIDs of version 4, several times as fast as by `uuid`."""
    digits = random.randbytes(16 * number).hex()
    return [
        f"{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-4{digits[at + 13 : at + 16]}"
        f"-{'89ab'[int(digits[at + 16], 16) & 3]}{digits[at + 17 : at + 20]}"
        f"-{digits[at + 20 : at + 32]}"
        for at in range(0, 32 * number, 32)
    ]


def _varied(reason: str, detail: str, origin: str, random: Random) -> tuple[str, str]:
    """Exceptions of several types, and from observed fleets what no simulation tells."""
    if origin == Origin.REPORTED and reason in _FOREIGN and random.randrange(_FOREIGN_ONE_IN) == 0:
        return _FOREIGN[reason], ""
    if reason == EXCEPTION:
        # The first ones are the usual ones.
        return reason, _EXCEPTIONS[int(len(_EXCEPTIONS) * random.random() ** 2)]
    return reason, detail


def ended_at(placings: Sequence[Placing]) -> timedelta:
    """When the history ends: with the start of its last execution."""
    last = placings[-1]
    return last.begins_at + _end(last.chapter, last.executions)


def _end(chapter: Chapter, number: int) -> timedelta:
    return chapter.offsets[chapter.attempts[number - 1].started_at]


def _cut_off(chapter: Chapter, number: int) -> list[Attempt]:
    """The first so many, as they were when the last of them began: what had not ended runs."""
    end = _end(chapter, number)
    return [_as_at(attempt, chapter.offsets, end) for attempt in chapter.attempts[:number]]


def _as_at(attempt: Attempt, offsets: Sequence[timedelta], end: timedelta) -> Attempt:
    if offsets[attempt.last_attempt_at] > end:
        # As known then, a refusal that is still repeated has been made once.
        attempt = attempt._replace(last_attempt_at=attempt.started_at, attempts=1)
    if offsets[attempt.ended_at] > end:
        return attempt._replace(status=Status.RUNNING.value, ended_at=NOWHERE, reason="", detail="")
    return attempt


def first_seen(placings: Iterable[Placing], *, start: datetime) -> dict[int, datetime]:
    """When each runner was heard of first, by its number."""
    seen: dict[int, datetime] = {}
    for placing in placings:
        for role, offset in placing.chapter.first_seen.items():
            seen.setdefault(placing.cast[role], start + placing.begins_at + offset)
    return seen


def presences(
    placings: Sequence[Placing], *, start: datetime, dead_after: timedelta
) -> Iterator[tuple[int, Lifespan]]:
    """The lifespans of all runners, by their numbers; a generation leaves when the next one
    comes."""
    end = start + ended_at(placings)
    for runner, lifespan in _whole_presences(placings, start=start, dead_after=dead_after):
        # What was cut off has not begun yet.
        if lifespan.started_at > end:
            continue
        if lifespan.last_heartbeat_at > end:
            lifespan = replace(lifespan, last_heartbeat_at=end, expires_at=end + dead_after)
        yield runner, lifespan


def _whole_presences(
    placings: Sequence[Placing], *, start: datetime, dead_after: timedelta
) -> Iterator[tuple[int, Lifespan]]:
    since: dict[int, datetime] = {}
    for placing in placings:
        base = start + placing.begins_at
        for life in placing.chapter.lives:
            runner = placing.cast[life.role]
            begun = since.pop(runner) if life.started_at is None else base + life.started_at
            if life.expires_at is None:
                since[runner] = begun
                continue
            yield (
                runner,
                Lifespan(
                    started_at=begun,
                    last_heartbeat_at=base + life.last_heartbeat_at,
                    expires_at=base + life.expires_at,
                    eligible=life.eligible,
                ),
            )
        if placing.closes:
            yield from _leaves(since, base + placing.chapter.length, dead_after)
            since = {}


def _leaves(
    since: dict[int, datetime], at: datetime, dead_after: timedelta
) -> Iterator[tuple[int, Lifespan]]:
    """As the simulation's runners give up their seats: by a last beat of one that may not run."""
    leave = BeatMark(at=at, eligible=False, good_for_seconds=dead_after.total_seconds())
    for runner, begun in since.items():
        alive = Lifespan(started_at=begun, last_heartbeat_at=at, expires_at=at, eligible=True)
        yield from ((runner, each) for each in lifespans_of([leave], after=alive))
