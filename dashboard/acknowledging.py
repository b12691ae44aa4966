"""What an operator may do about blocks: the forms of the page, and what was done with them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest

from dashboard.words import TimeWords, count
from scheduler.acknowledgements import PastAction, Seen
from scheduler.core.instants import MICROSECOND
from scheduler.models import Acknowledgement
from scheduler.words.characters import beginning

PERMISSION = "scheduler.operate"
NOTE = "note"
BLOCK = "block"
SEEN = "seen"
ACTION = "action"
# Of a message: which action it offers to undo.
_UNDO_TAG = re.compile(r"undo-(\d{1,18})")
_SEEN = re.compile(r"(\d{1,17})-(-?\d{1,18})-(-?\d{1,18})", re.ASCII)
_NOTE_SHOWN = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def may_operate(request: HttpRequest) -> bool:
    """Whether who asks may acknowledge, and take it back."""
    return request.user.has_perm(PERMISSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a page was drawn, and what could be on it. As a text it is in the page's form, so that
    what came later is not acknowledged unseen."""

    at: datetime
    seen: Seen

    def __str__(self) -> str:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was done, once. ``undo`` is the key of an action that can be taken back, 0 for none."""

    text: str
    undo: int


def notices(request: HttpRequest) -> Iterator[Notice]:
    """What the last request has done; read, it is gone."""
    for message in messages.get_messages(request):
        told = _UNDO_TAG.fullmatch(message.extra_tags or "")
        yield Notice(text=message.message, undo=int(told[1]) if told else 0)


def tell_acknowledged(request: HttpRequest, action: Acknowledgement) -> None:
    text = f"{count(action.block_count, 'block')} acknowledged: {short_note(action.note)}"
    messages.success(request, text, extra_tags=f"undo-{action.pk}")


def short_note(note: str) -> str:
    """The beginning of a note, in one line."""
    return beginning(" ".join(note.split()), _NOTE_SHOWN)


def tell(request: HttpRequest, text: str) -> None:
    messages.info(request, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeForm:
    """For everything that the filter matches. ``number`` is how many that are, in words."""

    url: str
    seen: str
    number: str
