"""What an operator may do about blocks: the forms of the page, and what was done with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest

from dashboard.text.words import TimeWords, count
from dashboard.web.operating import tell
from scheduler.blocks.acknowledgements import PastAction, Seen
from scheduler.core.instants import MICROSECOND
from scheduler.models import Acknowledgement
from scheduler.words.characters import beginning

NOTE = "note"
BLOCK = "block"
SEEN = "seen"
ACTION = "action"
# Microseconds since 1970 and a key of either table; in a young one the key may be below zero
# (how far back the newest is looked for, in scheduler.blocks.acknowledgements).
_SEEN = re.compile(r"(\d{1,17})-(-?\d{1,18})-(-?\d{1,18})", re.ASCII)
_NOTE_SHOWN = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a page was drawn, and what could be on it. As a text it is in the page's form, so that
    what came later is not acknowledged unseen."""

    at: datetime
    seen: Seen

    def __str__(self) -> str:
        # To the microsecond: the range of the page is worked out of it once more.
        instant = (self.at - _EPOCH) // MICROSECOND
        return f"{instant}-{self.seen.execution_id}-{self.seen.derived_block_id}"


def moment_from(text: str, now: datetime) -> Moment | None:
    """The moment of a form; None where the text is none, or one that is still to come."""
    told = _SEEN.fullmatch(text)
    if told is None:
        return None
    instant, execution_id, derived_block_id = map(int, told.groups())
    seen = Seen(execution_id=execution_id, derived_block_id=derived_block_id)
    try:
        at = _EPOCH + instant * MICROSECOND
    except OverflowError:
        return None
    return Moment(at=at, seen=seen) if at <= now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One action. ``undone`` says who took it back and when; empty while it is in force."""

    key: int
    by: str
    at: str
    note: str
    blocks: str
    undone: str


def action_rows(actions: Iterable[PastAction], words: TimeWords) -> tuple[ActionRow, ...]:
    """The latest actions in words."""
    return tuple(_action_row(each, words) for each in actions)


def _action_row(past: PastAction, words: TimeWords) -> ActionRow:
    action = past.acknowledgement
    blocks = count(action.block_count, "block")
    # Derived blocks that turned out to be none are no longer covered. Of an action that took very
    # many nobody counts what is left.
    gone = 0 if past.in_force is None else action.block_count - past.in_force
    if gone and not action.undone_at:
        blocks += f", {gone:,} of them gone since"
    return ActionRow(
        key=action.pk,
        by=action.acknowledged_by,
        at=words.seconds(action.acknowledged_at),
        note=beginning(action.note),
        blocks=blocks,
        undone=f"undone by {action.undone_by} at {words.seconds(action.undone_at)}"
        if action.undone_at
        else "",
    )


def tell_acknowledged(request: HttpRequest, action: Acknowledgement) -> None:
    text = f"{count(action.block_count, 'block')} acknowledged: {short_note(action.note)}"
    tell(request, text, undo=action.pk)


def short_note(note: str) -> str:
    """The beginning of a note, in one line."""
    return beginning(" ".join(note.split()), _NOTE_SHOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeForm:
    """For everything that the filter matches. ``number`` is how many that are, in words."""

    seen: str
    number: str
