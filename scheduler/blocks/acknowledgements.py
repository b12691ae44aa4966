"""Acknowledging blocks, and taking it back: one action of one operator on any number of them.

A row belongs to one action at a time: it is taken by a conditional update, under the service's
lock. A large action is done in batches, a transaction each. In one statement 100,000 rows of
PostgreSQL hold the lock for 24 s (eleven indexes are kept), and on SQLite every service waits; in
batches others wait for a tenth of a second. What stopped half-way (a crash) is done in part: its
row counts what it has taken, batch by batch, so it can be repeated for the rest, or undone.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from scheduler import door
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.service_lock import service_lock
from scheduler.door import Unacceptable
from scheduler.errors import Conflict, NotFound
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Service
from scheduler.words.characters import shows_something

LONGEST_NOTE = 2_000
LONGEST_NAME = 200
# So many rows in one transaction: all or nothing.
BATCH = 1_000
# Of larger actions nobody counts what is left of them.
COUNTED = 10_000
# How far back the newest row of a service is looked for among those of all.
_LOOKED_BACK = 10_000

type _Rows = QuerySet[Execution] | QuerySet[DerivedBlock]


class InvalidAcknowledgement(Unacceptable):
    """It does not say who or why, or not in a form that can be kept; says what would be right."""


class NothingToAcknowledge(NotFound):
    """No block that was meant is unacknowledged (any more). Nothing was stored."""


class AlreadyUndone(Conflict):
    """The action is not in force any more: who took it back, and when, stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far the tables reached when an operator looked: no row with a greater key was there."""

    execution_id: int
    derived_block_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAction:
    """An action, and how many blocks it still covers: fewer than it took where derived ones have
    turned out to be none, 0 where it was undone, None where it took more than are counted."""

    acknowledgement: Acknowledgement
    in_force: int | None


def seen_now(service: Service) -> Seen:
    """What a page that is drawn from now on can have shown. Ask before its rows are read."""
    return Seen(
        execution_id=_newest(Execution.objects.all(), service),
        derived_block_id=_newest(DerivedBlock.objects.all(), service),
    )


def acknowledge(
    service: Service,
    *,
    executions: QuerySet[Execution] | None = None,
    derived_blocks: QuerySet[DerivedBlock] | None = None,
    seen: Seen | None,
    by: str,
    note: str,
    now: datetime | None = None,
) -> Acknowledgement:
    """Acknowledge every block of the service among these rows that nobody has acknowledged.

    ``seen``: rows that came after it are left alone (None: the rows were picked one by one). Other
    rows than blocks are left alone too. The querysets are asked once, not sliced.

    Raises:
        InvalidAcknowledgement: no name or no note, or one that is too long or has a NUL.
        NothingToAcknowledge: no row was there to take.
    """
    action = Acknowledgement(
        service=service,
        acknowledged_by=_said("name", by, LONGEST_NAME),
        note=_said("note", note, LONGEST_NOTE),
        block_count=0,
    )
    meant = (
        _meant(executions, service, seen.execution_id if seen else None),
        _meant(derived_blocks, service, seen.derived_block_id if seen else None),
    )
    for batch, _ in _batches(*meant):
        with service_lock(service, now) as (held, instant):
            if not _take(action, batch, instant):
                break
            # Without a key it took nothing so far: no page has to refresh.
            if action.pk is not None:
                held.touch()
    if action.pk is None:
        raise NothingToAcknowledge("No block that was meant is unacknowledged: nothing was stored.")
    return action


def undo(action: Acknowledgement, *, by: str, now: datetime | None = None) -> Acknowledgement:
    """Unacknowledge what the action covers; the action itself is kept, with who took it back.

    Its last batch says so: until then it is in force, with fewer blocks, and can be undone again.

    Raises:
        InvalidAcknowledgement: no name.
        AlreadyUndone: it was undone before.
    """
    name = _said("name", by, LONGEST_NAME)
    while True:
        for batch, is_last in _batches(*_covered(action)):
            with service_lock(action.service, now) as (held, instant):
                if not _is_in_force(action):
                    raise AlreadyUndone("This acknowledgement was undone before.")
                for rows in batch:
                    rows.filter(acknowledgement=action).update(acknowledgement=None)
                held.touch()
                # There are more by now where somebody is still at acknowledging them.
                if is_last and not any(rows.exists() for rows in _covered(action)):
                    action.undone_by, action.undone_at = name, instant
                    action.save(update_fields=("undone_by", "undone_at"))
                    return action


def get_action(service: Service, key: int) -> Acknowledgement | None:
    """The action on blocks of the service by its primary key; None where it has none such."""
    return Acknowledgement.objects.filter(service=service, pk=key).first()


def latest_acknowledgements(service: Service, *, at_most: int = 10) -> list[PastAction]:
    """The latest actions on blocks of the service, undone ones too, the newest first."""
    latest = Acknowledgement.objects.filter(service=service).order_by("-acknowledged_at", "-pk")
    actions = list(latest[:at_most])
    counted = [each.pk for each in actions if not each.undone_at and each.block_count <= COUNTED]
    in_force = dict.fromkeys((each.pk for each in actions if each.undone_at), 0)
    in_force |= dict.fromkeys(counted, 0)
    for rows in (Execution.objects.all(), DerivedBlock.objects.all()):
        by_action = rows.filter(acknowledgement__in=counted).order_by().values("acknowledgement")
        for key, number in by_action.annotate(number=Count("pk")).values_list(
            "acknowledgement", "number"
        ):
            in_force[key] += number
    return [PastAction(acknowledgement=each, in_force=in_force.get(each.pk)) for each in actions]


def _take(action: Acknowledgement, batch: Sequence[_Rows], now: datetime) -> bool:
    """Take what is free of a batch; False where the action was undone meanwhile. Under the
    service's lock."""
    is_new = action.pk is None
    if is_new:
        action.acknowledged_at = now
        action.save()
    elif not _is_in_force(action):
        return False
    # Conditional: what another action took meanwhile stays its own.
    taken = sum(_free(rows).update(acknowledgement=action) for rows in batch)
    # Saved first, for its key: without a block it is no action.
    if is_new and not taken:
        action.delete()
        return True
    action.block_count += taken
    action.save(update_fields=("block_count",))
    return True


