"""Plans seeded services and writes them: rows of all kinds, the executions in batches.

Only services that are new: nothing else in the database is touched.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.core.validators import validate_slug
from django.db.models import F

from scheduler.core.cycle.presences import Lifespan
from scheduler.db import bulk
from scheduler.db.service_lock import service_lock
from scheduler.errors import Conflict
from scheduler.intake.attempt_rows import COLUMNS
from scheduler.intake.claims import note_longest_run
from scheduler.models import CycleSummary, Execution, Presence, Runner, Service, ServiceMode, Watch
from scheduler.services import create_service
from scheduler.simulation.seeding import rows
from scheduler.simulation.seeding.chapters import library
from scheduler.simulation.seeding.plan import ImpossibleOrder, Placing, Share, lay, shares

# So many executions are one transaction; between two of them everybody else can write.
BATCH = 5_000
CHANGED_BY = "seed_history"
COLLECTOR = "seed_history"
DEFAULT_PREFIX = "seed"
_RUNNERS_AT_ONCE = 500
_PRESENCE_COLUMNS = ("service_id", "runner_id", *(each.name for each in fields(Lifespan)))


class ServicesExist(Conflict):
    """There are services of these names already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made. `summarised_days`: of so many days before `now` the worker is to write
    summaries; what is before has none."""

    executions: int
    runners: int
    services: int
    now: datetime
    seed: int = 7
    prefix: str = DEFAULT_PREFIX
    summarised_days: float = 7.0

    @property
    def slugs(self) -> list[str]:
        return [f"{self.prefix}-{number:02}" for number in range(self.services)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededService:
    """One service as it will be written. Before `summarised_until` there are no summaries."""

    slug: str
    share: Share
    placings: Sequence[Placing]
    start: datetime
    end: datetime
    summarised_until: datetime | None
    random: Random


def plan_services(order: Order) -> list[SeededService]:
    """All that is ordered, worked out in a few seconds before anything is written.

    Raises:
        django.core.exceptions.ValidationError: the prefix is no part of a slug.
        ImpossibleOrder: it can't be shared out or dated like that.
        ServicesExist: the names are taken.
    """
    validate_slug(order.prefix)
    if order.summarised_days < 0:
        raise ImpossibleOrder("Cycles of the future can't be summed up.")
    # Those on their way out count, too: their slugs are not free yet.
    taken = Service.objects.filter(slug__in=order.slugs).values_list("slug", flat=True)
    if known := sorted(taken):
        raise ServicesExist(
            f"Nothing was written: {len(known)} of these services exist already, such as "
            f"{known[0]!r}. Choose another prefix."
        )
    wanted = shares(executions=order.executions, runners=order.runners, services=order.services)
    return [_planned(slug, share, order) for slug, share in zip(order.slugs, wanted, strict=True)]


def _planned(slug: str, share: Share, order: Order) -> SeededService:
    random = Random(f"{slug} {order.seed}")  # noqa: S311 - a story, no secret
    placings = lay(share, library(share.kind, order.seed), random=random)
    ended_at = rows.ended_at(placings)
    # The last cycle that it has is over, so that nothing lies in the future.
    policy = share.kind.policy
    interval = timedelta(seconds=policy.interval_seconds)
    start = policy.cycle_start(order.now) - interval * (ended_at // interval + 1)
    since = policy.cycle_start(order.now - timedelta(days=order.summarised_days))
    return SeededService(
        slug=slug,
        share=share,
        placings=placings,
        start=start,
        end=start + ended_at,
        summarised_until=since if since > start else None,
        random=random,
    )


def write(services: Iterable[SeededService]) -> Iterator[int]:
    """Write them one after the other; yields how many executions each batch had, once committed.

    Between two of them it can be left. What is written then is whole, but for the service at hand,
    whose runners have their whole lives and not all of their executions.
    """
    for planned in services:
        yield from _write(planned)


def _write(planned: SeededService) -> Iterator[int]:
    service = _service(planned)
    runners = _runners(service, planned)
    with service_lock(service, None) as (held, _):
        bulk.insert(Presence, _PRESENCE_COLUMNS, _presences(held, planned, runners))
        longest = max(placing.chapter.longest_run for placing in planned.placings)
        note_longest_run(held, longest)
        held.touch()
    made = rows.executions(
        planned.placings,
        service=service.pk,
        runners=[(runner.pk, runner.runner_id) for runner in runners],
        start=planned.start,
        written=bulk.writer(),
        random=planned.random,
    )
    while batch := list(islice(made, BATCH)):
        with service_lock(service, None):
            bulk.insert(Execution, COLUMNS, batch)
        yield len(batch)
    _open_to_worker(service, planned)


def _service(planned: SeededService) -> Service:
    """The service, which keeps what is seeded however old it is."""
    kind = planned.share.kind
    service = create_service(
        planned.slug,
        name=planned.slug.replace("-", " ").capitalize(),
        mode=kind.mode,
        policy=kind.policy,
        changed_by=CHANGED_BY,
        effective_from=planned.start,
    )
    service.keep_days = service.keep_summary_days = None
    # What is not whole yet is not to be summed up.
    service.summarised_until = kind.policy.cycle_end(kind.policy.cycle_start(planned.end))
    service.save(update_fields=("keep_days", "keep_summary_days", "summarised_until"))
    if kind.mode is ServiceMode.OBSERVED:
        Watch.objects.create(
            service=service,
            collector=COLLECTOR,
            started_at=planned.start,
            last_seen_at=planned.end,
            expires_at=planned.end + timedelta(seconds=kind.policy.dead_after_seconds),
        )
    return service


def _open_to_worker(service: Service, planned: SeededService) -> None:
    """Have its cycles summed up, now that they are whole."""
    with service_lock(service, None) as (held, _):
        CycleSummary.objects.filter(service=held).delete()
        Service.objects.filter(pk=held.pk).update(
            summarised_until=planned.summarised_until,
            summary_revision=F("summary_revision") + 1,
        )
        held.touch()


def _runners(service: Service, planned: SeededService) -> list[Runner]:
    """The runners by number, stored."""
    seen = rows.first_seen(planned.placings, start=planned.start)
    runners = []
    for number in range(planned.share.runners):
        host, pid = f"host-{number + 1:03}", planned.random.randint(100, 32_000)
        runners.append(
            Runner(
                service=service,
                runner_id=f"{host}:{pid}",
                first_seen_at=seen[number],
                host=host,
                pid=pid,
                identified_at=seen[number],
            )
        )
    return Runner.objects.bulk_create(runners, _RUNNERS_AT_ONCE)


def _presences(
    service: Service, planned: SeededService, runners: Sequence[Runner]
) -> Iterator[tuple[object, ...]]:
    written = bulk.writer()
    dead_after = timedelta(seconds=planned.share.kind.policy.dead_after_seconds)
    for number, life in rows.presences(
        planned.placings, start=planned.start, dead_after=dead_after
    ):
        instants = map(written, (life.started_at, life.last_heartbeat_at, life.expires_at))
        yield service.pk, runners[number].pk, *instants, life.eligible
