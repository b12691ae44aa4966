"""Random rows of a service, and what must be left of them by a plain reading of the rules."""

from datetime import datetime, timedelta
from random import Random

from scheduler.models import (
    Acknowledgement,
    CycleSummary,
    DerivedBlock,
    Execution,
    Presence,
    Runner,
    Service,
    Watch,
)
from scheduler.pruning.pruner import Pruned, Pruner
from tests.conftest import after

END = 86_400.0


def prune_all(service: Service, now: datetime, *, at_most: int = 1_000) -> list[Pruned]:
    """Batch by batch, until no more is due."""
    pruner, batches = Pruner(), list[Pruned]()
    while not batches or not batches[-1].is_done:
        service.refresh_from_db()
        batches.append(pruner.prune(service, now=now, at_most=at_most))
    return batches


def acknowledgement(service: Service) -> Acknowledgement:
    return Acknowledgement.objects.create(
        service=service,
        acknowledged_by="ada",
        acknowledged_at=after(0),
        note="maintenance",
        block_count=1,
    )


def execution(service: Service, runner: Runner, number: int, second: float, **more: object) -> None:
    """Stored: a completed one of a second, if nothing else is told."""
    at = after(second)
    told = {
        "status": "completed",
        "origin": "reported",
        "ended_at": at + timedelta(seconds=1),
        "first_attempt_at": at,
        "last_attempt_at": at,
    }
    Execution.objects.create(
        service=service, runner=runner, run_id=f"run-{number}", started_at=at, **told | more
    )


def tell_random_rows(service: Service, random: Random) -> None:
    """A day of rows of every kind, all of it summed up; instants fall together now and then."""
    seen = acknowledgement(service)
    runners = [
        Runner.objects.create(service=service, runner_id=name, first_seen_at=after(0))
        for name in "abcd"
    ]
    for number in range(60):
        second = float(random.randrange(0, int(END), 600))
        runner = random.choice(runners)
        _random_execution(service, runner, number, second, random, seen)
        end = after(second + random.choice((1.0, 900.0)))
        _random_life(service, runner, number, second, end)
        DerivedBlock.objects.create(
            service=service,
            runner=runner,
            cycle_start=after(second),
            started_at=after(second + number / 1_000),
            ended_at=end,
            reason="late_start",
            runner_position=0,
            stable_runner_count=1,
            acknowledgement=random.choice((None, None, seen)),
        )
    for second in range(0, int(END), 600):
        CycleSummary.objects.create(
            service=service,
            cycle_start=after(second),
            cycle_end=after(second + 600),
            outcome="served",
            runner_count=1,
            started=1,
            completed=1,
            abandoned=0,
            blocked=0,
            incident_count=0,
        )
    service.summarised_until = after(END)
    service.save()


def _random_execution(
    service: Service,
    runner: Runner,
    number: int,
    second: float,
    random: Random,
    seen: Acknowledgement,
) -> None:
    status = random.choice(("completed", "completed", "abandoned", "blocked", "running"))
    end = None if status == "running" else after(second + random.choice((0.0, 5.0, 4_000.0)))
    last = second + random.choice((0.0, 0.0, 3_000.0))
    told: dict[str, object] = {"status": status, "ended_at": end, "last_attempt_at": after(last)}
    if status == "blocked":
        told |= {"reason": "late_start", "acknowledgement": random.choice((None, seen))}
    execution(service, runner, number, second, **told)


def _random_life(
    service: Service, runner: Runner, number: int, second: float, end: datetime
) -> None:
    start = after(second + number / 1_000)
    Presence.objects.create(
        service=service, runner=runner, started_at=start, last_heartbeat_at=start, expires_at=end
    )
    Watch.objects.create(
        service=service, collector="c", started_at=start, last_seen_at=start, expires_at=end
    )


def keys_to_stay(service: Service, now: datetime) -> dict[str, set[int]]:
    """The primary keys that have to be left at ``now``, by table."""
    executions = list(Execution.objects.filter(service=service))
    starts = sorted((row.started_at for row in executions), reverse=True)
    limits = []
    if service.keep_days is not None:
        limits.append(now - timedelta(days=service.keep_days))
    if service.keep_executions is not None and service.keep_executions <= len(starts):
        limits.append(starts[service.keep_executions - 1])
    if not limits or service.summarised_until is None:
        return {name: _keys(rows) for name, rows in _rows(service).items()}
    limit = min(max(limits), service.summarised_until)
    holders = {row.runner_id for row in executions if row.status == "running"}
    presences = list(Presence.objects.filter(service=service))
    latest = {
        runner: max(row.started_at for row in presences if row.runner_id == runner)
        for runner in {row.runner_id for row in presences}
    }
    summaries_limit = (
        None
        if service.keep_summary_days is None
        else min(limit, now - timedelta(days=service.keep_summary_days))
    )
    stays = {
        "executions": lambda row: (
            row.ended_at is None
            or row.acknowledgement_id is not None
            or max(row.started_at, row.ended_at, row.last_attempt_at) >= limit
        ),
        "derived blocks": lambda row: (
            row.acknowledgement_id is not None or max(row.started_at, row.ended_at) >= limit
        ),
        "presences": lambda row: (
            row.runner_id in holders
            or row.started_at == latest[row.runner_id]
            or row.expires_at >= limit - timedelta(microseconds=1)
        ),
        "watches": lambda row: row.expires_at >= limit,
        "cycle summaries": lambda row: summaries_limit is None or row.cycle_end > summaries_limit,
    }
    return {
        name: {row.pk for row in rows if stays[name](row)} for name, rows in _rows(service).items()
    }


def keys_left(service: Service) -> dict[str, set[int]]:
    return {name: _keys(rows) for name, rows in _rows(service).items()}


def _rows(service):
    return {
        "executions": Execution.objects.filter(service=service),
        "derived blocks": DerivedBlock.objects.filter(service=service),
        "presences": Presence.objects.filter(service=service),
        "watches": Watch.objects.filter(service=service),
        "cycle summaries": CycleSummary.objects.filter(service=service),
    }


def _keys(rows):
    return {row.pk for row in rows}
