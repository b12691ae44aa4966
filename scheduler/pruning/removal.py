"""Services that are deleted: out of sight at once, and then gone batch by batch.

A batch is one short transaction, as in `scheduler.pruning.pruner`, so that a service of ten million
rows goes beside everybody who asks for a start. Who removes may stop at any time; the worker goes
on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, perf_counter
from typing import Any

from django.db import models

from scheduler import door
from scheduler.db.service_lock import service_lock, write_back, write_lock
from scheduler.models import (
    Acknowledgement,
    CycleSummary,
    DerivedBlock,
    Execution,
    Heartbeat,
    Policy,
    Presence,
    Runner,
    Service,
    Watch,
)
from scheduler.pruning.pruner import FIRST_SIZE, next_size
from scheduler.retention.archive import protect

# What people are told goes, by the words for one and for many.
NAMED: tuple[tuple[type[models.Model], str, str], ...] = (
    (Execution, "execution", "executions"),
    (DerivedBlock, "derived block", "derived blocks"),
    (Acknowledgement, "acknowledgement", "acknowledgements"),
    (CycleSummary, "cycle summary", "cycle summaries"),
    (Runner, "runner", "runners"),
    (Heartbeat, "heartbeat", "heartbeats"),
    (Policy, "policy", "policies"),
)
# Which field the rows go in the order of, by an index that leads with the service: the next batch
# begins where the last one ended, and not among what is dead already. Small tables need none.
_BY: dict[type[models.Model], str] = {
    Execution: "started_at",
    DerivedBlock: "started_at",
    CycleSummary: "cycle_start",
    Heartbeat: "runner",
    Presence: "expires_at",
    Runner: "runner_id",
    Watch: "expires_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """How many rows of one kind there are; ``is_more``: that is where counting stopped."""

    number: int
    is_more: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One batch: how many rows went. ``is_done``: the service itself is gone."""

    rows: int
    is_done: bool


def contents(service: Service, *, at_most: int | None = None) -> list[Content]:
    """What goes with the service; of each kind, counted to ``at_most``."""
    return [
        content
        for model, one, many in NAMED
        if (content := _content(model, service, one, many, at_most)).number
    ]


def mark_deleted(service: Service, *, by: str, now: datetime | None = None) -> None:
    """Put it out of sight, for good: from now on no such service is known.

    Raises:
        ProtectedService: it is the upkeep's.
        Service.DoesNotExist: it was deleted before.
    """
    protect(service, "deleted")
    by = door.name("by", by)
    with service_lock(service, now) as (held, instant):
        held.deleted_at, held.deleted_by = instant, by
        held.save(update_fields=("deleted_at", "deleted_by"))


def in_removal(slug: str | None = None) -> list[Service]:
    """The services that are marked, of which rows are left."""
    marked = Service.objects.filter(deleted_at__isnull=False).order_by("pk")
    if slug is None:
        return list(marked)
    return list(marked.filter(slug=slug)) if door.can_be_looked_up(slug) else []


class Remover:
    """Removes one marked service batch by batch. Any number of them may work on the same one."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._size = FIRST_SIZE
        # By table, where its last batch ended.
        self._places: dict[type[models.Model], Any] = {}

    def remove(self) -> Removed:
        """One batch: up to so many rows of one table, or in the end the service."""
        for model in owned_models():
            keys = self._next_keys(model)
            if keys:
                return Removed(rows=self._delete(model, keys), is_done=False)
        with write_lock():
            # No row can be added while its service is locked.
            held = Service.objects.select_for_update().filter(pk=self._service.pk)
            # Asked again under the lock: a writer may have come in between.
            if held.exists() and not any(map(self._has_rows, owned_models())):
                held.delete()
        is_done = not Service.objects.filter(pk=self._service.pk).exists()
        return Removed(rows=0, is_done=is_done)

    def remove_for(self, seconds: float) -> bool:
        """As many batches as take so long; whether that was all."""
        until = monotonic() + seconds
        while not self.remove().is_done:
            if monotonic() >= until:
                return False
        return True

    def _next_keys(self, model: type[models.Model]) -> list[Any]:
        by, since = _BY.get(model, "pk"), self._places.get(model)
        places = _rows(model, self._service).order_by(by).values_list("pk", by)
        left = places.none() if since is None else places.filter(**{f"{by}__gte": since})
        # Nothing behind the last place: once more from the beginning, for what came before it.
        found = list(left[: self._size]) or list(places[: self._size])
        if found:
            self._places[model] = found[-1][1]
        return [key for key, _ in found]

    def _delete(self, model: type[models.Model], keys: Sequence[Any]) -> int:
        with write_lock():
            begun = perf_counter()
            number, _ = _all(model).filter(pk__in=keys).delete()
            seconds = perf_counter() - begun
        write_back()
        self._size = next_size(self._size, seconds)
        return number

    def _has_rows(self, model: type[models.Model]) -> bool:
        return _rows(model, self._service).exists()


def owned_models() -> list[type[models.Model]]:
    """Every table whose rows are of a service; those that point to others of them come first."""
    left: list[type[models.Model]] = [
        relation.related_model for relation in Service._meta.related_objects
    ]
    ordered: list[type[models.Model]] = []
    while left:
        free = [each for each in left if not any(each in _targets(other) for other in left)]
        ordered += free
        left = [each for each in left if each not in free]
    return ordered


def _targets(model: type[models.Model]) -> Iterator[Any]:
    """The tables that its rows point to, but for itself."""
    for field in model._meta.concrete_fields:
        if field.related_model not in (None, model):
            yield field.related_model


def _rows(model: type[models.Model], service: Service) -> models.QuerySet[Any]:
    return _all(model).filter(service=service)


def _all(model: type[models.Model]) -> models.QuerySet[Any]:
    return models.QuerySet(model=model)


def _content(
    model: type[models.Model], service: Service, one: str, many: str, at_most: int | None
) -> Content:
    rows = _rows(model, service).order_by()
    number = (rows if at_most is None else rows[: at_most + 1]).count()
    is_more = at_most is not None and number > at_most
    number = min(number, at_most) if at_most is not None else number
    return Content(number=number, is_more=is_more, words=one if number == 1 else many)