def _is_in_force(action: Acknowledgement) -> bool:
    return Acknowledgement.objects.filter(pk=action.pk, undone_at=None).exists()


def _covered(action: Acknowledgement) -> tuple[_Rows, _Rows]:
    return (
        Execution.objects.filter(acknowledgement=action),
        DerivedBlock.objects.filter(acknowledgement=action),
    )


def _free(rows: _Rows) -> _Rows:
    if rows.model is Execution:
        rows = rows.filter(status=Status.BLOCKED.value)
    return rows.filter(acknowledgement=None)


def _meant(rows: _Rows | None, service: Service, newest: int | None) -> _Rows | None:
    if rows is None:
        return None
    rows = _free(rows.filter(service=service))
    return rows if newest is None else rows.filter(pk__lte=newest)


def _batches(
    executions: _Rows | None, derived_blocks: _Rows | None
) -> Iterator[tuple[list[_Rows], bool]]:
    """The rows of both, so many at a time, and whether they are the last; one batch without any
    where there is none.

    Their keys are read at once, without a lock and with eight bytes each: nobody waits for that,
    and what comes to match later is not among them.
    """
    first, second = _keys(executions), _keys(derived_blocks)
    number = len(first) + len(second)
    for start in range(0, max(number, 1), BATCH):
        # Where the executions end within a batch, derived blocks fill it.
        offset = start - len(first)
        others = second[max(offset, 0) : max(offset + BATCH, 0)]
        rows: list[_Rows] = [
            Execution.objects.filter(pk__in=first[start : start + BATCH]),
            DerivedBlock.objects.filter(pk__in=others),
        ]
        yield rows, start + BATCH >= number


def _keys(rows: _Rows | None) -> "array[int]":
    if rows is None:
        return array("q")
    return array("q", rows.order_by().values_list("pk", flat=True).iterator(chunk_size=10_000))


def _newest(rows: _Rows, service: Service) -> int:
    """The key of the service's newest row, or one between that and those that it will get.

    The newest of all is no measure: keys rise transaction by transaction within a service, and a
    row of it may not be committed yet while another service has got a greater key. No index finds
    its own newest one in a long history; so it is looked for among the latest, and where none of
    them is its own, what comes next has a greater key than these begin with: no transaction is open
    for that long.
    """
    newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
    latest = rows.filter(pk__gt=newest - _LOOKED_BACK, service=service).order_by("-pk")
    return latest.values_list("pk", flat=True).first() or newest - _LOOKED_BACK


def _said(what: str, told: object, longest: int) -> str:
    with door.refusing(InvalidAcknowledgement):
        said = door.text(f"The {what}", told, at_most=longest)
    if not shows_something(said):
        raise InvalidAcknowledgement(f"An acknowledgement needs a {what}.")
    return said
