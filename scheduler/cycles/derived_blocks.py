"""Derived blocks: kept with the summaries of an observed service, true as of the same look.

A coordinated service has none: every attempt that was refused is known exactly.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.timeline import CycleTimeline
from scheduler.models import DerivedBlock, Service

# Below the limits that databases have on the parameters of one statement.
ROWS_ASKED = 500

_IDENTITY = ("service", "cycle_start", "runner", "started_at")
# What an operator acknowledges: a row that says something else here is another block.
_CLAIM = ("reason", "prior_run_id")
_NUMBERS = ("ended_at", "runner_position", "stable_runner_count", "slot_start", "slot_end")
_COLUMNS = ("cycle_start", "runner_id", "started_at", *_CLAIM, *_NUMBERS)
# Of the columns, those that tell one block from another.
_SAID = slice(0, 3 + len(_CLAIM))


def derive_blocks(
    service: Service,
    timeline: CycleTimeline,
    verdicts: Iterable[SlotVerdict],
    keys: Mapping[str, int],
) -> Iterator[DerivedBlock]:
    """The rows of one cycle, not stored yet; `keys` are the runners' by their ids."""
    if service.is_coordinated:
        return
    for each in verdicts:
        if each.verdict is Verdict.BLOCKED and not each.recorded:
            yield DerivedBlock(
                service=service,
                runner_id=keys[each.runner_id],
                cycle_start=timeline.cycle_start,
                started_at=each.start,
                ended_at=each.end,
                reason=str(each.reason),
                prior_run_id=each.run_id or "",
                runner_position=each.position,
                stable_runner_count=len(timeline.plan_at(each.start).runners),
                slot_start=each.slot.slot_start if each.slot else None,
                slot_end=each.slot.slot_end if each.slot else None,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockChanges:
    """What makes the stored rows of some cycles those that are true: keys to delete, rows to write.

    As of one `summary_revision`: found without a lock, and written while it is the same.
    """

    gone: Sequence[int]
    written: Sequence[DerivedBlock]


def find_changes(
    service: Service, cycle_starts: Sequence[datetime], rows: Sequence[DerivedBlock]
) -> BlockChanges:
    """How `rows` become the only ones of these cycles.

    What is still true keeps its row, and with it its acknowledgement. What is no longer true goes,
    also where it was acknowledged: it was no block, and the audit counts blocks. That somebody saw
    to it stays said by the acknowledgement itself, which is kept for ever. Where the reason or the
    holder is another one, so is the block: what was written about the old one does not speak of it.
    """
    if service.is_coordinated:
        return BlockChanges(gone=(), written=())
    stored = {tuple(facts): key for key, *facts in _stored(service, cycle_starts)}
    fresh = {_facts(row): row for row in rows}
    still_said = {facts[_SAID] for facts in fresh}
    return BlockChanges(
        # Where only numbers differ, the row is written over and keeps its acknowledgement.
        gone=[key for facts, key in stored.items() if facts[_SAID] not in still_said],
        written=[row for facts, row in fresh.items() if facts not in stored],
    )


def write_changes(changes: BlockChanges) -> None:
    """Under the service's lock."""
    for keys in batched(changes.gone, ROWS_ASKED):
        DerivedBlock.objects.filter(pk__in=keys).delete()
    DerivedBlock.objects.bulk_create(
        changes.written,
        batch_size=ROWS_ASKED,
        update_conflicts=True,
        unique_fields=_IDENTITY,
        update_fields=_NUMBERS,
    )


def forget_blocks(service: Service, cycle_starts: Sequence[datetime]) -> None:
    """Those of cycles that are none any more go with their summaries; under the service's lock."""
    for starts in batched(cycle_starts, ROWS_ASKED):
        DerivedBlock.objects.filter(service=service, cycle_start__in=starts).delete()


def _stored(service: Service, cycle_starts: Sequence[datetime]) -> Iterator[tuple[Any, ...]]:
    for starts in batched(cycle_starts, ROWS_ASKED):
        yield from DerivedBlock.objects.filter(service=service, cycle_start__in=starts).values_list(
            "pk", *_COLUMNS
        )


def _facts(row: DerivedBlock) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in _COLUMNS)
