"""Who may change something by a page, and how what was done is told on the next one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect

PERMISSION = "scheduler.operate"
# Of a message: which action it offers to undo.
_UNDO_TAG = re.compile(r"undo-(\d{1,18})")


class SeeOther(HttpResponseRedirect):
    """What was sent is done; what there is to see is there."""

    # The browser goes on with a GET: to reload what it shows sends nothing again.
    status_code = 303


def may_operate(request: HttpRequest) -> bool:
    """Whether who asks may change something."""
    return request.user.has_perm(PERMISSION)


def check_may_operate(request: HttpRequest) -> None:
    """Raises PermissionDenied, of which a page is made, for who may only look."""
    if not may_operate(request):
        raise PermissionDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was done, once. ``undo`` is the key of an action that can be taken back, 0 for none."""

    text: str
    undo: int


def notices(request: HttpRequest) -> Iterator[Notice]:
    """What the last request has done; read, it is gone."""
    for message in messages.get_messages(request):
        # A message keeps a text and its tags alone: the key goes along as a tag.
        told = _UNDO_TAG.fullmatch(message.extra_tags or "")
        yield Notice(text=message.message, undo=int(told[1]) if told else 0)


def tell(request: HttpRequest, text: str, *, undo: int = 0) -> None:
    """Say it on the next page; ``undo`` is the key of the action that can be taken back there."""
    if undo:
        messages.success(request, text, extra_tags=f"undo-{undo}")
    else:
        messages.info(request, text)
