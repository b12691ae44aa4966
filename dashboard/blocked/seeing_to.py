"""Seeing to blocks: what who looks may acknowledge, and what was acknowledged last."""

from dataclasses import dataclass

from django.urls import reverse

from dashboard.blocked.acknowledging import AcknowledgeForm, ActionRow, action_rows
from dashboard.blocked.seen import SeenBlocks
from dashboard.blocked.words import at_least
from dashboard.history.filter_bar import Preset
from dashboard.history.filters import ACKNOWLEDGED
from dashboard.history.query import HistoryQuery
from dashboard.web.operating import Notice, may_operate, notices
from scheduler.blocks.acknowledgements import LONGEST_NOTE, latest_acknowledgements


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeingTo:
    """``here`` is the page's own address, as it was asked: what was done leads back to it. ``form``
    is None for who may not acknowledge, or has nothing to."""

    may_operate: bool
    here: str
    notices: tuple[Notice, ...]
    form: AcknowledgeForm | None
    longest_note: int
    acknowledge_url: str
    undo_url: str
    actions: tuple[ActionRow, ...]
    links: tuple[Preset, ...]


def seeing_to(seen: SeenBlocks) -> SeeingTo:
    """What may be done about the blocks that are seen; the notices are read, and gone."""
    request, slug = seen.asked.visit.request, seen.service.slug
    operates = may_operate(request)
    here = f"?{request.META['QUERY_STRING']}" if request.META["QUERY_STRING"] else ""
    return SeeingTo(
        may_operate=operates,
        here=seen.asked.path + here,
        notices=tuple(notices(request)),
        # Who may only look is shown the actions below, and no form.
        form=_form(seen) if operates else None,
        longest_note=LONGEST_NOTE,
        acknowledge_url=reverse("dashboard:acknowledge", args=(slug,)) + here,
        undo_url=reverse("dashboard:undo", args=(slug,)) + here,
        actions=action_rows(latest_acknowledgements(seen.service), seen.words),
        links=_links(seen.query),
    )


def _form(seen: SeenBlocks) -> AcknowledgeForm | None:
    unacknowledged = seen.audit.unacknowledged
    if not unacknowledged:
        return None
    # All that match are taken, those too that are left out of the numbers: so it is "or more".
    number = at_least(unacknowledged, seen.is_capped)
    return AcknowledgeForm(seen=str(seen.moment), number=number)


def _links(query: HistoryQuery) -> tuple[Preset, ...]:
    """All blocks, those that nobody has seen to, those that somebody has."""
    present = query.value(ACKNOWLEDGED)
    return tuple(
        Preset(
            word=word,
            href=query.query({ACKNOWLEDGED: (value,) if value else ()}),
            is_current=present == value,
        )
        for word, value in (
            ("All", ""),
            ("Not acknowledged", "no"),
            ("Acknowledged", "yes"),
        )
    )
