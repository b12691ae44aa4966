"""Acknowledging blocks, and undoing it: what the forms of the blocked audit send.

Both lead back to the page that was sent from, and are harmless when they come twice or late.
"""

import re

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from dashboard.blocked.acknowledging import (
    ACTION,
    BLOCK,
    NOTE,
    SEEN,
    moment_from,
    short_note,
    tell_acknowledged,
)
from dashboard.blocked.query import blocked_query
from dashboard.blocked.rows import DERIVED, EXECUTION
from dashboard.text.words import count
from dashboard.web.choices import WrongChoice
from dashboard.web.errors import error_page
from dashboard.web.operating import SeeOther, check_may_operate, tell
from dashboard.web.pages import with_forms
from dashboard.web.requests import PageRequest
from scheduler.blocks import acknowledgements
from scheduler.blocks.acknowledgements import (
    AlreadyUndone,
    InvalidAcknowledgement,
    NothingToAcknowledge,
    Seen,
)
from scheduler.db import clock
from scheduler.history.blocks import MeantBlocks, one_block, unacknowledged_blocks
from scheduler.known_services import get_service
from scheduler.models import Service

# Eighteen digits always fit a key of 64 bits, and without ASCII \d takes those of any script.
_BLOCK = re.compile(rf"({EXECUTION}|{DERIVED})-(\d{{1,18}})", re.ASCII)
_KEY = re.compile(r"\d{1,18}", re.ASCII)


@with_forms
def acknowledge(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/blocked/acknowledge/: one block, or all that the address's filter matches."""
    # Who had to sign in first comes back here by a GET: nothing is done that was not sent now.
    if request.method != "POST":
        return _back(request, slug)
    check_may_operate(request)
    service = get_service(slug)
    meant, seen = _meant(request, service)
    try:
        action = acknowledgements.acknowledge(
            service,
            executions=meant.executions,
            derived_blocks=meant.derived_blocks,
            seen=seen,
            by=request.user.get_username(),
            note=request.POST.get(NOTE, ""),
        )
    except InvalidAcknowledgement as invalid:
        return error_page(
            request, 400, "Nothing was acknowledged", f"{invalid} Go back, and send it again."
        )
    # Sent twice, or somebody else was faster: what was wanted is so, and nothing is wrong.
    except NothingToAcknowledge:
        tell(request, "Nothing was left to acknowledge: all of it has been seen to already.")
    else:
        tell_acknowledged(request, action)
    return _back(request, slug)


@with_forms
def undo(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/blocked/undo/: takes an acknowledgement back."""
    if request.method != "POST":
        return _back(request, slug)
    check_may_operate(request)
    service = get_service(slug)
    key = request.POST.get(ACTION, "")
    action = acknowledgements.get_action(service, int(key)) if _KEY.fullmatch(key) else None
    if action is None:
        raise WrongChoice("No such acknowledgement", "Go back, reload the page and try again.")
    try:
        undone = acknowledgements.undo(action, by=request.user.get_username())
    except AlreadyUndone:
        tell(request, "This acknowledgement was undone before.")
    else:
        blocks = count(undone.block_count, "block")
        tell(request, f"Undone for {blocks}: {short_note(undone.note)}")
    return _back(request, slug)


def _back(request: PageRequest, slug: str) -> HttpResponse:
    query = request.META["QUERY_STRING"]
    url = reverse("dashboard:blocked", args=(slug,))
    return SeeOther(f"{url}?{query}" if query else url)


def _meant(request: PageRequest, service: Service) -> tuple[MeantBlocks, Seen | None]:
    """The one block that is named, or all that the page showed the number of.

    Raises:
        WrongChoice: the form or the address was changed.
    """
    now, zone = clock.now(), timezone.get_current_timezone()
    named = request.POST.get(BLOCK, "")
    if named:
        # A row that is named has been seen, whenever it came.
        return _one(service, named), None
    moment = moment_from(request.POST.get(SEEN, ""), now)
    if moment is None:
        raise WrongChoice(
            "It is not known what you have seen", "Go back, reload the page and try again."
        )
    # As of the page: its "last 24 hours" are meant, not those that have passed since.
    query = blocked_query(request.GET, service, now=moment.at, zone=zone)
    return unacknowledged_blocks(service, query.asked, now=moment.at), moment.seen


def _one(service: Service, named: str) -> MeantBlocks:
    told = _BLOCK.fullmatch(named)
    if told is None:
        raise WrongChoice("No such block", "Go back, reload the page and try again.")
    return one_block(service, int(told[2]), is_derived=told[1] == DERIVED)
