"""Which runners of a service an address asks for: searched, sorted, and where the page begins."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.web.choices import WrongChoice, given_once, given_text, known_value
from scheduler.fleet.orders import FleetOrder, FleetPlace, WrongPlace

SEARCH = "runner_id"
SORT = "sort"
AFTER = "after"
BEFORE = "before"
# No id is longer (scheduler.door).
SEARCH_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChoice:
    """What was asked for; at most one of ``after`` and ``before`` says where the page lies."""

    search: str = ""
    order: FleetOrder = FleetOrder.SEAT
    after: FleetPlace | None = None
    before: FleetPlace | None = None

    def query(
        self,
        *,
        order: FleetOrder | None = None,
        after: FleetPlace | None = None,
        before: FleetPlace | None = None,
    ) -> str:
        """The address's part for the first page, in another order, or for another page."""
        chosen = order or self.order
        told = {
            SEARCH: self.search,
            # The usual order needs no word.
            SORT: "" if chosen is FleetOrder.SEAT else chosen.value,
            AFTER: "" if after is None else str(after),
            BEFORE: "" if before is None else str(before),
        }
        asked = urlencode({name: value for name, value in told.items() if value})
        return f"?{asked}" if asked else ""


def fleet_choice(query: QueryDict) -> FleetChoice:
    """What an address asks for.

    Raises:
        WrongChoice: it is no order, or no place; says what would be right.
    """
    order = known_value(given_text(query, SORT) or FleetOrder.SEAT, SORT, [*FleetOrder])
    after, before = _place(query, AFTER), _place(query, BEFORE)
    if after is not None and before is not None:
        raise WrongChoice(
            f"{AFTER} and {BEFORE} contradict each other", "Give one of them.", AFTER, BEFORE
        )
    return FleetChoice(
        search=given_text(query, SEARCH)[:SEARCH_LENGTH],
        order=FleetOrder(order),
        after=after,
        before=before,
    )


def _place(query: QueryDict, name: str) -> FleetPlace | None:
    # An id may end with what looks like white space: a place is read as it is.
    text = given_once(query, name)
    if not text:
        return None
    try:
        return FleetPlace.read(text)
    except WrongPlace as wrong:
        raise WrongChoice(
            f"This {name} leads nowhere", f"{wrong} Leave {name} out for that.", name
        ) from wrong
